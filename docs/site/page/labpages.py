"""A page for each lab: what its program must do, what the checker plays, the
programs that it refuses, and one that it accepts."""

import re
from html import escape

import search
from course.markdown import Heading
from page import blocks, frame, gallery
from sitemap import Generated, lab_page

# How a contract names another lab of which something is the same here.
OTHERS = (r"\b(those of|as in|answer of|what|as) ({names})\b"
          r"(?= does|[.,:;])")


def pages(course, where):
    for lab in course.labs:
        yield Generated(lab_page(lab), f"{lab.name}: {lab.title}",
                        LabPage(course, where, lab).render(),
                        list(entries(lab)))


def entries(lab):
    """What the search finds of a lab: all but what spoils it."""
    page, url = f"{lab.name}: {lab.title}", lab_page(lab)
    yield search.entry("lab", url, page, names=[lab.name])
    yield search.entry("lab", f"{url}#contract", page, "The contract",
                       " ".join(block.text for block in lab.contract))
    yield search.entry("lab", f"{url}#cases", page, "What the checker plays",
                       " ".join(f"{case.id}: {case.title}."
                                for case in lab.cases))


def pointer(lab):
    """What a chapter has below the heading of a lab: the way to its page."""
    return (f'<p class="lab" data-lab="{lab.name}">'
            f'<a href="{lab_page(lab)}">The page of this lab</a>: its '
            f"contract, {len(lab.cases)} cases, {gallery.count(lab.bugs)}</p>"
            "\n")


class LabPage:
    """One lab as HTML: the sections, in the order in which they are used."""

    def __init__(self, course, where, lab):
        self.where = where
        self.lab = lab
        self.others = {other.name: other for other in course.labs
                       if other is not lab}
        self.mentions = re.compile(
            OTHERS.format(names="|".join(self.others) or "(?!)"))
        self.sections = [
            ("begin", "Begin", self.begin()),
            ("contract", "The contract", self.contract()),
            ("cases", "What the checker plays", self.cases()),
            ("gallery", "The bug gallery", self.gallery()),
            ("solution", "A solution", self.solution())]

    def render(self):
        headings = [Heading(2, title, slug)
                    for slug, title, _ in self.sections]
        texts = [text for _, _, text in self.sections]
        body = "".join(frame.heading(heading) + text
                       for heading, text in zip(headings, texts))
        name = escape(self.lab.name)
        return (f'<div class="page">\n{frame.contents(headings)}<article>\n'
                f'<h1 id="{name}" data-lab="{name}"><code>{name}</code></h1>\n'
                f"<p>{blocks.words(sentence(self.lab.title))}</p>\n{body}"
                "</article></div>\n")

    def begin(self):
        lab = self.lab
        document = lab.document
        chapter = self.where.page(document.path)
        number, title = frame.numbered(document)
        said = (f'section <a href="{chapter}#{lab.name}">{lab.name}</a>'
                if lab.name in document.anchors else "the labs")
        path = f"{lab.chapter}/{lab.name}.c"
        return (f"<p>This lab belongs to chapter {number}, "
                f'<a href="{chapter}">{escape(title)}</a>, which tells of it '
                f"in {said}. Your copy is <code>work/{path}</code>. "
                f"{self.tasks()}</p>\n"
                + session(f"./workbook check {lab.name}",
                          f"./workbook hint {lab.name}")
                + "<p>To try it by hand, build it like any other program:</p>"
                + session(f"cc work/{path} -o {lab.name}"))

    def tasks(self):
        """How much is left to write, and where."""
        parts, lines = len(self.lab.tasks), self.lab.lines_to_write
        which = "one part" if parts == 1 else f"{parts} parts"
        verb = "it has" if parts == 1 else "they have"
        return (f"You write {which} of it, between the marks <code>TODO"
                f"</code> and <code>END</code>; in the solution {verb} "
                f"{lines} lines.")

    def contract(self):
        return ("<p>The comment at the head of the file says what the program "
                "must do. Nothing else is asked.</p>\n"
                '<div class="contract">'
                f'{"".join(map(self.block, self.lab.contract))}</div>\n')

    def block(self, block):
        if block.indented:
            return blocks.plain(block.text + "\n").markup
        words = self.words(block.text)
        return f"<p>{self.mentions.sub(self.mention, words)}</p>\n"

    @staticmethod
    def words(comment):
        """In a comment two spaces stand between sentences."""
        return blocks.words(re.sub(r"(?<=\S) {2,}", " ", comment))

    def mention(self, found):
        target = lab_page(self.others[found[2]])
        return f'{found[1]} <a href="{target}#contract">{found[2]}</a>'

    def cases(self):
        lab = self.lab
        given = [case.id for case in lab.cases].index(lab.unsolved)
        items = "".join(case_item(case, place < given)
                        for place, case in enumerate(lab.cases))
        which = "first" if given == 1 else f"first {given}"
        verb = "passes" if given == 1 else "pass"
        return (f"<p>{len(lab.cases)} cases, in this order. The {which} "
                f"{verb} with the file as you find it, and must pass at the "
                f'end, too.</p>\n<ol class="cases">\n{items}</ol>\n')

    def gallery(self):
        return (f"<p>{gallery.count(self.lab.bugs)}, each with the belief "
                "behind it, what it changes in the solution, and what the "
                "checker shows of it: the cases that fail, and words of its "
                "reasons.</p>\n"
                + warning("A difference shows lines of the solution. The "
                          "beliefs alone do not.")
                + gallery.render(self.lab))

    def solution(self):
        lab = self.lab
        parts = "".join(map(self.part, lab.tasks))
        href = self.where.source(lab.solution)
        name = escape(f"solutions/{lab.chapter}/{lab.name}.c")
        count = len(list(lab.accepted.glob("*.c")))
        return ('<details class="solution"><summary>Show one answer, and '
                f"spoil the lab</summary>\n{parts}<p>The whole program is "
                f'<a class="code" href="{href}">{name}</a>.</p></details>\n'
                f"<p>It is one of many. The checker is proved with {count} "
                f"right program{'s' * (count != 1)} of other shapes, which it "
                "must accept.</p>\n")

    def part(self, task):
        href = self.where.source(self.lab.solution, f"L{task.line}")
        return (f'<p><a class="code" href="{href}">TODO {task.number}</a>: '
                f"{self.words(task.words)}</p>\n"
                + blocks.plain(task.code, "c").markup)


def sentence(title):
    return title[:1].upper() + title[1:] + "."


def session(*commands):
    return blocks.session("".join(f"$ {c}\n" for c in commands)).markup


def warning(words):
    return ('<div class="alert warning" role="note"><p class="alert-title">'
            f"Warning</p><p>{words}</p></div>\n")


def case_item(case, is_given):
    mark = ' <small>passes from the start</small>' if is_given else ""
    return (f'<li id="case-{case.id}"><b>{case.id}</b> '
            f"{blocks.words(case.title)}{mark}</li>\n")
