"""Which page of the site stands for which file of the repository."""

import shutil
from collections import namedtuple

from page import facts
from prose import links

# A page of the site that no document stands behind: its address, its title,
# the HTML of the whole page without the frame, and its search entries.
Generated = namedtuple("Generated", "url title markup entries", defaults=[()])

LABS, NAMES = "labs.html", "names.html"
# The parts of the index, which have all there is to a name.
FUNCTIONS, CONSTANTS = "names-functions.html", "names-constants.html"
WHOLE = {FUNCTIONS: NAMES, CONSTANTS: NAMES}
PROOFS, MYTHS = "proofs.html", "myths.html"
MANUAL = "docs/checkers.md"
# Documents whose pages have an address of their own.
ADDRESSES = {"README.md": "index.html", MANUAL: "checkers.html"}
# Addresses of files, until Doxygen has said what it calls their pages.
SOURCE, REFERENCE = "source:", "reference:"


def lab_page(lab):
    """The address of a lab's page."""
    return f"lab-{lab.name}.html"


class Sitemap:
    """Turns links between files into links between pages, and remembers
    which files must therefore be part of the site."""

    def __init__(self, course):
        self.course = course
        self.sources = set(course.root.glob("solutions/*/*.c"))
        self.headers = sorted(course.root.glob("tests/harness/harness.h"))
        self.sources.update(self.headers)
        self.copies = set()

    def page(self, path):
        """The address of the page that a document becomes."""
        name = self.course.name(path)
        if name in ADDRESSES:
            return ADDRESSES[name]
        name = name.removesuffix(".md").removeprefix("chapters/").lower()
        return name.replace("/", "-").replace("_", "-") + ".html"

    def href(self, document, href):
        """The address that a link of a document has on the site."""
        if links.OUTWARD.match(href):
            return href
        path, anchor = links.resolve(document, href)
        tail = f"#{anchor}" if anchor else ""
        if path in self.course.documents:
            return self.page(path) + tail
        if path.is_dir():
            return LABS + (f"#{path.name}" if self.course.chapter(path.name)
                           else "")
        return self.file(path, anchor)

    def file(self, path, anchor=""):
        """The address of a file that is no document: a header is shown by its
        reference, unless a line of it is meant."""
        if path.suffix not in (".c", ".h"):
            self.copies.add(path)
            return self.copy_name(path)
        if path in self.headers and not anchor:
            return REFERENCE + self.course.name(path)
        return self.source(path, anchor)

    def source(self, path, anchor=""):
        """The address of a line of a C file."""
        self.sources.add(path)
        line = links.LINE.match(anchor)
        tail = f"#l{int(line[1]):05d}" if line else ""
        return SOURCE + self.course.name(path) + tail

    def proof(self, path, name):
        """Where the site shows a fact: beside the others of its chapter, or,
        if its file belongs to none, at its line."""
        if self.course.chapter(path.parent.name) in self.course.chapters:
            return f"proofs-{path.parent.name}.html#{name}"
        return self.source(path, f"L{facts.facts_of(path).get(name, 1)}")

    def copy_name(self, path):
        """Files are shown as text, whatever a browser thinks of their name."""
        name = self.course.name(path).replace("/", "-")
        return "files/" + name + ("" if path.suffix == ".svg" else ".txt")

    def copy_files(self, folder):
        for path in self.copies:
            target = folder / self.copy_name(path)
            target.parent.mkdir(exist_ok=True)
            shutil.copyfile(path, target)
