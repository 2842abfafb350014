"""The index of the full-text search: one entry for each section."""

import json
import xml.etree.ElementTree as ET

REFERENCE = ("function", "define", "enumeration", "struct")


def sections(page):
    """Yields {url, page, section, text} for each part of a document between
    two headings."""
    for heading, blocks in page.document.sections():
        anchor = f"#{heading.get('id')}" if heading else ""
        words = " ".join(block.text() for block in blocks)
        yield {"url": page.url + anchor, "page": page.document.title,
               "section": heading.text() if heading else "",
               "text": " ".join(words.split())}


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
