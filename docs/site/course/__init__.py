"""What the course consists of, read from its own files: documents, labs, cases,
code, and what the facts have said."""
