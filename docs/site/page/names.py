"""The index: where the functions, constants and structures are explained that
the chapters and the labs use.

What is a name is read from its shape, in the code of chapters and solutions.
Whether one was missed the compiler knows: `check` asks it what the headers
declare.
"""

import errno
import os
import shutil
from collections import namedtuple
from html import escape
from itertools import groupby

import search
from course import cnames, markdown
from course.cnames import c_elements, code_in, names_in
from page import frame, lookup, mentions
from page.mentions import TEACHES, USES, value
from sitemap import CONSTANTS, FUNCTIONS, NAMES, Generated, lab_page

Entry = namedtuple("Entry", "name places labs")

MOST_LABS = 3

# The pages that have everything on each name, and what they are about.
FULL = {FUNCTIONS: "Functions and structures", CONSTANTS: "Constants"}


class Index:
    """The names of the course, each with the places that lead to it."""

    def __init__(self, course):
        self.course = course
        self.programs = {
            lab: cnames.SAID.sub(
                " ", lab.solution.read_text(encoding="utf-8"))
            for document in course.chapters
            for lab in course.labs_of(document)}
        self.own = self._own()
        self.entries = sorted(self._entries(), key=order)

    def _own(self):
        """What the course's own programs define."""
        own = {name for document in self.course.chapters
               for fence in document.tree.find_all("pre")
               for text in code_in(fence) for name in cnames.defined_in(text)}
        for text in self.programs.values():
            own |= cnames.defined_in(text) | cnames.declared_in(text)
        return own

    def _entries(self):
        """A macro has one entry, whether it is called or named."""
        sections, labs = self._sections(), self._labs()
        names = (sections.keys() | labs.keys()) - self.own
        for name in names:
            if f"{name}()" not in names:
                yield Entry(name, places(sections.get(name, [])),
                            labs.get(name, []))

    def _sections(self):
        """Returns {name: the best mention of each chapter}.  Rooms that use
        names explain no call: many are Python's."""
        found = {}
        for document in self.course.chapters:
            best = {}
            for name, mention in mentions.read(document):
                if mention.room == USES and name.endswith("()"):
                    continue
                best[name] = max(best.get(name, mention), mention, key=value)
            for name, mention in best.items():
                found.setdefault(name, []).append(mention)
        return found

    def _labs(self):
        """Returns {name: the labs whose programs use it}."""
        found = {}
        for lab, text in self.programs.items():
            for name in dict.fromkeys(names_in(text)):
                found.setdefault(name, []).append(lab)
        return found


def places(best):
    """The place that explains a name first; then those of other chapters."""
    if not best:
        return []
    first = max(best, key=value)
    return [first.place] + [mention.place for mention in best
                            if mention is not first
                            and mention.room == TEACHES]


def order(entry):
    """As a person seeks: a structure by its tag, _exit() beside exit()."""
    return lookup.key(entry.name.removeprefix("struct ")), entry.name


def pages(course, sitemap):
    """All names on one page, and what there is to each on two others: by its
    shape everybody knows on which."""
    entries = Index(course).entries
    yield Generated(NAMES, "Index", overview(entries, sitemap))
    for url, title in FULL.items():
        part = [entry for entry in entries if page_of(entry) == url]
        yield Generated(url, title, in_full(title, part, sitemap),
                        [found(sitemap, entry) for entry in part])


def overview(entries, sitemap):
    """Where to look, and all names: each leads to where it is explained."""
    parts = " and ".join(f'<a href="{url}">{title}</a>'
                         for url, title in FULL.items())
    return page("Index", "The functions, constants and structures of the "
                "chapters and the labs. A name leads to where it is "
                "explained, in the chapter of that number. What else is said "
                f"of it, and which labs use it, stands in {parts}.",
                entries, lambda group: columns(sitemap, group))


def in_full(title, entries, sitemap):
    """One kind of names, each with all places that lead to it."""
    return page(title, f"{title} of the chapters and the labs. "
                "The first link leads to where a name is explained, the "
                "others to what else is said of it, and to the labs that use "
                f'it. All names together are in the <a href="{NAMES}">index'
                "</a>.", entries, lambda group: descriptions(sitemap, group))


def page(title, words, entries, listed):
    """A page: the letters, and under each its names."""
    groups = [(markdown.Heading(2, initial, initial.lower()), list(group))
              for initial, group in groupby(entries, key=letter)]
    letters = [heading for heading, _ in groups]
    body = "".join(f'<h2 id="{heading.slug}">{heading.text}</h2>\n'
                   f"{listed(group)}" for heading, group in groups)
    return (f'<div class="page">\n{frame.contents(letters)}<article>\n'
            f"<h1>{title}</h1>\n<p>{words}</p>\n{initials(letters)}{body}"
            "</article></div>\n")


def letter(entry):
    return order(entry)[0][0].upper()


def initials(letters):
    """All letters in a row, for who has no list beside the text."""
    links = " ".join(f'<a href="#{h.slug}">{h.text}</a>' for h in letters)
    return f'<p class="letters">{links}</p>\n'


def found(sitemap, entry):
    """What the search finds: a name leads to where it is explained."""
    url = explained(sitemap, entry)
    if not entry.places:
        return search.entry("page", url, FULL[page_of(entry)], entry.name)
    return search.entry(kind(entry.name), url, entry.places[0].document.title,
                        entry.name, names=also_called(entry.name))


def kind(name):
    if name.endswith(")"):
        return "function"
    return "structure" if name.startswith("struct ") else "constant"


def page_of(entry):
    """The page that has everything on a name."""
    return CONSTANTS if kind(entry.name) == "constant" else FUNCTIONS


def also_called(name):
    """A structure by its tag, an error by the words that a program prints."""
    if name.startswith("struct "):
        return [name.removeprefix("struct ")]
    number = getattr(errno, name, None)
    return [os.strerror(number)] if number else []


def columns(sitemap, entries):
    """Names alone.  There are many, here and below: no tag is written that
    HTML can do without."""
    items = "".join(f'<li><a id="{identity(entry)}" '
                    f'href="{escape(explained(sitemap, entry))}">'
                    f"{escape(entry.name)}</a>{chapter_of(entry)}\n"
                    for entry in entries)
    return f'<ul class="names">\n{items}</ul>\n'


def explained(sitemap, entry):
    """The address of the place that explains a name; if none does, of the
    entry that says which labs use it."""
    if entry.places:
        return lookup.address(sitemap, entry.places[0])
    return f"{page_of(entry)}#{identity(entry)}"


def chapter_of(entry):
    """The number of the chapter that explains a name, if one does."""
    if not entry.places:
        return ""
    number, _ = frame.numbered(entry.places[0].document)
    return f" <i>{number}</i>"


def descriptions(sitemap, entries):
    items = "".join(item(sitemap, entry) for entry in entries)
    return f'<dl class="names">\n{items}</dl>\n'


def item(sitemap, entry):
    """A name, the link to where it is explained, and below it the others."""
    first, *others = [lookup.link(sitemap, p) for p in entry.places] or [""]
    more = " · ".join(others + labs_line(entry.labs))
    more = f"<small>{more}</small>" if more else ""
    return (f'<dt id="{identity(entry)}">{escape(entry.name)}'
            f"<dd>{first}{more}\n")


def identity(entry):
    return entry.name.removesuffix("()").replace(" ", "-")


def labs_line(labs):
    """The labs that use a name, or the first of them and how many more."""
    links = [f'<a href="{lab_page(lab)}">{lab.name}</a>' for lab in labs]
    shown = ", ".join(links[:MOST_LABS])
    more = len(links) - MOST_LABS
    if more > 0:
        shown += f" and {more} more"
    return [("labs " if len(links) > 1 else "lab ") + shown] if links else []


def check(course, problems):
    """Every name that a header of the system declares is in the index, if a
    chapter or a solution uses it in C."""
    if not shutil.which(cnames.COMPILE[0]):
        problems.skip(course.root / "chapters", 0, "cc is not installed")
        return
    index = Index(course)
    indexed = {entry.name for entry in index.entries}
    missing = (cnames.system_names(course) - cnames.NO_NAMES - indexed
               - {name.removesuffix("()") for name in indexed})
    for document in course.chapters:
        for code, text in c_elements(document.tree):
            for name in missing.intersection(cnames.loosely(text)):
                line = document.line_of(code, name.removesuffix("()"))
                problems.add(document.path, line, f"the index has no {name}")
    for lab, text in index.programs.items():
        for name in sorted(missing.intersection(cnames.loosely(text))):
            problems.add(lab.solution, 0, f"the index has no {name}")
