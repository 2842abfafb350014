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
import xml.etree.ElementTree as ET

# What a place is, in the word that the reader sees beside it.
KINDS = ("chapter", "lab", "proof", "myth", "glossary", "function",
         "constant", "structure", "reference", "page", "project")

REFERENCE = ("function", "define", "enumeration", "struct")


def entry(kind, url, page, section="", text="", names=()):
    """One place: what it is (of `KINDS`), its address with the anchor, the
    title of its page, the heading it has there ("" for the page itself), its
    words as plain text, and other names that a reader may know it by."""
    if kind not in KINDS:
        raise ValueError(f"{url}: there is no kind {kind}")
    return {"kind": kind, "url": url, "page": page, "section": section,
            "text": " ".join(text.split()), "names": list(names)}


def sections(page):
    """Yields an entry for each part of a document between two headings."""
    for heading, blocks in page.document.sections():
        anchor = f"#{heading.get('id')}" if heading else ""
        yield entry("chapter", page.url + anchor, page.document.title,
                    heading.text() if heading else "",
                    " ".join(block.text() for block in blocks))


def reference(tag_file):
    """Yields an entry for each name of the harness's reference."""
    for member in ET.parse(tag_file).iter("member"):
        if member.get("kind") in REFERENCE:
            page, anchor = map(member.findtext, ("anchorfile", "anchor"))
            yield entry("reference", f"{page}#{anchor}",
                        member.findtext("name"), "reference")


def script(entries):
    """The index as a script, for a page opened from a file may load that
    and nothing else."""
    data = json.dumps(list(entries), ensure_ascii=False,
                      separators=(",", ":"))
    return f"window.searchIndex = {data};\n"
