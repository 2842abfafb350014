"""The page of all that the chapters correct, in their own words."""

import copy

import search
from course import markdown, statements
from course.tree import Element
from page import frame, glossary
from page import pages as documents
from sitemap import MYTHS, Generated


class Corrections(documents.Page):
    """What one chapter corrects, as a part of the page."""

    def __init__(self, course, sitemap, terms, document):
        found = statements.corrections(document)
        self.blocks = [block for _, blocks in found for block in blocks]
        super().__init__(course, sitemap, terms, document)
        self.entries = list(self._entries())

    def _tree(self):
        """The statements as headings, each with what is true below it."""
        children = []
        for block in copy.deepcopy(self.blocks):
            said = block.tag == "p" and statements.statement(block)
            children += self._split(said, block) if said else [block]
        return Element("root", children=children)

    def _split(self, said, paragraph):
        """Makes a heading of a statement, and a paragraph of the rest."""
        name = statements.anchor(said)
        _, first, *others = paragraph.children
        rest = [first.lstrip() if isinstance(first, str) else first, *others]
        return [Element("h3", {"id": name}, said.children),
                Element("p", children=rest), self._back(name)]

    def _back(self, name):
        """Leads to where the chapter says it."""
        number, _ = frame.numbered(self.document)
        link = Element("a", {"href": f"#{name}"}, [f"In chapter {number}"])
        return Element("p", {"class": "taught"}, [link])

    def _entries(self):
        for block in self.blocks:
            said = block.tag == "p" and statements.statement(block)
            if said:
                answer = block.text().removeprefix(said.text())
                yield search.entry(
                    "myth", f"{MYTHS}#{statements.anchor(said)}",
                    statements.TITLE, said.text().strip('"'), answer)


def pages(course, sitemap):
    terms = glossary.Glossary(course)
    parts = [Corrections(course, sitemap, terms, document)
             for document in course.chapters]
    parts = [part for part in parts if part.blocks]
    yield Generated(MYTHS, statements.TITLE, render(parts),
                    [entry for part in parts for entry in part.entries])


def render(parts):
    contents = frame.contents([heading(part) for part in parts])
    body = "".join(section(part) for part in parts)
    return (f'<div class="page">\n{contents}<article>\n'
            f"<h1>{statements.TITLE}</h1>\n<p>Books, manuals and answers on "
            "the net say much about sockets that was true once, or elsewhere, "
            "or never. Here is what the chapters correct, each with what is "
            f"true, and most with a proof.</p>\n{body}</article></div>\n")


def heading(part):
    number, title = frame.numbered(part.document)
    return markdown.Heading(2, f"{number} {title}", part.document.path.stem)


def section(part):
    return f"{frame.heading(heading(part))}{part.body}\n"
