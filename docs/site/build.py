"""Builds the site: documents to pages, pages to Doxygen, and the finish."""

import re
import shutil
from html import escape
from pathlib import Path

import doxygen
import frame
import generated
import pages
import search
import sitemap
import theme
import verify

DOXYFILE = Path(__file__).resolve().parent.parent / "Doxyfile.in"


def build(course, out):
    """Writes the site into `out`, which is emptied first; its first page is
    `out`/html/index.html."""
    shutil.rmtree(out, ignore_errors=True)
    (out / "pages").mkdir(parents=True)
    where = sitemap.Sitemap(course)
    documents = pages.read_pages(course, where)
    others = generated.read_pages(course, where)
    write_pages(course, documents, others, out)
    write_frame(course, documents, out)
    doxygen.run(read(DOXYFILE), out,
                {"ROOT": str(course.root), "NAME": course.readme.title},
                sorted(where.sources))
    finish(course, where, documents + others, out)


def read(path):
    return path.read_text(encoding="utf-8")


def write(path, text):
    path.write_text(text, encoding="utf-8")


def write_pages(course, documents, others, out):
    order = documents[:1 + len(course.chapters)]
    for page in documents:
        markup = frame.article(page, order, course.chapters)
        doxygen.write_page(out / "pages", page.url, markup)
    for page in others:
        doxygen.write_page(out / "pages", page.url, page.markup)


def write_frame(course, documents, out):
    header = frame.header(theme.read("header.html"), course, documents)
    write(out / "header.html", header)
    write(out / "footer.html", theme.read("footer.html"))


def finish(course, where, written, out):
    """What Doxygen leaves undone: titles, sources, search, tidiness."""
    folder = out / "html"
    files = doxygen.file_pages(folder)
    titles = {page.url: page.title for page in written}
    for path in folder.glob("*.html"):
        markup = finish_page(read(path), path.name, titles, course)
        write(path, link_files(markup, files))
    write(folder / "site.css", theme.sheet())
    write(folder / "site.js", theme.script())
    where.copy_files(folder)
    entries = [e for page in written for e in page.entries]
    entries += search.reference(out / "site.tag")
    write(folder / "search-index.js", search.script(entries))
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
