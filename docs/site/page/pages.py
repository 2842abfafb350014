"""Chapters and other documents as pages of the site."""

import copy
import html

import search
from course import markdown, statements
from course.tree import Raw, rewrite
from drawing import svg
from page import blocks, facts, gallery, glossary, labpages, manual, tables
from prose import links, snippets


class Page:
    """One document as HTML: what stands between the frame's two halves."""

    def __init__(self, course, sitemap, terms, document):
        self.course = course
        self.sitemap = sitemap
        self.terms = terms
        self.document = document
        self.url = sitemap.page(document.path)
        self.title = document.title
        self.body = self._body()
        self.entries = list(self._entries())

    @property
    def kind(self):
        """What the search calls it, see search.KINDS."""
        if self.document in self.course.chapters:
            return "chapter"
        return "page" if self.document is self.course.readme else "project"

    def _entries(self):
        if self.document is self.terms.document:
            return glossary.found(self.terms, self.url)
        return search.sections(self)

    def _body(self):
        """The document's tree after every element had its rule applied."""
        body = self._tree()
        rewrite(body, self._rules())
        for element in body.walk():
            element.attrs.pop("data-sourcepos", None)
        return body.inner()

    def _tree(self):
        """The document's tree, to be changed."""
        return copy.deepcopy(self.document.tree)

    def _rules(self):
        """What becomes of which element."""
        rules = {
            "a": self._link, "em": self._term, "pre": self._code,
            "p": self._paragraph, "!": self._comment,
            "blockquote": blocks.alert, "table": tables.table,
            "input": blocks.task, "h1": self._title,
            **dict.fromkeys(markdown.HEADINGS, self._heading)}
        if self.document is self.terms.document:
            rules.update(glossary.rules(self.terms, self.sitemap))
        rules.update(manual.rules(self.document, self.sitemap))
        return rules

    def _title(self, element):
        """The first one is the page's own heading, written apart."""
        first = self.document.headings[0].slug
        return [] if element.get("id") == first else element

    def _heading(self, element):
        """Below the heading of a lab is the way to its page."""
        lab = next((lab for lab in self.course.labs_of(self.document)
                    if lab.name == element.get("id")), None)
        done = blocks.heading(element)
        return [done, Raw(labpages.pointer(lab))] if lab else done

    def _link(self, a):
        href = a.get("href")
        if href and not href.startswith("#fn"):
            a.attrs["href"] = self.sitemap.href(self.document, href)
        fact = facts.TITLE.match(a.get("title"))
        if fact:
            path, _ = links.resolve(self.document, href)
            a.attrs = {"class": "proof",
                       "href": self.sitemap.proof(path, fact[1])}
        return a

    def _term(self, em):
        return glossary.link(self.terms, self.sitemap, em)

    def _code(self, pre):
        code = pre.find("code")
        language, meta = markdown.language(code), code.get("data-meta")
        if language == "console":
            return blocks.session(code.text())
        if language == "sh":
            return blocks.shell(code.text())
        if not meta.startswith("file="):
            return blocks.code(code.text(), language)
        text, first, path = snippets.source_of(self.course, meta)
        href = self.sitemap.file(path, f"L{first}")
        last = first + len(text.splitlines()) - 1
        return blocks.code(text, language, f'<a href="{html.escape(href)}">'
                           f"{html.escape(self.course.name(path))}, "
                           f"lines {first} to {last}</a>")

    def _paragraph(self, p):
        """A paragraph that is one drawing is a figure; one that begins with
        what others say can be linked to."""
        said = statements.statement(p)
        if said:
            p.attrs["id"] = statements.anchor(said)
        image = p.find("img")
        if (image is None or len(p.children) > 1
                or not image.get("src").endswith(".svg")):
            return p
        path = self.document.path.parent / image.get("src")
        picture = svg.inline(path.read_text(encoding="utf-8"),
                             image.get("alt"))
        return blocks.figure(picture, image.get("title"))

    def _comment(self, comment):
        """A gallery's marker leads to the gallery, a remark nowhere."""
        marker = gallery.MARKER.match(comment.note)
        return Raw(gallery.pointer(self.course, marker[1])) if marker else []


def read_pages(course, sitemap):
    """README, the chapters in order and the glossary, then all documents that
    they lead to, and those that these lead to."""
    terms = glossary.Glossary(course)
    documents = [course.readme, *course.chapters, terms.document]
    for document in documents:
        for a in document.links():
            path, _ = links.resolve(document, a.get("href"))
            target = course.documents.get(path)
            if target and target not in documents:
                documents.append(target)
    return [Page(course, sitemap, terms, document) for document in documents]
