"""The page that lists the programs: the way into the source browser."""

import re
from html import escape

from sitemap import PROGRAMS, REFERENCE, Generated

def pages(course, sitemap):
    yield Generated(PROGRAMS, "Programs", render(course, sitemap))


def render(course, sitemap):
    """Each chapter's solutions, and the header that checkers include."""
    titles = {d.path.stem: d.title for d in course.chapters}
    body = "".join(chapter(course, sitemap, folder.name, titles)
                   for folder in sorted(course.root.glob("solutions/*")))
    if sitemap.headers:
        body += "<h2>What checkers are written with</h2>\n"
        body += listing((REFERENCE + course.name(path), path)
                        for path in sitemap.headers)
    return ('<div class="page"><article>\n<h1>Programs</h1>\n'
            "<p>The solutions, chapter by chapter. Solve the lab first: "
            f"here stands the end of the story.</p>\n{body}</article></div>\n")


def chapter(course, sitemap, name, titles):
    links = ((sitemap.source(lab.solution), lab.solution)
             for lab in course.labs if lab.chapter == name)
    return f"<h2>{escape(titles.get(name, name))}</h2>\n" + listing(links)


def listing(links):
    items = "".join(
        f'<li><a href="{href}">{escape(path.name)}</a> '
        f"{escape(purpose(path))}</li>\n" for href, path in links)
    return f'<ul class="programs">\n{items}</ul>\n'


def purpose(path):
    """What the first line of a program says that it does."""
    first = path.read_text(encoding="utf-8").partition("\n")[0]
    said = re.match(r"/\* [\w-]+: (.*?)(?: \*/)?$", first)
    return said[1] if said else ""
