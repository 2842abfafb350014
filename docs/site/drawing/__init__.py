"""Figures: drawn from their sources, and made fit for a page."""
