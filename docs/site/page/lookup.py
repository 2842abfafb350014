"""What the glossary and the index share: the order in which a person seeks,
and how an entry says where to read."""

import re
from collections import namedtuple
from html import escape

from page import frame

Place = namedtuple("Place", "document heading")


def key(words):
    """Sorts word by word, and minds neither case nor signs: SO_ERROR stands
    among the SO_, and these before socket()."""
    return " ".join(re.findall(r"[^\W_]+", words.casefold()))


def link(sitemap, place):
    """A link to a section, which is named with the number of its chapter."""
    number, title = frame.numbered(place.document)
    if place.heading:
        title = place.heading.text()
    return (f'<a href="{escape(address(sitemap, place))}">'
            f"<i>{number}</i>\u00a0{escape(title)}</a>")


def address(sitemap, place):
    page = sitemap.page(place.document.path)
    return f"{page}#{place.heading.get('id')}" if place.heading else page
