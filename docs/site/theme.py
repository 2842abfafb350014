"""The look of the site and what it does: one sheet and one script, each put
together from files of one purpose."""

from pathlib import Path

THEME = Path(__file__).resolve().parent.parent / "theme"
STYLES = ("figure.css", "styles/site.css", "styles/landing.css",
          "styles/labs.css", "styles/reference.css", "styles/proofs.css",
          "styles/search.css", "styles/print.css")
SCRIPTS = ("page.js", "theme.js", "progress.js", "copy.js", "reading.js",
           "find.js", "search.js")


def sheet():
    return "\n".join(map(read, STYLES))


def script():
    """One function, so that the parts see each other and nobody else."""
    parts = "\n".join(read(f"scripts/{name}") for name in SCRIPTS)
    return f"(function () {{\n'use strict';\n\n{parts}}}());\n"


def read(name):
    return (THEME / name).read_text(encoding="utf-8")
