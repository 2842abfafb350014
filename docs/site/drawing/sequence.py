"""Draws sequence diagrams from a notation of one line a step:

    client | server          the columns, first; of two_words with a blank
    client: connect()        a box; boxes that follow share a row if they can
    client -> server: SYN    a message
    client -x server: data   a message that is lost on the way
    -- a second later --     words across the whole width
    # a remark
"""

import html
import re
from dataclasses import dataclass, field

CHARACTER = 7.4         # mean width of a letter at the figure's size
BOX, STEP, SLANT = 28, 44, 14
MARGIN = 12


class SyntaxFault(Exception):
    """A line that means nothing; the message gives its number."""


@dataclass
class Step:
    kind: str
    words: str
    start: str = ""
    end: str = ""


@dataclass
class Canvas:
    places: dict
    width: float
    y: float = 52
    shapes: list = field(default_factory=list)
    in_row: set = field(default_factory=set)


LINES = (
    ("note", re.compile(r"--\s*(?P<words>.*?)\s*-*$")),
    ("lost", re.compile(r"(?P<start>\w+) -x (?P<end>\w+):\s*(?P<words>.*)")),
    ("arrow", re.compile(r"(?P<start>\w+) -> (?P<end>\w+):\s*(?P<words>.*)")),
    ("box", re.compile(r"(?P<start>\w+):\s*(?P<words>.*)")),
)


def draw(source):
    columns, steps = read(source)
    places, width = arrange(columns, steps)
    canvas = Canvas(places, width)
    for step in steps:
        if step.kind != "box" or step.start in canvas.in_row:
            end_row(canvas)
        DRAW[step.kind](canvas, step)
    end_row(canvas)
    return document(canvas)


def read(source):
    lines = [(number, line.strip())
             for number, line in enumerate(source.splitlines(), 1)
             if line.strip() and not line.startswith("#")]
    columns = [name.strip() for name in lines[0][1].split("|")]
    return columns, [read_step(*line, columns) for line in lines[1:]]


def read_step(number, line, columns):
    for kind, pattern in LINES:
        match = pattern.fullmatch(line)
        if match:
            step = Step(kind, **match.groupdict())
            if {step.start, step.end} - {"", *columns}:
                raise SyntaxFault(f"line {number}: no such column")
            return step
    raise SyntaxFault(f"line {number}: not a step: {line}")


def arrange(columns, steps):
    """Places the columns so far apart that all words fit."""
    half = {name: max([extent(name)] + [extent(s.words) for s in steps
                      if s.kind == "box" and s.start == name]) / 2
            for name in columns}
    x = MARGIN + half[columns[0]]
    places = {columns[0]: x}
    for left, right in zip(columns, columns[1:]):
        spoken = [extent(s.words) + 20 for s in steps
                  if {s.start, s.end} == {left, right}]
        x += max([170, half[left] + half[right] + 24, *spoken])
        places[right] = x
    return places, x + half[columns[-1]] + MARGIN


def extent(words):
    return len(words) * CHARACTER + 24


def end_row(canvas):
    if canvas.in_row:
        canvas.y += BOX + 10
        canvas.in_row = set()


def add_box(canvas, step):
    x, width = canvas.places[step.start], extent(step.words)
    canvas.shapes.append(
        f'<rect x="{x - width / 2:g}" y="{canvas.y:g}" width="{width:g}" '
        f'height="{BOX}" rx="6" fill="white" stroke="gray"/>'
        + text(x, canvas.y + 19, step.words))
    canvas.in_row.add(step.start)


def add_arrow(canvas, step):
    start, end = canvas.places[step.start], canvas.places[step.end]
    reach = 0.62 if step.kind == "lost" else 1
    tip, fall = start + (end - start) * reach, SLANT * reach
    ahead = 1 if end > start else -1
    y = canvas.y + 20
    canvas.shapes.append(
        text((start + end) / 2, canvas.y + 12, step.words)
        + line(start, y, tip - ahead * 8, y + fall * 0.96)
        + (cross(tip, y + fall) if step.kind == "lost"
           else head(tip, y + fall, ahead)))
    canvas.y += STEP


def add_note(canvas, step):
    y = canvas.y + 10
    canvas.shapes.append(
        f'<rect x="0" y="{y - 10}" width="{canvas.width:g}" height="24" '
        'fill="white"/>' + text(canvas.width / 2, y + 7, step.words,
                                ' font-style="italic"'))
    canvas.y += 36


DRAW = {"box": add_box, "arrow": add_arrow, "lost": add_arrow,
        "note": add_note}


def text(x, y, words, more=""):
    return (f'<text x="{x:g}" y="{y:g}" text-anchor="middle"{more}>'
            f"{html.escape(words)}</text>")


def line(x1, y1, x2, y2):
    return (f'<line x1="{x1:g}" y1="{y1:g}" x2="{x2:g}" y2="{y2:g}" '
            'stroke="blue" stroke-width="1.5"/>')


def head(x, y, ahead):
    return (f'<path d="M{x:g},{y:g} l{-ahead * 10},-5 l{ahead},9 z" '
            'fill="blue"/>')


def cross(x, y):
    return (f'<path d="M{x - 5:g},{y - 5:g} l10,10 m0,-10 l-10,10" '
            'stroke="red" stroke-width="2" fill="none"/>')


def document(canvas):
    height = canvas.y + 12
    columns = "".join(
        f'<line x1="{x:g}" y1="36" x2="{x:g}" y2="{height - 6:g}" '
        'stroke="gray" stroke-dasharray="2,4"/>'
        + text(x, 24, name.replace("_", " "), ' font-weight="600"')
        for name, x in canvas.places.items())
    return ('<svg xmlns="http://www.w3.org/2000/svg" '
            f'viewBox="0 0 {canvas.width:g} {height:g}">'
            f'{columns}{"".join(canvas.shapes)}</svg>')
