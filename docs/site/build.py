"""Builds the site: documents to pages, pages to Doxygen, and the finish."""

import shutil
from html import escape
from pathlib import Path

import doxygen
import generated
import published
import search
import sitemap
import theme
import verify
from page import frame, landing, pages
from page.cfiles import Files
from page.outline import Outline

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
    write_pages(outline, documents, others, out)
    write_frame(course, out)
    doxygen.run(read(DOXYFILE), out,
                {"ROOT": str(course.root), "NAME": course.readme.title},
                sorted(where.sources))
    finish(outline, publication, out)


def read(path):
    return path.read_text(encoding="utf-8")


def write(path, text):
    path.write_text(text, encoding="utf-8")


def write_pages(outline, documents, others, out):
    first, *rest = documents
    doxygen.write_page(out / "pages", first.url,
                       landing.article(outline, first))
    for page in rest:
        is_chapter = page.document in outline.course.chapters
        doxygen.write_page(out / "pages", page.url,
                           frame.article(page, is_chapter))
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
    files = Files(outline.course, out)
    finish_pages(outline, publication, files, folder)
    write(folder / "site.css", theme.sheet())
    write(folder / "site.js", theme.script())
    write(folder / "progress.js", "window.workbookProgress = {};\n")
    outline.where.copy_files(folder)
    entries = [e for page in outline.pages.values() for e in page.entries]
    entries += files.entries()
    write(folder / "search-index.js", search.script(entries))
    verify.sweep(folder)
    published.write_sitemap(publication, folder)


def finish_pages(outline, publication, files, folder):
    """Finishes our pages and those of files; what else Doxygen has made, and
    that is more with each version, goes."""
    titles = {page.url: page.title for page in outline.pages.values()}
    titles.update(files.shown)
    around = frame.Frame(outline, publication, files.shown)
    for path in sorted(folder.glob("*.html")):
        if path.name not in titles:
            path.unlink()
            continue
        title = titles[path.name]
        markup = set_title(read(path), path.name, title, outline.course)
        for name, text in files.pages(path.name, markup):
            write(folder / name, files.link(around.put(text, name)))


def set_title(markup, name, title, course):
    suffix = "" if name == "index.html" else f" · {course.readme.title}"
    return doxygen.own_page(markup, f"<title>{escape(title + suffix)}</title>")
