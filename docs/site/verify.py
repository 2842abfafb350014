"""Looks at the finished site as a browser would: every link leads somewhere,
no identity is given twice, nothing is fetched from another host."""

import re
from html.parser import HTMLParser
from urllib.parse import unquote

from published import NOWHERE

OUTWARD = re.compile(r"[a-z][a-z0-9+.-]*:")
FETCHED = {("script", "src"), ("img", "src"), ("link", "href"),
           ("iframe", "src"), ("source", "src"), ("object", "data")}
REMOTE = re.compile(r"url\(\s*[\"']?(?:https?:)?//|@import|fetch\(|"
                    r"XMLHttpRequest|import\(")
DRAWING = re.compile(r"<svg.*?</svg>", re.S)
MOST_BYTES = 100_000


class _Page(HTMLParser):
    """Collects what a page names, where it leads and what it fetches."""

    def __init__(self, path):
        super().__init__()
        self.ids, self.links, self.fetched = [], [], []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attrs):
        if ("rel", "canonical") in attrs:
            return
        for name, value in attrs:
            if name == "id":
                self.ids.append(value)
            elif (tag, name) in FETCHED:
                self.fetched.append(value)
            elif (tag, name) == ("a", "href"):
                self.links.append(value)


def read_site(folder):
    return {path.name: _Page(path) for path in sorted(folder.glob("*.html"))}


def sweep(folder):
    """Removes the files of Doxygen's that no page leads to."""
    site = read_site(folder)
    reached, todo = {"search-index.js"}, ["index.html", NOWHERE]
    while todo:
        name = todo.pop()
        if name in reached:
            continue
        reached.add(name)
        if name in site:
            todo += [unquote(link.partition("#")[0]) for link in
                     site[name].links + site[name].fetched]
    for path in folder.iterdir():
        if path.is_file() and path.name not in reached:
            path.unlink()


def check(folder, problems):
    site = read_site(folder)
    for name, page in site.items():
        for repeated in {i for i in page.ids if page.ids.count(i) > 1}:
            problems.add(folder / name, 0, f"has two elements #{repeated}")
        for link in page.links + page.fetched:
            fault = fault_of(folder, site, name, link)
            if fault:
                problems.add(folder / name, 0, fault)
        for link in filter(OUTWARD.match, page.fetched):
            if not link.startswith("data:"):
                problems.add(folder / name, 0, f"fetches {link}")
    for path in [*folder.glob("*.css"), *folder.glob("*.js")]:
        found = REMOTE.search(path.read_text(encoding="utf-8"))
        if found and path.name != "search-index.js":
            problems.add(path, 0, f"may ask another host: {found[0]}")


def weigh(folder, problems):
    """No page is heavier than a slow line can bear; drawings are set apart,
    since most of each is numbers."""
    for path in sorted(folder.glob("*.html")):
        markup = DRAWING.sub("", path.read_text(encoding="utf-8"))
        weight = len(markup.encode())
        if weight > MOST_BYTES:
            problems.add(path, 0, f"has {weight} bytes, and {MOST_BYTES} are "
                         "the most")


def fault_of(folder, site, name, link):
    if OUTWARD.match(link):
        return None
    target, _, anchor = link.partition("#")
    target = unquote(target) or name
    if not (folder / target).exists():
        return f"leads to {link}, which does not exist"
    if anchor and target in site and unquote(anchor) not in site[target].ids:
        return f"leads to {link}, where there is no such place"
    return None
