"""The glossary: what the terms of the chapters mean, and how they are called
in other languages.

`chapters/glossary.md` has an entry for each term: a heading of the third
level, what it means, and a line of names.  Chapters set the term in italics
where they explain it, in the words of the heading, or in others that the
entry itself sets in italics.
"""

import re
from collections import namedtuple
from functools import cached_property
from html import escape

import search
from course.course import CourseError
from course.tree import Comment, Element, Raw
from page import blocks, lookup

FILE = "chapters/glossary.md"
LANGUAGES = {"日本語": "ja", "简体中文": "zh-Hans", "繁體中文": "zh-Hant"}
BETWEEN = " · "
NO_TERMS = re.compile(r"No terms, though in italics: (.*)")
BRACKETS = re.compile(r"\s*[（）()、/]\s*")
SENTENCE = re.compile(r".*[.?!]$")

Entry = namedtuple("Entry", "heading forms names")


class Glossary:
    """The entries, and what the course's chapters make of them."""

    def __init__(self, course):
        self.course = course
        self.document = course.documents.get(course.root / FILE)
        if self.document is None:
            raise CourseError(f"{course.root}: there is no {FILE}")
        self.entries = [read(heading, parts)
                        for heading, parts in self.document.sections()
                        if heading and heading.tag == "h3"]
        self._forms = {form: entry for entry in self.entries
                       for form in entry.forms}

    def find(self, em):
        """The entry of a term that is set in italics, or None."""
        return self._forms.get(plain(em))

    @cached_property
    def no_terms(self):
        """What chapters set in italics for other reasons."""
        notes = (squeezed(c.note) for c in self.document.tree.walk()
                 if isinstance(c, Comment))
        lists = filter(None, map(NO_TERMS.match, notes))
        return {word.casefold() for found in lists
                for word in found[1].split(BETWEEN)}

    @cached_property
    def places(self):
        """Returns {identity of an entry: the places that use its term}."""
        found = {}
        for document in self.course.chapters:
            for em, heading in italics(document):
                entry = self.find(em)
                if entry:
                    places = found.setdefault(entry.heading.get("id"), [])
                    places.append(lookup.Place(document, heading))
        return found

    @cached_property
    def names_at(self):
        """Returns {place: all that the terms are called that it explains}."""
        found = {}
        for entry in self.entries:
            for place in self.places.get(entry.heading.get("id"), []):
                names = found.setdefault(place, {})
                names.update(dict.fromkeys(entry.forms + translated(entry)))
        return {place: list(names) for place, names in found.items()}


def read(heading, parts):
    """Makes an entry of a heading and what stands below it."""
    forms, names = [plain(heading)], {}
    for part in parts:
        names.update(names_of(part))
        forms += [form for form in map(plain, part.find_all("em"))
                  if form not in forms]
    return Entry(heading, forms, names)


def names_of(paragraph):
    """Returns {language: name} of an entry's line of names; of another
    paragraph, nothing."""
    parts = squeezed(paragraph.text()).split(BETWEEN)
    named = (part.partition(" ") for part in parts)
    return {language: name for language, _, name in named
            if language in LANGUAGES and name}


def italics(document):
    """Yields (element, heading above it) for all that is set in italics."""
    for heading, parts in document.sections():
        for part in filter(None, [heading, *parts]):
            yield from ((em, heading) for em in part.find_all("em"))


def plain(element):
    return squeezed(element.text()).casefold()


def squeezed(text):
    return " ".join(text.split())


def check(course, problems):
    glossary = Glossary(course)
    check_order(glossary, problems)
    check_entries(glossary, problems)
    check_chapters(course, glossary, problems)


def check_order(glossary, problems):
    """The letters and the terms below them are one alphabet."""
    headings = [h for h, _ in glossary.document.sections() if h]
    for above, below in zip(headings, headings[1:]):
        if lookup.key(above.text()) >= lookup.key(below.text()):
            problems.add(glossary.document.path, below.line,
                         f"{below.text()} stands behind {above.text()}")


def check_entries(glossary, problems):
    """Every form belongs to one entry, and every entry has all names."""
    owners = {}
    for entry in glossary.entries:
        term, line = entry.heading.text(), entry.heading.line
        for form in entry.forms:
            owner = owners.setdefault(form, term)
            if owner != term:
                problems.add(glossary.document.path, line,
                             f"{term} explains {form}, and so does {owner}")
        for language in LANGUAGES:
            if language not in entry.names:
                problems.add(glossary.document.path, line,
                             f"{term} has no name in {language}")


def check_chapters(course, glossary, problems):
    """Whatever is in italics is explained, or listed as no term; and nothing
    is explained or listed that is not there."""
    seen = set()
    for document in course.chapters + course.unlisted:
        for em, _ in italics(document):
            form = plain(em)
            seen.add(form)
            if not (glossary.find(em) or form in glossary.no_terms
                    or SENTENCE.match(form)):
                line = document.line_of(em, f"*{em.text()}")
                problems.add(document.path, line,
                             f"*{form}* has no entry in {FILE}, "
                             "and is not listed there as no term")
    for entry in glossary.entries:
        if not seen.intersection(entry.forms):
            problems.add(glossary.document.path, entry.heading.line,
                         f"no chapter sets {entry.heading.text()} in italics")
    for form in sorted(glossary.no_terms - seen):
        problems.add(glossary.document.path, 0,
                     f"no chapter sets {form} in italics")


def rules(glossary, sitemap):
    """How the glossary's own page differs from a chapter."""
    def term(heading):
        places = glossary.places.get(heading.get("id"), [])
        return [blocks.heading(heading), taught(sitemap, places)]

    return {"h3": term, "p": names, "em": lambda em: em}


def found(glossary, url):
    """Yields what the search finds: each term, by all that it is called."""
    for heading, parts in glossary.document.sections():
        if heading and heading.tag == "h3":
            entry = read(heading, parts)
            names = entry.forms[1:] + translated(entry)
            words = (p.text() for p in parts if not names_of(p))
            yield search.entry("glossary", f"{url}#{heading.get('id')}",
                               glossary.document.title, heading.text(),
                               " ".join(words), names)


def translated(entry):
    """What a term is called in other languages."""
    return [name for words in entry.names.values()
            for name in filter(None, BRACKETS.split(words))]


def taught(sitemap, places):
    """Leads back to the sections in which a term is explained."""
    links = (lookup.link(sitemap, place) for place in dict.fromkeys(places))
    return Raw(f'<p class="taught">{" ".join(links)}</p>')


def names(paragraph):
    """The line of names, each in its language, for one character may be
    drawn in three ways."""
    spans = "".join(
        f'<span lang="{LANGUAGES[language]}"><span class="language">{language}'
        f"</span> {escape(name)}</span>"
        for language, name in names_of(paragraph).items())
    return Raw(f'<p class="names">{spans}</p>') if spans else paragraph


def link(glossary, sitemap, em):
    """A term in a chapter leads to its entry."""
    entry = glossary.find(em)
    if entry is None:
        return em
    page = sitemap.page(glossary.document.path)
    return Element("a", {"class": "term",
                         "href": f"{page}#{entry.heading.get('id')}"}, [em])
