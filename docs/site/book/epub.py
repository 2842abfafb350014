"""The book as an EPUB 3: a file a part, figures as files of their own, no
script, nothing fetched."""

import os
import re
import uuid
import xml.etree.ElementTree as ET
import zipfile
from datetime import datetime, timezone
from html import escape
from pathlib import Path

import theme
from book.paper import readdress
from drawing import svg

MIMETYPE = "application/epub+zip"
TYPES = {".xhtml": "application/xhtml+xml", ".css": "text/css",
         ".svg": "image/svg+xml"}
FOLDER = "EPUB/"
PACKAGE = FOLDER + "package.opf"
# The oldest time that a ZIP file can tell, for one without another.
OLDEST = 315532800

EMPTY = re.compile(r"<((?:br|col|hr|img)\b[^<>]*)>")
NAVIGATION = ' properties="nav"'
OF_PART = re.compile(r"([\w-]+)\.html(?=#|$)")

CONTAINER = f"""<?xml version="1.0" encoding="UTF-8"?>
<container version="1.0" \
xmlns="urn:oasis:names:tc:opendocument:xmlns:container">
<rootfiles>
<rootfile full-path="{PACKAGE}" media-type="application/oebps-package+xml"/>
</rootfiles>
</container>
"""

DOCUMENT = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE html>
<html xmlns="http://www.w3.org/1999/xhtml" \
xmlns:epub="http://www.idpf.org/2007/ops" lang="en" xml:lang="en">
<head>
<title>{title}</title>
<link rel="stylesheet" type="text/css" href="book.css"/>
</head>
<body>
{body}</body>
</html>
"""

PACKAGING = """<?xml version="1.0" encoding="UTF-8"?>
<package xmlns="http://www.idpf.org/2007/opf" version="3.0" \
unique-identifier="id" xml:lang="en">
<metadata xmlns:dc="http://purl.org/dc/elements/1.1/">
<dc:identifier id="id">urn:uuid:{identifier}</dc:identifier>
<dc:title>{title}</dc:title>
<dc:language>en</dc:language>
<dc:rights>{rights}</dc:rights>
<meta property="dcterms:modified">{modified}</meta>
<meta property="schema:accessMode">textual</meta>
<meta property="schema:accessMode">visual</meta>
<meta property="schema:accessModeSufficient">textual</meta>
<meta property="schema:accessibilityFeature">alternativeText</meta>
<meta property="schema:accessibilityFeature">structuralNavigation</meta>
<meta property="schema:accessibilityFeature">tableOfContents</meta>
<meta property="schema:accessibilityHazard">none</meta>
<meta property="schema:accessibilitySummary">Each figure has a text that \
serves without it.</meta>
</metadata>
<manifest>
{manifest}</manifest>
<spine>
{spine}</spine>
</package>
"""


def write(book, path, palette):
    """Writes the EPUB; the same book gives the same bytes."""
    files = content(book, palette)
    files["package.opf"] = package(book, files)
    with zipfile.ZipFile(path, "w") as archive:
        add(archive, "mimetype", MIMETYPE, zipfile.ZIP_STORED)
        add(archive, "META-INF/container.xml", CONTAINER)
        for name, text in files.items():
            add(archive, FOLDER + name, text)


def add(archive, name, text, how=zipfile.ZIP_DEFLATED):
    """Adds a file, with a time and permissions that no machine changes."""
    entry = zipfile.ZipInfo(name)
    entry.compress_type = how
    entry.external_attr = 0o644 << 16
    archive.writestr(entry, text)


def content(book, palette):
    """Returns {name: text} of all that the package lists, in the order in
    which it is read."""
    files = {"title.xhtml": document(book.title, title_page(book)),
             "nav.xhtml": document("Contents", navigation(book))}
    for part in book.parts:
        files[part.key + ".xhtml"] = chapter(part)
    files["book.css"] = theme.read("book.css")
    for name, text in sorted(book.binding.figures.items()):
        files[name] = svg.standing(text, palette)
    return files


def document(title, body):
    text = DOCUMENT.format(title=escape(title), body=xhtml(body))
    ET.fromstring(text)  # raises where it is not XML
    return text


def xhtml(markup):
    """HTML as XML wants it."""
    markup = EMPTY.sub(r"<\1/>", markup).replace("&nbsp;", "&#160;")
    return readdress(markup, lambda name, value: value if name == "id"
                     else OF_PART.sub(r"\1.xhtml", value))


def chapter(part):
    title = f"{part.number} {words(part.title)}".strip()
    mark = f'<span class="number">{part.number}</span> ' if part.number else ""
    return document(title, "<section>\n"
                    f'<h1 id="{part.anchor}">{mark}{part.title}</h1>\n'
                    f"{part.body}</section>\n")


def title_page(book):
    return (f'<section class="title" epub:type="titlepage">\n'
            f'<h1 class="name">{escape(book.title)}</h1>\n'
            f"<p>{book.about}</p>\n<p>{book.rights}</p>\n</section>\n")


def navigation(book):
    items = "".join(
        f'<li><a href="{part.key}.html">{part.number} {words(part.title)}</a>'
        f"{sections(part)}</li>\n" for part in book.parts)
    return ('<nav epub:type="toc" id="toc" class="contents">\n'
            f"<h1>Contents</h1>\n<ol>\n{items}</ol>\n</nav>\n")


def sections(part):
    items = "".join(
        f'<li><a href="{part.key}.html#{escape(anchor)}">{escape(said)}</a>'
        "</li>" for anchor, said in part.sections)
    return f"<ol>{items}</ol>" if items else ""


def words(markup):
    """HTML without its tags."""
    return re.sub("<[^>]*>", "", markup)


def package(book, files):
    """The list of all files, and the order of those that are read."""
    manifest = "".join(
        f'<item id="{identity(name)}" href="{name}" '
        f'media-type="{TYPES[Path(name).suffix]}"'
        f'{NAVIGATION if name == "nav.xhtml" else ""}/>\n' for name in files)
    spine = "".join(f'<itemref idref="{identity(name)}"/>\n'
                    for name in files if name.endswith(".xhtml"))
    return PACKAGING.format(
        identifier=uuid.uuid5(uuid.NAMESPACE_OID, book.title),
        title=escape(book.title), rights=escape(book.rights),
        modified=modified(), manifest=manifest, spine=spine)


def identity(name):
    """A name for a file that XML takes for an identity."""
    return "f-" + re.sub(r"[^\w.-]", "-", name)


def modified():
    """The time that whoever builds the book says it is from."""
    seconds = int(os.environ.get("SOURCE_DATE_EPOCH", OLDEST))
    return datetime.fromtimestamp(seconds, timezone.utc).strftime(
        "%Y-%m-%dT%H:%M:%SZ")
