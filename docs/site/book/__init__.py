"""The course on paper and in e-readers."""
