"""The C files of the site: which pages show a file, and where its lines are.

Doxygen makes a page for each file that it is given, in the frame of the site
and under a name of its own choice.  What stands on it is written anew, see
sources.py and reference.py.
"""

import re
from html import escape

import doxygen
import sitemap
from page import frame
from page.reference import Reference
from page.sources import Source

AWAITED = re.compile(rf'href="((?:{sitemap.SOURCE}|{sitemap.REFERENCE})'
                     r'[^"#]*)(?:#l(\d+))?')


class Files:
    """All files that Doxygen has read; `out` is where it has written."""

    def __init__(self, course, out):
        self.course = course
        self.found = doxygen.file_pages(out / "html")
        self.references = {
            page: Reference(course.root / name, name, page, out / "xml")
            for name, page in self._of(sitemap.REFERENCE)}
        self.sources = {page: self._source(name, page)
                        for name, page in self._of(sitemap.SOURCE)}

    def _of(self, scheme):
        return [(address.removeprefix(scheme), page)
                for address, page in sorted(self.found.items())
                if address.startswith(scheme)]

    def _source(self, name, page):
        """A file, in which names of the headers that it includes lead to
        their reference."""
        text = (self.course.root / name).read_text(encoding="utf-8")
        names = {}
        for header in self.references.values():
            file = header.name.rpartition("/")[2]
            if name == header.name or f'#include "{file}"' in text:
                names.update(header.names())
        return Source(name, page, text, names)

    @property
    def shown(self):
        """Returns {page: the path of the file that it shows}."""
        pages = {part: source.name for source in self.sources.values()
                 for part in source.pages()}
        return pages | {page: header.name
                        for page, header in self.references.items()}

    def pages(self, page, markup):
        """Yields (name, HTML) of what one page of Doxygen's becomes."""
        bodies = [(page, None)]
        if page in self.references:
            header = self.references[page]
            bodies = [(page, header.article(self._lines(header.name),
                                            self._guides()))]
        elif page in self.sources:
            bodies = self._listings(self.sources[page])
        for name, body in bodies:
            yield name, (doxygen.with_contents(markup, body) if body
                         else markup)

    def link(self, markup):
        """Puts addresses where they were awaited."""
        return AWAITED.sub(self._address, markup)

    def _guides(self):
        """What to read before the reference: [(title, address)]."""
        path = self.course.root / sitemap.MANUAL
        return [(document.title, sitemap.ADDRESSES[sitemap.MANUAL])
                for document in [self.course.documents.get(path)] if document]

    def _lines(self, name):
        source = self.sources[self.found[sitemap.SOURCE + name]]
        return lambda line: f"{source.place(line)}#l{line:05d}"

    def _listings(self, source):
        """A heading and a way back stand above each part of a file."""
        head = (f'<div class="file">\n<h1>{escape(source.name)}</h1>\n'
                f"{self._way_back(source.name)}")
        for name, listing in source.parts():
            yield name, f"{head}{listing}</div>\n"

    def _way_back(self, name):
        """A program leads to its chapter, a header to its reference."""
        reference = self.found.get(sitemap.REFERENCE + name)
        if reference:
            return f'<p><a href="{reference}">Its reference</a></p>\n'
        for document in self.course.chapters:
            if document.path.stem in name.split("/"):
                number, title = frame.numbered(document)
                return (f'<p>Chapter {number}: <a href="{document.path.stem}'
                        f'.html">{escape(title)}</a></p>\n')
        return ""

    def _address(self, link):
        page, line = self.found[link[1]], link[2]
        if not line:
            return f'href="{page}'
        return f'href="{self.sources[page].place(int(line))}#l{line}'

    def entries(self):
        return [entry for header in self.references.values()
                for entry in header.entries()]
