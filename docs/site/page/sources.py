"""Pages of the source browser.

Doxygen brings the page; the listing in it is written anew, in as few bytes
as can be: every line can be linked to (#l00012), a name leads to where it is
made, and the numbers are the sheet's, so that nobody copies them.  What is
too long for one page is cut between two definitions.
"""

import re
from html import escape
from itertools import accumulate
from math import ceil

from page import highlight

MOST_BYTES = 82_000
MADE = re.compile(r"^\w[\w \t]*[\s*]+(?P<call>\w+)\([^;{}]*\)\s*\{"
                  r"|^#define (?P<macro>\w+)|^struct (?P<struct>\w+) \{"
                  r"|^ +(?P<member>[A-Z][A-Z0-9_]+)(?: = [^,;]*)?,?"
                  r"(?: +/\*.*)?$", re.M)
WORD = re.compile(r"(?<![\w.>])[A-Za-z_]\w*")
# An element of a letter or two does for a class of highlight.py.
TAGS = {"comment": "i", "stringliteral": "u", "charliteral": "u",
        "preprocessor": "i class=p", "keyword": "b", "keywordflow": "b",
        "keywordtype": "b class=t"}


class Source:
    """A C file as one page or more; `names` are those made elsewhere:
    {name: address}."""

    def __init__(self, name, page, text, names):
        self.name = name
        self.page = page
        self.lines = listing(text, names)
        sizes = [len(row(line, 0).encode()) for line in self.lines]
        self.cuts = cut(text.splitlines(), sizes)

    def place(self, line):
        """The name of the page on which a line stands."""
        part = sum(line > last for last in self.cuts)
        stem = self.page.removesuffix(".html")
        return f"{stem}-{part + 1}.html" if part else self.page

    def pages(self):
        """The names of all its pages."""
        return [self.place(last) for last in (*self.cuts, len(self.lines))]

    def parts(self):
        """Yields (name, HTML) of the listing on each page."""
        ends = list(zip((0, *self.cuts), (*self.cuts, len(self.lines))))
        for first, last in ends:
            page = self.place(last)
            others = self.ways(ends, page) if self.cuts else ""
            yield page, others + self.part(page, first, last) + others

    def part(self, page, first, last):
        rows = "".join(map(row, self.lines[first:last],
                           range(first + 1, last + 1)))
        rows = re.sub(r"href=#l(\d+)", lambda l: self.link(page, l), rows)
        return (f'<pre class="source" tabindex="0" role="region" aria-label='
                f'"{escape(self.name)}" style="counter-reset:line {first}">'
                f"{rows}</pre>\n")

    def link(self, page, link):
        """A link to another line, which may be on another page."""
        place = self.place(int(link[1]))
        return f"href={'' if place == page else place}#l{link[1]}"

    def ways(self, ends, page):
        """The ways from one part of a long file to the others."""
        items = "".join(way(self.place(last), page, f"{first + 1} to {last}")
                        for first, last in ends)
        return f'<p class="parts">Lines {items}</p>\n'


def way(page, current, words):
    if page == current:
        return f"<strong>{words}</strong> "
    return f'<a href="{page}">{words}</a> '


def row(line, number):
    return f"<b id=l{number:05d}>{line}\n</b>"


def cut(lines, sizes):
    """Returns after how many lines a new page begins: behind an empty line,
    where a definition begins, and so that the pages are about as long."""
    ends = [0, *accumulate(sizes)]
    count = ceil(ends[-1] / MOST_BYTES)
    breaks = [number for number in range(1, len(lines))
              if not lines[number - 1] and lines[number][:1].strip()]
    ideals = (ends[-1] * part / count for part in range(1, count))
    return [min(breaks, key=lambda number: abs(ends[number] - ideal))
            for ideal in ideals]


def listing(text, names):
    """Returns the lines of a C file as HTML, without their own elements."""
    names = {**names, **made_in(text)}
    done, number, before = [], 1, None
    for kind, words in tokens(text):
        for place, line in enumerate(words.split("\n")):
            if place:
                done.append("\n")
                number += 1
            mark = (before if not place else None, f"#l{number:05d}")
            done.append(linked(line, names, *mark) if kind is None
                        else coloured(kind, line))
        before = words
    return "".join(done).split("\n")[:-1]


def made_in(text):
    """Returns {name: address of the line that makes it} of a C file."""
    made = {}
    for found in MADE.finditer(text):
        line = text.count("\n", 0, found.start(found.lastgroup)) + 1
        name = ("struct " if found["struct"] else "") + found[found.lastgroup]
        made[name] = f"#l{line:05d}"
    return made


def tokens(text):
    """Yields (class, words); what has no class is None."""
    classes, pattern = highlight.GRAMMARS["c"]
    end = 0
    for found in pattern.finditer(text):
        yield None, text[end:found.start()]
        yield classes[found.lastindex - 1], found[0]
        end = found.end()
    yield None, text[end:]


def coloured(kind, words):
    if not words.strip():
        return words
    tag = TAGS[kind]
    return f"<{tag}>{escape(words, quote=False)}</{tag.split()[0]}>"


def linked(words, names, before, here):
    """Code between two tokens: a name leads to where it is made, but not from
    there.  A function's name is one only where it is called, a structure's
    behind the word `struct`."""
    done, end = [], 0
    for word in WORD.finditer(words):
        first = before == "struct" and not words[:word.start()].strip()
        name = f"struct {word[0]}" if first else word[0]
        target = names.get(name, here)
        called = words[word.end():word.end() + 1] == "("
        if target != here and (called or first or word[0].isupper()):
            done += [escape(words[end:word.start()], quote=False),
                     f"<a href={target}>{word[0]}</a>"]
            end = word.end()
    return "".join(done) + escape(words[end:], quote=False)
