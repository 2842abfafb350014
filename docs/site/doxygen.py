"""Runs Doxygen: it puts every page into the frame, and makes the source
browser and the reference of the harness."""

import re
import subprocess

import frame

TITLE = re.compile(r"<title>(.*?) (Source File|File Reference)</title>")
SCHEMES = {"Source File": "source:", "File Reference": "reference:"}
CONTENTS = re.compile(r'<div class="contents">.*</div><!-- contents -->', re.S)
PAGE_HEADER = re.compile(r'<div class="header">.*?<!--header-->', re.S)
PATH = re.compile(r'<div id="nav-path".*?</div>', re.S)


class DoxygenError(Exception):
    """Doxygen warned; its words are the message."""


def run(template, out, values, inputs):
    """Makes `out`/html of the pages in `out`/pages and of the C files."""
    quoted = " ".join(f'"{path}"' for path in [out / "pages", *inputs])
    text = frame.fill(template, {**values, "OUT": str(out), "INPUT": quoted})
    (out / "Doxyfile").write_text(text, encoding="utf-8")
    result = subprocess.run(["doxygen", "Doxyfile"], cwd=out, text=True,
                            capture_output=True)
    if result.returncode or result.stderr.strip():
        raise DoxygenError(result.stderr.strip())


def write_page(folder, page, markup):
    """Leaves a page for Doxygen, which takes the HTML in as it stands."""
    name = page.removesuffix(".html")
    command = "@mainpage" if name == "index" else f"@page {name}"
    (folder / page).write_text(markup, encoding="utf-8")
    (folder / f"{name}.dox").write_text(
        f"/** {command} {name}\n@htmlinclude[block] {page}\n*/\n")


def file_pages(html):
    """Returns {"source:PATH" or "reference:PATH": name of the page}."""
    found = {}
    for path in html.glob("*.html"):
        title = TITLE.search(path.read_text(encoding="utf-8"))
        if title:
            found[SCHEMES[title[2]] + title[1]] = path.name
    return found


def own_page(markup, title):
    """A page of ours brings its own heading; Doxygen's goes, and the folders
    above it."""
    markup = PATH.sub("", PAGE_HEADER.sub("", markup, count=1), count=1)
    return re.sub("<title>.*?</title>", lambda _: title, markup, count=1)


def with_contents(markup, body):
    """The same page with other contents."""
    markup, done = CONTENTS.subn(lambda _: body, markup, count=1)
    if not done:
        raise DoxygenError("this doxygen's pages have no contents")
    return markup
