"""Figures are drawn from sources that stand beside them, and are fresh."""

import hashlib
import re
import subprocess
from pathlib import Path

from drawing import sequence, svg

THEME = Path(__file__).resolve().parents[2] / "theme"
STYLE = THEME / "figure.css"
PREAMBLE = THEME / "figure.gp"
STAMP = "data-stamp"

DOT = ["dot", "-Tsvg", "-Gbgcolor=transparent", "-Nfontname=Helvetica",
       "-Efontname=Helvetica", "-Nfontsize=14", "-Efontsize=13",
       "-Nshape=box", "-Nstyle=rounded", "-Earrowsize=0.7"]


def draw_dot(source):
    return output(DOT + [source.name], source.parent)


def draw_plot(source):
    return output(["gnuplot", str(PREAMBLE), source.name], source.parent)


def draw_sequence(source):
    return sequence.draw(source.read_text(encoding="utf-8"))


DRAW = {".dot": draw_dot, ".gp": draw_plot, ".seq": draw_sequence}


class FigureError(Exception):
    """A tool did not draw; the message is its own."""


def output(command, folder):
    result = subprocess.run(command, cwd=folder, text=True, encoding="utf-8",
                            capture_output=True)
    if result.returncode:
        raise FigureError(result.stderr.strip())
    return result.stdout


def check(course, problems, fix=False):
    folder = course.root / "chapters" / "figures"
    for picture in sorted(folder.glob("*.svg")):
        if not any(picture.with_suffix(s).exists() for s in DRAW):
            problems.add(picture, 0, "has no source beside it")
    for source in sorted(folder.glob("*")):
        if source.suffix in DRAW and not is_fresh(source):
            if fix:
                renew(source, problems)
            else:
                problems.add(source.with_suffix(".svg"), 0,
                             f"is not what {source.name} draws now")


def is_fresh(source):
    picture = source.with_suffix(".svg")
    if not picture.exists():
        return False
    markup = picture.read_text(encoding="utf-8")
    return svg.root_attribute(markup, STAMP) == stamp(source)


def stamp(source):
    """A digest of all that a figure is made of."""
    digest = hashlib.sha256(STYLE.read_bytes())
    for path in [source, *data_files(source)]:
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def data_files(source):
    """The tables that a plot names."""
    names = re.findall(r"[\"']([\w.-]+\.[ct]sv)[\"']",
                       source.read_text(encoding="utf-8"))
    return [source.parent / name for name in sorted(set(names))]


def renew(source, problems):
    try:
        markup = DRAW[source.suffix](source)
    except (FigureError, sequence.SyntaxFault, FileNotFoundError) as error:
        problems.add(source, 0, str(error))
        return
    done = svg.tidy(markup, source.stem, STYLE.read_text(encoding="utf-8"),
                    {"data-source": source.name, STAMP: stamp(source)})
    source.with_suffix(".svg").write_text(done, encoding="utf-8")
