"""The frame that every page of the site stands in."""

import re
from html import escape

NUMBER = re.compile(r"^(?:Chapter )?\d+\W+", re.I)


def fill(template, values):
    """Puts values for the @NAMES@ of a template."""
    return re.sub(r"@([A-Z]+)@", lambda name: values[name[1]], template)


def header(template, course, pages):
    """The first half: bar, search and the list of chapters."""
    chapters = pages[1:1 + len(course.chapters)]
    others = pages[1 + len(course.chapters):]
    return fill(template, {
        "NAME": escape(course.readme.title),
        "CHAPTERS": "".join(map(chapter_item, chapters)),
        "OTHERS": "".join(map(item, others))})


def item(page):
    return (f'<li><a href="{page.url}">{escape(page.document.title)}</a>'
            "</li>\n")


def chapter_item(page):
    number, title = numbered(page.document)
    return (f'<li><a href="{page.url}" data-chapter="{key(page)}">'
            f'<span class="number">{number}</span> '
            f"<span>{escape(title)}</span></a></li>\n")


def numbered(document):
    """A chapter's number, which its file has, and its title without it."""
    number = str(int(document.path.name[:2]))
    return number, NUMBER.sub("", document.title)


def key(page):
    """The name under which a reader's progress is remembered."""
    return page.document.path.stem


def article(page, pages, chapters):
    """A whole page: its title, contents, text and neighbours."""
    document = page.document
    title = document.tree.find("h1")
    words = title.inner() if title else escape(document.title)
    anchor = escape(title.get("id")) if title else "top-of-page"
    end = ending(page, pages) if document in chapters else ""
    return (f'<div class="page">\n{contents(document.headings)}'
            f'<article>\n<h1 id="{anchor}">{words}</h1>\n'
            f"{page.body}\n{end}</article>\n</div>\n")


def contents(headings):
    """The list of the page's sections, for those with more than two."""
    entries = [h for h in headings if h.level == 2]
    if len(entries) < 3:
        return ""
    items = "".join(f'<li><a href="#{escape(h.slug)}">{escape(h.text)}</a>'
                    "</li>" for h in entries)
    return ('<button class="narrow" popovertarget="site-sections">On this page'
            '</button>\n<nav id="site-sections" popover aria-label="On this page">'
            f"<p>On this page</p><ol>{items}</ol></nav>\n")


def ending(page, pages):
    """The end of a chapter: a box to tick and the way on."""
    place = pages.index(page)
    links = [neighbour(pages[place - 1], "prev", "Previous")]
    if pages[place].document is not pages[-1].document:
        links.append(neighbour(pages[place + 1], "next", "Next"))
    return ('<p class="finish"><label><input type="checkbox" class="tick" '
            f'data-chapter="{key(page)}"> I have finished this chapter'
            '</label></p>\n<nav class="pager" aria-label="Neighbours">'
            f'{"".join(links)}</nav>\n')


def neighbour(page, relation, word):
    return (f'<a rel="{relation}" href="{page.url}"><span>{word}</span> '
            f"{escape(page.document.title)}</a>")
