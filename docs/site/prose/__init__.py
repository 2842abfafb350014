"""Checks that the prose is true: what it quotes, shows, claims and links to."""
