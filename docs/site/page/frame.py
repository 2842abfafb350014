"""The frame that every page of the site stands in."""

import re
from html import escape

import published
import sitemap
from course import tree

NUMBER = re.compile(r"^(?:Chapter )?\d+[.:]?\s+", re.I)
TITLE = re.compile(r"<title>(.*?)</title>", re.S)
PARAGRAPH = re.compile(r"</h1>.*?<p>(.*?)</p>", re.S)
SECTION = re.compile(r"<h2\b")
SENTENCE = re.compile(r".*?[.?!](?=\s|$)")


def fill(template, values):
    """Puts values for the @NAMES@ of a template."""
    return re.sub(r"@([A-Z]+)@", lambda name: values[name[1]], template)


class Frame:
    """Puts into each page what depends on where it stands.

    `sources` says which C file a page of Doxygen's shows.  The places of all
    parts are comments of the theme's two halves.
    """

    def __init__(self, outline, publication, sources):
        self.outline = outline
        self.publication = publication
        self.sources = sources

    def put(self, markup, url):
        parts = {"head": self.head(markup, url), "sections": button(markup),
                 "chapters": self.navigation(url), "edit": self.edit(url)}
        for name, part in parts.items():
            markup = markup.replace(f"<!-- {name} -->", part, 1)
        text, end, rest = markup.rpartition("</article>")
        return progress(text + (self.pager(url) if end else "") + end + rest)

    def head(self, markup, url):
        """What others show of a page before it is opened."""
        title = TITLE.search(markup)[1].removesuffix(f" · {self.name}")
        kind = "website" if url == "index.html" else "article"
        about = description(markup)
        tags = [("property", "og:title", title),
                ("property", "og:type", kind),
                ("property", "og:site_name", self.name),
                ("property", "og:description", about),
                ("name", "description", about)]
        return (published.base(self.publication, url)
                + "".join(f'<meta {sort}="{name}" content="{value}">\n'
                          for sort, name, value in tags if value)
                + published.canonical(self.publication, url))

    @property
    def name(self):
        return escape(self.outline.course.readme.title)

    def navigation(self, url):
        """The list of all chapters, that of this page unfolded."""
        here = self.outline.chapter_of(url, self.sources.get(url, ""))
        chapters = "".join(self.chapter_item(page, url, page.url == here)
                           for page in self.outline.chapters)
        also = "".join(f"<li>{self.link(page, url)}</li>\n"
                       for page in self.outline.also)
        start = link("index.html", url, "Contents")
        return (f"<ul>\n<li>{start}</li>\n</ul>\n<p>Chapters</p>\n"
                f"<ol>\n{chapters}</ol>\n<p>Also</p>\n<ul>\n{also}</ul>\n")

    def chapter_item(self, page, url, unfolded):
        number, title = numbered(page.document)
        words = (f'<span class="number">{number}</span> '
                 f"<span>{escape(title)}</span>")
        more = f' data-chapter="{key(page)}"'
        if unfolded and page.url != url:
            more += ' class="within"'
        return (f"<li>{link(page.url, url, words, more)}"
                f"{self.below(page, url) if unfolded else ''}</li>\n")

    def below(self, chapter, url):
        """The labs and the proofs of the chapter that the reader is in."""
        pages = self.outline.below[chapter.url]
        labs = self.outline.labs
        items = "".join(
            "<li>" + (link(page, url, labs[page].name,
                           f' data-lab="{labs[page].name}"')
                      if page in labs else link(page, url, "Proofs"))
            + "</li>\n" for page in pages)
        return f"<ul>\n{items}</ul>\n" if items else ""

    def link(self, page, url):
        is_part = sitemap.WHOLE.get(url) == page.url
        return link(page.url, url, escape(page.title),
                    ' class="within"' if is_part else "")

    def pager(self, url):
        """The way on from a chapter or a lab, and the way back."""
        before, after = self.outline.neighbours(url)
        links = ((neighbour(before, "prev", "Previous") if before else "")
                 + (neighbour(after, "next", "Next") if after else ""))
        return (f'<nav class="pager" aria-label="Neighbours">{links}</nav>\n'
                if links else "")

    def edit(self, url):
        path = self.outline.edited.get(url)
        name = self.outline.course.name(path) if path else \
            self.sources.get(url, "")
        return published.edit_link(self.publication, name)


def link(target, url, words, more=""):
    """A link of the frame; one to the page that it stands on says so."""
    current = 'aria-current="page" ' if target == url else ""
    return f'<a {current}href="{target}"{more}>{words}</a>'


def description(markup):
    """The first sentence of a page of ours, or "" for one of Doxygen's."""
    found = PARAGRAPH.search(markup)
    words = " ".join(tree.parse(found[1]).text().split()) if found else ""
    sentence = SENTENCE.match(words)
    return escape(sentence[0] if sentence else words)


def numbered(document):
    """A chapter's number, which its file has, and its title without it."""
    number = str(int(document.path.name[:2]))
    return number, NUMBER.sub("", document.title)


def key(page):
    """The name under which a reader's progress is remembered."""
    return page.document.path.stem


def article(page, is_chapter):
    """A whole page: its title, contents and text."""
    document = page.document
    title = document.tree.find("h1")
    words = title.inner() if title else escape(document.title)
    anchor = escape(title.get("id")) if title else "top-of-page"
    end = tick(page) if is_chapter else ""
    return (f'<div class="page">\n{contents(document.headings)}'
            f'<article>\n<h1 id="{anchor}">{words}</h1>\n'
            f"{page.body}\n{end}</article>\n</div>\n")


def heading(found):
    """A heading of a page that no document stands behind."""
    name = escape(found.slug)
    return (f'<h{found.level} id="{name}"><a class="anchor" href="#{name}">'
            f"{escape(found.text)}</a></h{found.level}>\n")


def contents(headings):
    """The list of the page's sections, for those with more than two."""
    sections = [h for h in headings if h.level == 2]
    if len(sections) < 3:
        return ""
    items = "".join(f"<li>{section}</li>" for section in nested(headings))
    return ('<nav id="site-sections" popover aria-label="On this page">'
            f"<p>On this page</p><ol>{items}</ol></nav>\n")


def button(markup):
    """Where there is no room beside the text, the list of the page's sections
    opens from the bar: there it covers nothing."""
    if 'id="site-sections"' not in markup:
        return ""
    return ('<button class="narrow" type="button" '
            'popovertarget="site-sections">Sections</button>')


def progress(markup):
    """The reader's progress is read where the second section begins, or at
    the end of the page: for a script the parser stops, and meanwhile the
    browser shows what has come.  So nobody waits for the whole of a long
    page."""
    sections = [found.start() for found in SECTION.finditer(markup)]
    at = sections[1] if sections[1:] else markup.rindex("</body>")
    return (f'{markup[:at]}<script src="progress.js"></script>\n'
            f"{markup[at:]}")


def nested(headings):
    """Yields each section's link, with those of its parts below it."""
    parts, section = [], None
    for heading in [*headings, None]:
        if heading is None or heading.level == 2:
            if section:
                yield section_link(section) + below_section(parts)
            parts, section = [], heading
        elif heading.level == 3:
            parts.append(heading)


def section_link(heading):
    return f'<a href="#{escape(heading.slug)}">{escape(heading.text)}</a>'


def below_section(parts):
    items = "".join(f"<li>{section_link(part)}</li>" for part in parts)
    return f"<ol>{items}</ol>" if items else ""


def tick(page):
    """The box at the end of a chapter."""
    return ('<p class="finish"><label><input type="checkbox" class="tick" '
            f'data-chapter="{key(page)}"> I have finished this chapter'
            "</label></p>\n")


def neighbour(page, relation, word):
    return (f'<a rel="{relation}" href="{page.url}"><span>{word}</span> '
            f"{escape(page.title)}</a>")
