"""Builds the site: documents to pages, pages to Doxygen, and the finish."""

import re
import shutil
from html import escape
from pathlib import Path

import doxygen
import frame
import names
import pages
import programs
import search
import sitemap
import verify

DOCS = Path(__file__).resolve().parent.parent
THEME = DOCS / "theme"
GENERATED = {sitemap.PROGRAMS: ("Programs", programs.render),
             sitemap.NAMES: ("Index", names.render)}
SHEETS = ("site.css", "reference.css", "figure.css", "site.js")


def build(course, out):
    """Writes the site into `out`, which is emptied first; its first page is
    `out`/html/index.html."""
    shutil.rmtree(out, ignore_errors=True)
    (out / "pages").mkdir(parents=True)
    where = sitemap.Sitemap(course)
    written = pages.read_pages(course, where)
    write_pages(course, where, written, out)
    write_frame(course, written, out)
    doxygen.run(read(DOCS / "Doxyfile.in"), out,
                {"ROOT": str(course.root), "NAME": course.readme.title},
                sorted(where.sources))
    finish(course, where, written, out)


def read(path):
    return path.read_text(encoding="utf-8")


def write_pages(course, where, written, out):
    order = written[:1 + len(course.chapters)]
    for page in written:
        markup = frame.article(page, order, course.chapters)
        doxygen.write_page(out / "pages", page.url, markup)
    for url, (_, render) in GENERATED.items():
        doxygen.write_page(out / "pages", url, render(course, where))


def write_frame(course, written, out):
    header = frame.header(read(THEME / "header.html"), course, written)
    (out / "header.html").write_text(header, encoding="utf-8")
    shutil.copyfile(THEME / "footer.html", out / "footer.html")


def finish(course, where, written, out):
    """What Doxygen leaves undone: titles, sources, search, tidiness."""
    folder = out / "html"
    files = doxygen.file_pages(folder)
    titles = {page.url: page.document.title for page in written}
    titles.update((url, title) for url, (title, _) in GENERATED.items())
    for path in folder.glob("*.html"):
        markup = finish_page(read(path), path.name, titles, course)
        path.write_text(link_files(markup, files), encoding="utf-8")
    for name in SHEETS:
        shutil.copyfile(THEME / name, folder / name)
    where.copy_files(folder)
    entries = [e for page in written for e in search.sections(page)]
    entries += search.reference(out / "site.tag")
    (folder / "search-index.js").write_text(search.script(entries),
                                            encoding="utf-8")
    verify.sweep(folder)


def finish_page(markup, name, titles, course):
    if name in titles:
        suffix = "" if name == "index.html" else f" · {course.readme.title}"
        title = f"<title>{escape(titles[name] + suffix)}</title>"
        markup = doxygen.own_page(markup, title)
    else:
        markup = doxygen.reference_page(markup)
    return markup.replace(f'<li><a href="{name}"',
                          f'<li><a aria-current="page" href="{name}"', 1)


def link_files(markup, files):
    """Puts the names of Doxygen's pages where they were awaited."""
    schemes = f"{sitemap.SOURCE}|{sitemap.REFERENCE}"
    return re.sub(rf'href="((?:{schemes})[^"#]*)',
                  lambda link: f'href="{files[link[1]]}', markup)
