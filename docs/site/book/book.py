"""The course as a book: one page for printing, a PDF of it, and an EPUB.

The parts are README, the chapters, the answers to their questions, the list
of proofs, the glossary and the index.  Answers are gathered at the end, since
paper cannot fold; proofs stand in a list, for on paper their programs would
be longer than the chapters.
"""

import os
import re
import shutil
import subprocess
import sys
from html import escape, unescape

import theme
import verify
from book import epub, verify_epub
from drawing import svg
from page import blocks, facts, glossary, names
from page.lookup import Place
from book.paper import (ANSWERS, Binding, Introduction, Leaf, Part, key,
                   proof_number, readdress, reference)
from sitemap import NAMES, PROOFS

PAGE = "workbook.html"
PDF = "workbook.pdf"
EPUB = "workbook.epub"

PICTURE = re.compile(r'<img src="([^"]*)" alt="([^"]*)">')
OF_PART = re.compile(r"([\w-]*)\.html(?:#(.+))?$|#(.+)$")
SCRIPTS = ("ja", "zh-cn", "zh-tw")


class BookError(Exception):
    """A tool did not do its part; the message says which, and why."""


class Book:
    """What the forms of the book have in common."""

    def __init__(self, course):
        self.course = course
        self.title = course.readme.title
        terms = glossary.Glossary(course)
        documents = [course.readme, *course.chapters, terms.document]
        self.binding = Binding(course, documents)
        first = Introduction(course, self.binding, terms, course.readme)
        others = [Leaf(course, self.binding, terms, document)
                  for document in documents[1:]]
        *chapters, last = others
        self.parts = [first.part(), *(leaf.part() for leaf in chapters),
                      answers(chapters), proofs(course), last.part(),
                      index(course, self.binding)]

    @property
    def about(self):
        """README's first paragraph, as HTML."""
        return self.course.readme.tree.find("p").inner()

    @property
    def rights(self):
        return "Code: MIT License. Prose: CC BY 4.0."


def answers(chapters):
    """The answers, each below its question, for who turned the pages."""
    body = "".join(answers_of(leaf) for leaf in chapters if leaf.answers)
    sections = [(leaf.key, leaf.document.title)
                for leaf in chapters if leaf.answers]
    return Part(key(ANSWERS), "", "Answers", "answers-title", body, sections)


def answers_of(leaf):
    entries = "".join(
        '<div class="solved">'
        f'<p class="asked" id="{leaf.key}-{answer.number}">'
        f'<b><a href="{leaf.key}.html#question-{answer.number}">'
        f"{answer.number}.</a></b> {answer.question}</p>{answer.markup}</div>"
        for answer in leaf.answers)
    return f'<h2 id="{leaf.key}">{escape(leaf.document.title)}</h2>{entries}'


def proofs(course):
    """What is proved, chapter by chapter; how is told by the programs."""
    chapters = [(document, facts.file_of(course, document))
                for document in course.chapters]
    chapters = [(d, path) for d, path in chapters if path.is_file()]
    body = ("<p>Each of these sentences is proved by a program, which the "
            "course's tests run.</p>")
    body += "".join(claims_of(course, *chapter) for chapter in chapters)
    sections = [(document.path.stem, document.title)
                for document, _ in chapters]
    return Part(key(PROOFS), "", "Proofs", "proofs-title", body, sections)


def claims_of(course, document, path):
    chapter = document.path.stem
    items = "".join(
        f'<p class="claim" id="proof-{proof_number(path, fact.name)}">'
        f"<b>{proof_number(path, fact.name)}</b> {blocks.words(fact.claim)} "
        f"<code>{fact.name}</code></p>\n" for fact in facts.read(path))
    return (f'<h2 id="{chapter}">{escape(document.title)}</h2>\n'
            f"<p>The programs are in <code>{course.name(path)}</code>. To run "
            f"one: <code>./workbook test -R fact.{chapter}.NAME</code></p>\n"
            f'<div class="proofs">\n{items}</div>\n')


def lab_places(course, entry):
    """The sections of the labs that use a name that no chapter explains."""
    labs = entry.labs[:names.MOST_LABS]
    return [Place(document, heading) for lab in labs
            for document in [course.chapter(lab.chapter)]
            for heading, _ in document.sections()
            if heading and heading.get("id") == lab.name]


def index(course, binding):
    """The index of functions, constants and structures."""
    items = "".join(
        f"<dt><code>{escape(entry.name)}</code></dt><dd>"
        + " ".join(reference(binding, place)
                   for place in entry.places or lab_places(course, entry))
        + "</dd>\n" for entry in names.Index(course).entries)
    body = ("<p>The first place is the one that explains a name.</p>\n"
            f'<dl class="names">\n{items}</dl>\n')
    return Part(key(NAMES), "", "Index", "index-title", body, [])


def page(book):
    """The whole book as one page, which needs no other file."""
    sheet = theme.read("book.css") + theme.read("paper.css")
    parts = "".join(f'<section class="part" id="{part.key}">\n'
                    f"{heading(part)}{part.body}</section>\n"
                    for part in bound(book))
    return ('<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">'
            '\n<meta name="viewport" content="width=device-width, '
            'initial-scale=1">\n'
            f"<title>{escape(book.title)}</title>\n<style>\n{sheet}</style>\n"
            f"</head>\n<body>\n{title_page(book)}{contents(book)}"
            f"{draw(parts, book)}</body>\n</html>\n")


def bound(book):
    """The parts, with all identities in one name space."""
    def rule_of(part):
        def rule(name, value):
            if name == "id":
                return f"{part.key}.{value}"
            found = OF_PART.match(value)
            if not found or found[1] and found[1] not in keys:
                return value
            home, anchor = found[1] or part.key, found[2] or found[3]
            return f"#{home}.{anchor}" if anchor else f"#{home}"
        return rule

    keys = {part.key for part in book.parts}
    for part in book.parts:
        yield part._replace(anchor=f"{part.key}.{part.anchor}",
                            body=readdress(part.body, rule_of(part)))


def draw(markup, book):
    """Puts the drawings where they are awaited."""
    colours = palette()

    def drawing(image):
        text = book.binding.figures.get(unescape(image[1]))
        return text and svg.coloured(text, unescape(image[2]), colours)

    return PICTURE.sub(lambda image: drawing(image) or image[0], markup)


def palette():
    """Returns {name of a colour: colour} of figures on white paper."""
    sheet = theme.read("figure.css")
    values = {}
    for name, value in re.findall(r"--(\w+): (#\w+)", sheet):
        values.setdefault(name, value)
    names_of = re.findall(r'\[fill="(\w+)"\] \{ fill: var\(--(\w+)\)', sheet)
    return {name: values[variable] for name, variable in names_of}


def heading(part):
    number = f'<span class="number">{part.number}</span> '
    return (f'<h1 id="{part.anchor}">{number if part.number else ""}'
            f"{part.title}</h1>\n")


def title_page(book):
    return (f'<section class="title">\n<p class="name">{escape(book.title)}'
            f"</p>\n<p>{book.about}</p>\n<p>{book.rights}</p>\n</section>\n")


def contents(book):
    items = "".join(
        f'<li class="{"chapter" if part.number else "other"}">'
        f'<a href="#{part.key}"><span>{part.number} {part.title}</span></a>'
        f"{sections(part)}</li>\n" for part in book.parts)
    return (f'<nav class="contents">\n<h1>Contents</h1>\n<ol>\n{items}</ol>\n'
            "</nav>\n")


def sections(part):
    """The second level of the contents, which only chapters need."""
    if not part.number:
        return ""
    items = "".join(f'<li><a href="#{part.key}.{escape(anchor)}"><span>'
                    f"{escape(words)}</span></a></li>"
                    for anchor, words in part.sections)
    return f"<ol>{items}</ol>"


def write_pdf(out):
    """Makes the PDF of the page, with the sheet that numbers its leaves; the
    fonts in it bear a date."""
    dated = {"SOURCE_DATE_EPOCH": str(epub.OLDEST), **os.environ}
    sheet = theme.THEME / "pages.css"
    result = subprocess.run(
        ["weasyprint", "--quiet", "--pdf-identifier", PAGE,
         "--stylesheet", str(sheet), PAGE, PDF],
        cwd=out, env=dated, text=True, capture_output=True)
    if result.returncode:
        raise BookError(result.stderr.strip())


def missing_scripts():
    """The languages of the glossary that no font here can write."""
    if not shutil.which("fc-list"):
        return []
    return [script for script in SCRIPTS if not subprocess.run(
        ["fc-list", f":lang={script}", "family"], text=True,
        stdout=subprocess.PIPE).stdout.strip()]


def write(course, out, problems):
    """Writes all three into `out`, which is emptied first."""
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    book = Book(course)
    (out / PAGE).write_text(page(book), encoding="utf-8")
    epub.write(book, out / EPUB, palette())
    verify.check(out, problems)
    verify_epub.check(out / EPUB, problems)
    if not problems.found:
        write_pdf(out)


def report(out):
    """Says what was made, and what is wrong with it on this machine."""
    lacking = missing_scripts()
    if lacking:
        print("The PDF has boxes where names are in " + ", ".join(lacking)
              + ": the package fonts-droid-fallback has these signs",
              file=sys.stderr)
    for name in (PAGE, EPUB, PDF):
        print(out / name)
