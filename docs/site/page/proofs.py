"""The pages of the proofs: for each chapter what it claims, the program that
tries it, and what that saw on the machine that built the site."""

from collections import Counter, namedtuple
from html import escape

import search
from course import markdown, results
from page import blocks, facts, frame, lookup
from sitemap import PROOFS, Generated

# A fact with what it came to (None where it did not run), the heading below
# which its chapter claims it first, and all places that do.
Claim = namedtuple("Claim", "fact result part places")

# What a fact comes to, and how the site says it.
STATUS = {"held": "held", "refuted": "does not hold", "skipped": "skipped",
          "cannot": "cannot be judged", "": "not run"}

ELSEWHERE = markdown.Heading(2, "In other chapters", "in-other-chapters")


class Chapter:
    """The facts of one chapter, in the order in which it claims them."""

    def __init__(self, course, sitemap, document, claims):
        self.course = course
        self.sitemap = sitemap
        self.document = document
        self.name = document.path.stem
        self.path = facts.file_of(course, document)
        self.url = f"proofs-{self.name}.html"
        self.number, self.title = frame.numbered(document)
        self.run = course.results.get(self.name)
        self.claims = list(self._claims(claims))

    def _claims(self, claims):
        """Those of the chapter itself first, in its order."""
        found = {fact.name: fact for fact in facts.read(self.path)}
        parts, places = {}, {name: {} for name in found}
        for path, name, part, place in sorted(claims, key=self._is_elsewhere):
            if path == self.path and name in found:
                own = place.document is self.document
                parts.setdefault(name, part if own else None)
                places[name][place] = True
        for name in [*parts, *(name for name in found if name not in parts)]:
            yield Claim(found[name], self._result(found[name]),
                        parts.get(name), list(places[name]))

    def _is_elsewhere(self, claim):
        return claim[-1].document is not self.document

    def _result(self, fact):
        """What a fact came to; of a claim that was another then, nothing."""
        result = self.run.facts.get(fact.name) if self.run else None
        return result if result and result["claim"] == fact.claim else None

    def count(self):
        """How many facts came to what."""
        return Counter(status(claim) for claim in self.claims)

    def parts(self):
        """Yields (heading, claims) in the order of the chapter."""
        groups = {}
        for claim in self.claims:
            groups.setdefault(heading(claim.part), []).append(claim)
        yield from sorted(groups.items(), key=lambda g: g[0] is ELSEWHERE)


def status(claim):
    return claim.result["status"] if claim.result else ""


def heading(part):
    return markdown.Heading(2, part.text(), part.get("id")) if part \
        else ELSEWHERE


def pages(course, sitemap):
    claims = [claim for document in course.chapters
              for claim in facts.claims(document)]
    chapters = [Chapter(course, sitemap, document, claims)
                for document in course.chapters
                if facts.file_of(course, document).is_file()]
    if chapters:
        yield Generated(PROOFS, "Proofs", overview(chapters),
                        [search.entry("page", PROOFS, "Proofs", text="facts:"
                                      " what the chapters claim, tried")])
    for chapter in chapters:
        yield Generated(chapter.url, f"Proofs: {chapter.title}",
                        chapter_page(chapter), list(entries(chapter)))


def entries(chapter):
    for claim in chapter.claims:
        fact = claim.fact
        yield search.entry("proof", f"{chapter.url}#{fact.name}",
                           f"Proofs: {chapter.title}", fact.claim, fact.name)


def overview(chapters):
    """What facts are, what they came to in each chapter, and where."""
    total = sum(len(chapter.claims) for chapter in chapters)
    return (f'<div class="page"><article>\n<h1>Proofs</h1>\n'
            f"<p>What a chapter claims of the kernel or the C library is a "
            "<em>fact</em>: a few lines of C that do what the claim is about, "
            "and look at what comes of it. Where a chapter says "
            "“proof”, the link leads to its fact. There are "
            f"{total}, and they are part of the tests of the workbook.</p>\n"
            f"{whereabouts(chapters)}{table(chapters)}"
            f"{by_hand(chapters[0])}</article></div>\n")


def whereabouts(chapters):
    """Says on which machines the facts ran."""
    runs = {}
    for chapter in chapters:
        if chapter.run:
            runs.setdefault(ran(chapter.run.machine), []).append(chapter)
    if not runs:
        return f"<p>{NOT_RUN}</p>\n"
    return "".join(
        f"<p>{words}{among(those, chapters)}</p>\n"
        for words, those in runs.items())


NOT_RUN = ("Nothing was run for these pages: they were built without results. "
           "<code>./workbook docs</code> tries every fact on your machine and "
           "builds them with what came of it.")


def ran(machine):
    """One sentence or two: where and when, and what was not permitted."""
    words = (f"They ran on {escape(results.place(machine))}, on "
             f"<time>{escape(machine['date'])}</time>.")
    if machine["netns"]:
        return f"{words} Each had a network of its own."
    return (f"{words} This system permits no private network to a program: "
            "what needs one was skipped.")


def among(those, chapters):
    if len(those) == len(chapters):
        return ""
    return f" That was for {listed([c.number for c in those])}."


def listed(numbers):
    if len(numbers) == 1:
        return f"chapter {numbers[0]}"
    return f"chapters {', '.join(numbers[:-1])} and {numbers[-1]}"


def table(chapters):
    """A row for each chapter, and one for all."""
    seen = [word for word in STATUS
            if word == "held" or any(c.count()[word] for c in chapters)]
    head = "".join(f'<th align="right">{STATUS[word]}</th>' for word in seen)
    rows = "".join(row(f'<span class="number">{c.number}</span>'
                       f'<a href="{c.url}">{escape(c.title)}</a>',
                       c.count(), seen) for c in chapters)
    total = sum((c.count() for c in chapters), Counter())
    return ('<div class="table" tabindex="0"><table>\n<thead><tr>'
            f'<th>Chapter</th><th align="right">facts</th>{head}</tr></thead>'
            f"\n<tbody>\n{rows}</tbody>\n"
            f"<tfoot>\n{row('All', total, seen)}</tfoot>\n</table></div>\n")


def row(first, count, seen):
    cells = "".join(f'<td align="right">{count[word]}</td>' for word in seen)
    return (f'<tr><th scope="row">{first}</th>'
            f'<td align="right">{count.total()}</td>{cells}</tr>\n')


BY_HAND = """<h2 id="run-one"><a class="anchor" href="#run-one">Run one
yourself</a></h2>
<p>The facts of a chapter are one program, which <code>./workbook docs</code>
has built. With the name of a fact it tries that one, and prints its claim; if
the claim does not hold, also what was wanted and what came. Without a name it
tries all, and with <code>--list</code> none.</p>
{by_program}
<p>Each fact is a test of the workbook, too; the first run builds them all:</p>
{by_test}
<p>Every fact runs in a process of its own, in a network of its own where the
system permits that, so that it neither needs the Internet nor disturbs your
programs. One that cannot be tried on your machine is skipped and says why. If
one does not hold there, your kernel is another than ours: then the chapter is
wrong about it, and we would like to know.</p>
"""


def by_hand(chapter):
    """How a reader runs one; the example is the first there is."""
    fact = chapter.claims[0].fact
    program = f"build/docs/tests/{chapter.name}/facts"
    return BY_HAND.format(
        by_program=blocks.session(f"$ {program} {fact.name}\n"
                                  f"{fact.name}: {fact.claim}\n").markup,
        by_test=blocks.session("$ ./workbook test -R "
                               f"fact.{chapter.name}.{fact.name}\n").markup)


def chapter_page(chapter):
    parts = list(chapter.parts())
    contents = frame.contents([heading for heading, _ in parts])
    page = chapter.sitemap.page(chapter.document.path)
    link = f'<a href="{page}">{escape(chapter.title)}</a>'
    body = "".join(part(chapter, *group) for group in parts)
    return (f'<div class="page">\n{contents}<article>\n<h1>Proofs: '
            f"{escape(chapter.title)}</h1>\n<p>What chapter {chapter.number}, "
            f"{link}, claims of the kernel and the C library, in its order."
            f"</p>\n<p>{summary(chapter)}</p>\n{body}</article></div>\n")


def summary(chapter):
    if not chapter.run:
        return NOT_RUN
    count = chapter.count()
    others = ", ".join(f"{count[word]} {STATUS[word]}"
                       for word in STATUS if count[word])
    words = f"Of {count.total()} facts {others}."
    if count["held"] == count.total():
        words = f"All {count.total()} facts held."
    return (f"{words} {ran(chapter.run.machine)} Below each stand the "
            "conditions and calls that were tried, as its program has them, "
            "and what was measured. "
            f'<a href="{PROOFS}#run-one">Run one yourself</a>.')


def part(chapter, heading, claims):
    """A section of the chapter that claims something, and its facts."""
    back = ""
    if heading is not ELSEWHERE:
        page = chapter.sitemap.page(chapter.document.path)
        back = (f'<p class="taught"><a href="{page}#{escape(heading.slug)}">'
                f"In chapter {chapter.number}</a></p>\n")
    return (frame.heading(heading) + back
            + "".join(entry(chapter, claim) for claim in claims))


def entry(chapter, claim):
    """One fact: its claim, where it is made, what was seen, its program."""
    fact, word = claim.fact, status(claim)
    places = " ".join(claimant(chapter, place) for place in claim.places
                      if place.heading is not claim.part)
    source = chapter.sitemap.source(chapter.path, f"L{fact.line}")
    return (f'<section class="fact {word}" id="{fact.name}">'
            f"<h3>{escape(fact.claim, quote=False)}</h3>\n"
            f'<p class="taught"><b>{STATUS[word]}</b> <a href="#{fact.name}">'
            f"<code>{fact.name}</code></a> {places}</p>\n"
            f"{seen(claim.result)}<details><summary>The program</summary>"
            f'<a href="{source}">facts.c, line {fact.line}</a>'
            f'<pre tabindex="0"><code>{escape(fact.code, quote=False)}</code>'
            "</pre></details></section>\n")


def claimant(chapter, place):
    """A link to a section; of another chapter it says of which."""
    number, title = frame.numbered(place.document)
    words = place.heading.text() if place.heading else title
    if place.document is not chapter.document:
        words = f"Chapter {number}: {words}"
    address = lookup.address(chapter.sitemap, place)
    return f'<a href="{escape(address)}">{escape(words)}</a>'


def seen(result):
    """Why a fact did not hold, and what it saw."""
    if not result:
        return ""
    why = escape(result["why"] or "")
    why = why and f'<p class="why">{why}</p>\n'
    items = "".join(finding(found) for found in result["seen"])
    if result["more"]:
        items += f"<li>and {result['more']:,} more like these</li>"
    return why + (f'<ul class="seen">{items}</ul>\n' if items else "")


def finding(found):
    got = f" {escape(found['got'], quote=False)}" if found["got"] else ""
    return f"<li><code>{escape(found['tried'], quote=False)}</code>{got}</li>"
