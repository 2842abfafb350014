"""Which page stands where: every chapter with its labs and its proofs, and
what else there is."""

from published import NOWHERE
from sitemap import WHOLE, lab_page

# The pages for everybody, as a reader meets them; others follow.
ALSO = ("labs.html", "proofs.html", "myths.html", "names.html",
        "glossary.html", "checkers.html")


def proofs_page(document):
    return f"proofs-{document.path.stem}.html"


class Outline:
    """The pages of the site in the order of the course."""

    def __init__(self, course, where, written):
        self.course = course
        self.where = where
        self.pages = {page.url: page for page in written}
        self.labs = {lab_page(lab): lab for lab in course.labs}
        self.below = {where.page(document.path): list(self._below(document))
                      for document in course.chapters}
        self.parents = {url: chapter for chapter, pages in self.below.items()
                        for url in [chapter, *pages]}
        self.chapters = [self.pages[url] for url in self.below]
        self.edited = dict(self._edited())

    def _below(self, document):
        """The pages that belong to a chapter: those of its labs, its
        proofs."""
        pages = [*map(lab_page, self.course.labs_of(document)),
                 proofs_page(document)]
        return [url for url in pages if url in self.pages]

    def _edited(self):
        """Yields (page, the file that most of it is made of)."""
        for page in self.pages.values():
            if hasattr(page, "document"):
                yield page.url, page.document.path
        for url, lab in self.labs.items():
            yield url, lab.starter
        for document in self.course.chapters:
            facts = self.course.root / "tests" / document.path.stem
            yield proofs_page(document), facts / "facts.c"

    def chapter_of(self, url, path=""):
        """The chapter that a page belongs to, or None; one of the source
        browser belongs to that in whose folder its file is."""
        folders = (f"{part}.html" for part in path.split("/"))
        return self.parents.get(url) or next(
            (folder for folder in folders if folder in self.below), None)

    @property
    def also(self):
        """The pages that belong to no chapter; the first page apart, and the
        parts of the index, to which the index leads."""
        apart = {"index.html", NOWHERE, *WHOLE, *self.parents}
        found = [page for url, page in self.pages.items() if url not in apart]
        return sorted(found, key=rank)

    @property
    def order(self):
        """The course from its first page to its last, labs included."""
        urls = ["index.html"]
        for chapter, pages in self.below.items():
            urls += [chapter, *filter(self.labs.get, pages)]
        return urls

    def neighbours(self, url):
        """The pages before and after one, or None: a chapter's are chapters,
        a lab's whatever comes in the order of the course."""
        order = self.order
        if url not in self.labs:
            order = [other for other in order if other not in self.labs]
        if url not in order:
            return None, None
        place = order.index(url)
        around = [None, *order, None][place], [*order, None][place + 1]
        return tuple(self.pages.get(other) for other in around)


def rank(page):
    return ALSO.index(page.url) if page.url in ALSO else len(ALSO)
