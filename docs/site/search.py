"""The index of the full-text search: one entry for each section."""

import json
import xml.etree.ElementTree as ET

from pages import HEADINGS
from tree import Element

REFERENCE = ("function", "define", "enumeration", "struct")


def sections(page):
    """Yields {url, page, section, text} for each part of a document between
    two headings."""
    entry = section_entry(page)
    for node in page.document.tree.children:
        if not isinstance(node, Element):
            continue
        if node.tag in HEADINGS:
            yield closed(entry)
            entry = section_entry(page, node)
        elif node.tag != "h1":
            entry["text"].append(node.text())
    yield closed(entry)


def section_entry(page, heading=None):
    return {"url": page.url + (f"#{heading.get('id')}" if heading else ""),
            "page": page.document.title,
            "section": heading.text() if heading else "", "text": []}


def closed(entry):
    return {**entry, "text": " ".join(" ".join(entry["text"]).split())}


def reference(tag_file):
    """Yields an entry for each name of the harness's reference."""
    for member in ET.parse(tag_file).iter("member"):
        if member.get("kind") in REFERENCE:
            page, anchor = map(member.findtext, ("anchorfile", "anchor"))
            yield {"url": f"{page}#{anchor}", "page": member.findtext("name"),
                   "section": "reference", "text": ""}


def script(entries):
    """The index as a script, for a page opened from a file may load that
    and nothing else."""
    data = json.dumps(list(entries), ensure_ascii=False,
                      separators=(",", ":"))
    return f"window.searchIndex = {data};\n"
