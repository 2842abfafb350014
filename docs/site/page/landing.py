"""The first page: README, with a map in place of its table of chapters."""

import math
from html import escape

from course.markdown import Heading
from course.tree import Raw
from page import facts, frame
from page.labindex import count
from page.pages import Page
from sitemap import lab_page

# What somebody reads in a minute, and to how many minutes we round.
WORDS, LINES, STEP = 200, 20, 5

HOW = (f'<p class="how">To read: {WORDS} words or {LINES} lines of code a '
       "minute. To write: the lines of the solutions that the labs leave "
       "out.</p>\n")

# What is said of the pages that belong to no chapter.
OTHERS = {
    "labs.html": "what each is about, and how much there is to write",
    "proofs.html": "{facts} statements of the chapters, each with the "
                   "program that proves it",
    "myths.html": "what is said of sockets, and what is true",
    "names.html": "functions, constants and structures, and where each is "
                  "explained",
    "glossary.html": "the terms, with their names in Japanese and Chinese",
    "checkers.html": "for those who add a lab",
}


class Landing(Page):
    """README as the first page of the site."""

    def __init__(self, outline, readme):
        self.outline = outline
        super().__init__(readme.course, readme.sitemap, readme.terms,
                         readme.document)

    def _rules(self):
        rules = super()._rules()
        table = rules["table"]
        rules["table"] = lambda element: (
            Raw(course_map(self.outline, element))
            if self._lists_chapters(element) else table(element))
        return rules

    def _lists_chapters(self, table):
        return any(a.get("href") in self.outline.below
                   for a in table.find_all("a"))


def article(outline, readme):
    """The whole page: what the course is, the way in, then the rest."""
    page = Landing(outline, readme)
    about, _, rest = page.body.partition("</p>")
    return ('<div class="page landing">\n<article>\n'
            f'<h1 id="top-of-page">{escape(page.title)}</h1>\n'
            f"{about}</p>\n{way_in(outline)}{extent(outline)}{rest}\n"
            f"{others(outline)}"
            "</article>\n</div>\n")


def way_in(outline):
    """A link to where to begin; progress.js makes it lead on."""
    first = outline.chapters[:1]
    return "".join('<p class="way-in"><a class="go-on" '
                   f'href="{page.url}">Begin: {escape(page.title)}</a></p>\n'
                   for page in first)


def extent(outline):
    """One line on how much there is to do in the whole course."""
    chapters = [page.document for page in outline.chapters]
    labs = [lab for document in chapters
            for lab in outline.course.labs_of(document)]
    hours = math.ceil(sum(map(reading_minutes, chapters)) / 60)
    lines = sum(lab.lines_to_write for lab in labs)
    return (f'<p class="extent">{count(len(chapters), "chapter")}, about '
            f'{count(hours, "hour")} to read. {count(len(labs), "lab")}, '
            f'{count(lines, "line")} to write.</p>\n')


def course_map(outline, table):
    """The chapters with their labs and how long they take; what README's
    table names without a link is still to come."""
    entries = "".join(entry(outline, page) for page in outline.chapters)
    entries += "".join(map(planned, rows_without_links(table)))
    return ('<p class="progress" hidden></p>\n'
            f'<ol class="map">\n{entries}</ol>\n{HOW}')


def entry(outline, page):
    number, title = frame.numbered(page.document)
    labs = outline.course.labs_of(page.document)
    return (f'<li><span class="number">{number}</span>'
            f'<a class="title" href="{page.url}" data-chapter='
            f'"{frame.key(page)}">{escape(title)}</a>'
            f'<span class="labs">{" ".join(map(lab_link, labs))}</span>'
            f'<span class="time">{time(page.document, labs)}</span></li>\n')


def lab_link(lab):
    return f'<a href="{lab_page(lab)}" data-lab="{lab.name}">{lab.name}</a>'


def time(document, labs):
    lines = sum(lab.lines_to_write for lab in labs)
    write = f" <span>{lines} lines to write</span>" if lines else ""
    return f"<span>{reading_minutes(document)} minutes to read</span>{write}"


def reading_minutes(document):
    """Words and lines of code, each at its own pace."""
    code = [pre.text() for pre in document.tree.find_all("pre")]
    words = len(document.tree.text().split()) - len(" ".join(code).split())
    lines = sum(len(text.splitlines()) for text in code)
    return STEP * math.ceil((words / WORDS + lines / LINES) / STEP)


def rows_without_links(table):
    return [row for body in table.find_all("tbody")
            for row in body.find_all("tr") if not row.find("a")]


def planned(row):
    cells = [cell.text() for cell in row.find_all("th", "td")]
    number, *words = map(escape, cells)
    return (f'<li class="planned"><span class="number">{number}</span>'
            f'{"".join(f"<span>{text}</span>" for text in words)}</li>\n')


def others(outline):
    """What else the site has, of which README does not know."""
    known = [page for page in outline.also if page.url in OTHERS]
    items = "".join(
        f'<li><a href="{page.url}">{escape(page.title)}</a>: '
        f"{OTHERS[page.url].format(facts=count_facts(outline.course))}</li>\n"
        for page in known)
    if not items:
        return ""
    title = Heading(2, "What else is here", "what-else-is-here")
    return f"{frame.heading(title)}<ul>\n{items}</ul>\n"


def count_facts(course):
    folders = (course.root / "tests" / d.path.stem for d in course.chapters)
    return sum(len(facts.facts_of(folder / "facts.c")) for folder in folders
               if (folder / "facts.c").exists())
