"""Looks at a finished EPUB as a careful e-reader would: its parts are XML,
all are listed, every link leads somewhere, nothing is fetched or run."""

import posixpath
import re
import xml.etree.ElementTree as ET
import zipfile
from urllib.parse import unquote

from book import epub

OPF = "{http://www.idpf.org/2007/opf}"
OUTWARD = re.compile(r"[a-z][a-z0-9+.-]*:")
LINKS = ("href", "src", "{http://www.w3.org/1999/xlink}href")
OUTSIDE = {"mimetype", "META-INF/container.xml", epub.PACKAGE}


def check(path, problems):
    with zipfile.ZipFile(path) as archive:
        entries = archive.infolist()
        texts = {entry.filename: archive.read(entry) for entry in entries}
    first = entries[0]
    if (first.filename, first.compress_type, texts[first.filename]) != (
            "mimetype", zipfile.ZIP_STORED, epub.MIMETYPE.encode()):
        problems.add(path, 0, "does not begin with its type, as it stands")
    trees = parse(path, texts, problems)
    if epub.PACKAGE in trees:
        check_manifest(path, trees, texts.keys(), problems)
    for name, tree in trees.items():
        check_links(path, name, trees, texts.keys(), problems)
        if any(tag(element) == "script" for element in tree.iter()):
            problems.add(path, 0, f"{name} has a script")


def parse(path, texts, problems):
    """Returns {name: tree} of all that should be XML, and is."""
    trees = {}
    for name, text in texts.items():
        if name == "mimetype" or name.endswith(".css"):
            continue
        try:
            trees[name] = ET.fromstring(text)
        except ET.ParseError as error:
            problems.add(path, 0, f"{name} is not XML: {error}")
    return trees


def check_manifest(path, trees, names, problems):
    """The package lists all files with their types, and no other; whatever
    is read has its place in the spine."""
    package = trees[epub.PACKAGE]
    items = {item.get("id"): item for item in package.iter(OPF + "item")}
    listed = {epub.FOLDER + item.get("href") for item in items.values()}
    for name in sorted(listed ^ (set(names) - OUTSIDE)):
        problems.add(path, 0, f"{name} is listed or there, and not both")
    for item in items.values():
        suffix = posixpath.splitext(item.get("href"))[1]
        if epub.TYPES.get(suffix) != item.get("media-type"):
            problems.add(path, 0, f"{item.get('href')} is of another type")
    spine = [ref.get("idref") for ref in package.iter(OPF + "itemref")]
    pages = [i for i in items if items[i].get("href").endswith(".xhtml")]
    if sorted(spine) != sorted(pages):
        problems.add(path, 0, "has pages that are not in the spine")


def check_links(path, name, trees, names, problems):
    identities = [e.get("id") for e in trees[name].iter() if e.get("id")]
    for identity in sorted({i for i in identities if identities.count(i) > 1}):
        problems.add(path, 0, f"{name} has two elements #{identity}")
    for element in trees[name].iter():
        for link in filter(None, map(element.get, LINKS)):
            fault = fault_of(name, element, link, trees, names)
            if fault:
                problems.add(path, 0, f"{name} {fault}")


def fault_of(name, element, link, trees, names):
    if OUTWARD.match(link):
        return None if tag(element) == "a" else f"fetches {link}"
    address, _, anchor = link.partition("#")
    target = posixpath.join(posixpath.dirname(name), unquote(address))
    target = target if address else name
    if target not in names:
        return f"leads to {link}, which does not exist"
    if anchor and target in trees and unquote(anchor) not in {
            element.get("id") for element in trees[target].iter()}:
        return f"leads to {link}, where there is no such place"
    return None


def tag(element):
    return element.tag.rpartition("}")[2]
