"""The page of all labs, and below them the solutions' sources."""

from html import escape

import blocks
import frame
import gallery
import labpages
import search
from markdown import Heading
from sitemap import LABS, REFERENCE, Generated, lab_page

MANUAL = "docs/checkers.md"


def pages(course, where):
    yield Generated(LABS, "Labs", render(course, where),
                    [search.entry("page", LABS, "Labs")])


def render(course, where):
    chapters = [d for d in course.chapters if course.labs_of(d)]
    headings = [Heading(2, d.title, d.path.stem) for d in chapters]
    body = "".join(chapter(course, where, d) for d in chapters)
    labs = course.labs
    return (f'<div class="page">\n{frame.contents(headings)}<article>\n'
            f"<h1>Labs</h1>\n<p>{count(len(labs), 'program')} to finish, "
            "chapter by chapter, each with a checker that judges it.</p>\n"
            f"<p>In all, that is {summary(labs)}: programs that the checkers "
            f"must refuse, and that each lab's page shows.</p>\n{body}"
            f"{solutions(where, chapters, course)}{manual(course, where)}"
            "</article></div>\n")


def chapter(course, where, document):
    number, title = frame.numbered(document)
    items = "".join(map(item, course.labs_of(document)))
    return (f'<h2 id="{document.path.stem}">{number} '
            f'<a href="{where.page(document.path)}">{escape(title)}</a></h2>\n'
            f'<ul class="labs">\n{items}</ul>\n')


def item(lab):
    return (f'<li><a href="{lab_page(lab)}" data-lab="{lab.name}"><code>'
            f"{lab.name}</code></a> <span>{blocks.words(lab.title)}</span> "
            f"<small>{summary([lab])}</small></li>\n")


def summary(labs):
    """How much there is in some labs."""
    lines = sum(lab.lines_to_write for lab in labs)
    cases = sum(len(lab.cases) for lab in labs)
    bugs = [bug for lab in labs for bug in lab.bugs]
    return (f"{count(lines, 'line')} to write, {count(cases, 'case')}, "
            f"{gallery.count(bugs)}")


def count(number, thing):
    return f"{number:,} {thing}{'s' * (number != 1)}"


def solutions(where, chapters, course):
    """The way into the source browser, folded."""
    rows = "".join(
        f"<dt>{escape(d.title)}</dt><dd>{links(where, course.labs_of(d))}"
        "</dd>\n" for d in chapters)
    return (labpages.heading("solutions", "The solutions")
            + labpages.warning("Here stands the end of each story. Solve the "
                               "lab first.")
            + "<details><summary>Show the solutions</summary>\n"
            f'<dl class="sources">\n{rows}</dl></details>\n')


def links(where, labs):
    return ", ".join(f'<a class="code" href="{where.source(lab.solution)}">'
                     f"{lab.solution.name}</a>" for lab in labs)


def manual(course, where):
    """What the author of a lab reads: the manual, and the header."""
    links = [f'<a class="code" href="{REFERENCE}{course.name(path)}">'
             f"{path.name}</a>" for path in where.headers]
    if course.root / MANUAL in course.documents:
        page = where.page(course.root / MANUAL)
        links.insert(0, f'<a href="{page}">how to write one</a>')
    return (labpages.heading("checkers", "The checkers")
            + f"<p>For who wants to add a lab: {', '.join(links)}.</p>\n"
            if links else "")
