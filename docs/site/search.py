"""The index of the full-text search.

Whoever makes a page says what is found there: a document's sections are
entries by themselves (`sections`), and a module with pages of its own gives
`sitemap.Generated` a list of entries, each made by `entry()`:

    search.entry("lab", "lab-fetch.html", "fetch: a client for the web",
                 "What the checker tries", text, names=["fetch"])

An entry is a place that a reader may want to go to.  What it says is found by
any of its words; it comes first when a reader types its section, or one of
its names, in full.
"""

import json

from page import frame
from page.lookup import Place

# What a place is, in the word that the reader sees beside it.
KINDS = ("chapter", "lab", "proof", "myth", "glossary", "function",
         "constant", "structure", "reference", "page", "project")

# Sections that show, ask or point away; what they are about is said elsewhere.
ASIDES = {"See it happen", "What you may have read", "Questions", "Further",
          "The contract", "What the checker plays"}


def entry(kind, url, page, section="", text="", names=()):
    """One place: what it is (of `KINDS`), its address with the anchor, the
    title of its page, the heading it has there ("" for the page itself), its
    words as plain text, and other names that a reader may know it by.  An
    aside stands behind what says the same."""
    if kind not in KINDS:
        raise ValueError(f"{url}: there is no kind {kind}")
    return {"kind": kind, "url": url, "page": page, "section": section,
            "text": " ".join(text.split()), "names": list(names),
            "aside": section in ASIDES}


def sections(page):
    """Yields an entry for each part of a document between two headings.  What
    explains a term is found by all that the term is called."""
    document, terms = page.document, page.terms.names_at
    for heading, blocks in document.sections():
        anchor = f"#{heading.get('id')}" if heading else ""
        yield entry(page.kind, page.url + anchor, document.title,
                    heading.text() if heading else "",
                    " ".join(block.text() for block in blocks),
                    ([] if heading else [frame.NUMBER.sub("", document.title)])
                    + terms.get(Place(document, heading), []))


def script(entries):
    """The index as a script, for a page opened from a file may load that
    and nothing else.  Servers squeeze it to a third."""
    data = json.dumps(packed(entries), ensure_ascii=False,
                      separators=(",", ":"))
    return f"window.searchIndex = {data};\n"


def packed(entries):
    """The entries by page, for what all of a page have in common is a quarter
    of their bytes: [[kind, page's address, its title, [row, ...]], ...].
    unpack() in find.js is the way back."""
    groups = {}
    for place in entries:
        url, _, anchor = place["url"].partition("#")
        rows = groups.setdefault((place["kind"], url, place["page"]), [])
        rows.append(row(anchor, place))
    return [[*common, rows] for common, rows in groups.items()]


def row(anchor, place):
    """[anchor, section, text, names, aside] without what is empty at its
    end."""
    values = [anchor, place["section"], place["text"], place["names"],
              int(place["aside"])]
    while values and not values[-1]:
        values.pop()
    return values
