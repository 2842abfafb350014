"""Builds the site: documents to pages, pages to Doxygen, and the finish."""

import re
import shutil
from html import escape
from pathlib import Path

import doxygen
import frame
import generated
import pages
import published
import search
import sitemap
import theme
import verify
from outline import Outline

DOXYFILE = Path(__file__).resolve().parent.parent / "Doxyfile.in"


def build(course, out, publication=published.Published()):
    """Writes the site into `out`, which is emptied first; its first page is
    `out`/html/index.html."""
    shutil.rmtree(out, ignore_errors=True)
    (out / "pages").mkdir(parents=True)
    where = sitemap.Sitemap(course)
    documents = pages.read_pages(course, where)
    others = generated.read_pages(course, where)
    outline = Outline(course, where, documents + others)
    write_pages(course, documents, others, out)
    write_frame(course, out)
    doxygen.run(read(DOXYFILE), out,
                {"ROOT": str(course.root), "NAME": course.readme.title},
                sorted(where.sources))
    finish(outline, publication, out)


def read(path):
    return path.read_text(encoding="utf-8")


def write(path, text):
    path.write_text(text, encoding="utf-8")


def write_pages(course, documents, others, out):
    for page in documents:
        markup = frame.article(page, page.document in course.chapters)
        doxygen.write_page(out / "pages", page.url, markup)
    for page in others:
        doxygen.write_page(out / "pages", page.url, page.markup)


def write_frame(course, out):
    values = {"NAME": escape(course.readme.title)}
    for name in ("header.html", "footer.html"):
        write(out / name, frame.fill(theme.read(name), values))


def finish(outline, publication, out):
    """What Doxygen leaves undone: titles, frames, sources, search,
    tidiness."""
    folder = out / "html"
    finish_pages(outline, publication, folder)
    write(folder / "site.css", theme.sheet())
    write(folder / "site.js", theme.script())
    write(folder / "progress.js", "window.workbookProgress = {};\n")
    outline.where.copy_files(folder)
    entries = [e for page in outline.pages.values() for e in page.entries]
    entries += search.reference(out / "site.tag")
    write(folder / "search-index.js", search.script(entries))
    verify.sweep(folder)
    published.write_sitemap(publication, folder)


def finish_pages(outline, publication, folder):
    files = doxygen.file_pages(folder)
    around = frame.Frame(outline, publication, sources(files))
    for path in folder.glob("*.html"):
        markup = set_title(read(path), outline, path.name)
        markup = around.put(markup, path.name)
        write(path, link_files(markup, files))


def sources(files):
    """Returns {page: the path of the C file that it shows}."""
    return {page: name.partition(":")[2] for name, page in files.items()}


def set_title(markup, outline, name):
    if name not in outline.pages:
        return doxygen.reference_page(markup)
    course = outline.course.readme.title
    suffix = "" if name == "index.html" else f" · {course}"
    title = escape(outline.pages[name].title + suffix)
    return doxygen.own_page(markup, f"<title>{title}</title>")


def link_files(markup, files):
    """Puts the names of Doxygen's pages where they were awaited."""
    schemes = f"{sitemap.SOURCE}|{sitemap.REFERENCE}"
    return re.sub(rf'href="((?:{schemes})[^"#]*)',
                  lambda link: f'href="{files[link[1]]}', markup)
