"""The page of all labs, and below them the solutions' sources."""

from html import escape

import search
from course.markdown import Heading
from page import blocks, frame, gallery, labpages
from sitemap import LABS, REFERENCE, Generated, lab_page

MANUAL = "docs/checkers.md"

SOLUTIONS = Heading(2, "The solutions", "solutions")
CHECKERS = Heading(2, "The checkers", "checkers")


def pages(course, where):
    yield Generated(LABS, "Labs", render(course, where),
                    [search.entry("page", LABS, "Labs")])


def render(course, where):
    chapters = [d for d in course.chapters if course.labs_of(d)]
    headings = [*(Heading(2, d.title, d.path.stem) for d in chapters),
                SOLUTIONS, CHECKERS]
    body = "".join(chapter(course, where, d) for d in chapters)
    cases, bugs = cases_and_bugs(course.labs)
    return (f'<div class="page">\n{frame.contents(headings)}<article>\n'
            f"<h1>Labs</h1>\n<p>{count(len(course.labs), 'program')} to "
            "finish, chapter by chapter, each with a checker that judges it. "
            f"The checkers play {cases}. They are proved with {bugs}, which "
            f"they must refuse: the page of a lab shows its own.</p>\n{body}"
            f"{solutions(where, chapters, course)}{manual(course, where)}"
            "</article></div>\n")


def chapter(course, where, document):
    number, title = frame.numbered(document)
    items = "".join(map(item, course.labs_of(document)))
    return (f'<h2 id="{document.path.stem}">{number} '
            f'<a href="{where.page(document.path)}">{escape(title)}</a></h2>\n'
            f'<ul class="labs">\n{items}</ul>\n')


def item(lab):
    """A lab, what it is about, and how much there is in it."""
    much = [f"{count(lab.lines_to_write, 'line')} to write",
            *cases_and_bugs([lab])]
    return (f'<li><a href="{lab_page(lab)}" data-lab="{lab.name}"><code>'
            f"{lab.name}</code></a> <span>{blocks.words(lab.title)}</span> "
            f"<small>{', '.join(much)}</small></li>\n")


def cases_and_bugs(labs):
    """How many there are in some labs, in words."""
    bugs = [bug for lab in labs for bug in lab.bugs]
    return (count(sum(len(lab.cases) for lab in labs), "case"),
            gallery.count(bugs))


def count(number, thing):
    return f"{number:,} {thing}{'s' * (number != 1)}"


def solutions(where, chapters, course):
    """The way into the source browser, folded."""
    rows = "".join(
        f"<dt>{escape(d.title)}</dt><dd>{links(where, course.labs_of(d))}"
        "</dd>\n" for d in chapters)
    return (frame.heading(SOLUTIONS)
            + labpages.warning("Here stands the end of each story. Solve the "
                               "lab first.")
            + "<details><summary>Show the solutions</summary>\n"
            f'<dl class="sources">\n{rows}</dl></details>\n')


def links(where, labs):
    return ", ".join(f'<a class="code" href="{where.source(lab.solution)}">'
                     f"{lab.solution.name}</a>" for lab in labs)


def manual(course, where):
    """What the author of a lab reads: the manual, and the header."""
    links = [f'what <a class="code" href="{REFERENCE}{course.name(path)}">'
             f"{path.name}</a> offers" for path in where.headers]
    if course.root / MANUAL in course.documents:
        page = where.page(course.root / MANUAL)
        links.insert(0, f'<a href="{page}">how to write one</a>')
    return (frame.heading(CHECKERS)
            + "<p>If you want to add a lab, you write a checker: "
            f"{', and '.join(links)}.</p>\n")
