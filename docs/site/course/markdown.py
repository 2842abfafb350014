"""GitHub-flavoured Markdown, read as a code host reads it."""

import re
import subprocess
from collections import namedtuple

from course import tree

Heading = namedtuple("Heading", "level text slug")
Fence = namedtuple("Fence", "language meta code first last indent")

HEADINGS = ("h2", "h3", "h4", "h5", "h6")

EXTENSIONS = ("table", "strikethrough", "autolink", "tasklist", "footnotes")
COMMAND = ["cmark-gfm", "--unsafe", "--full-info-string", "--sourcepos"]


def render(text):
    """Returns the tree of a Markdown text; its elements know their lines."""
    command = COMMAND + [word for e in EXTENSIONS for word in ("-e", e)]
    result = subprocess.run(command, input=text, check=True, text=True,
                            encoding="utf-8", stdout=subprocess.PIPE)
    return tree.parse(result.stdout)


def slug(text, used):
    """The anchor that GitHub gives a heading; `used` counts repetitions."""
    base = re.sub(r"[^\w\- ]", "", text.strip().lower()).replace(" ", "-")
    name = base
    while name in used:
        used[base] += 1
        name = f"{base}-{used[base]}"
    used[name] = 0
    return name


class Document:
    """One Markdown file: its text, its tree, its headings and fences."""

    def __init__(self, path):
        self.path = path
        self.lines = path.read_text(encoding="utf-8").splitlines()
        self.tree = render("\n".join(self.lines) + "\n")
        self.headings = list(self._headings())
        self.title = self.headings[0].text if self.headings else path.stem
        self.anchors = set(self._anchors())

    def _headings(self):
        """Gives every heading its anchor as id, and yields what it says."""
        used = {}
        for e in self.tree.find_all("h1", "h2", "h3", "h4", "h5", "h6"):
            text = e.text().strip()
            e.attrs["id"] = slug(text, used)
            yield Heading(int(e.tag[1]), text, e.get("id"))

    def _anchors(self):
        for element in self.tree.walk():
            yield from filter(None, (element.get("id"), element.get("name")))

    def sections(self):
        """Yields (heading, blocks) for each part between two headings; the
        first part has none, and the title is in no part."""
        heading, blocks = None, []
        for node in self.tree.children:
            if not isinstance(node, tree.Element):
                continue
            if node.tag in HEADINGS:
                yield heading, blocks
                heading, blocks = node, []
            elif node.tag != "h1":
                blocks.append(node)
        yield heading, blocks

    def links(self):
        """Yields the <a> elements that the author wrote (footnotes are the
        renderer's)."""
        return (a for a in self.tree.find_all("a")
                if a.get("href") and not a.get("href").startswith("#fn"))

    def line_of(self, element, words):
        """The line of some words of an element; it knows but that of the
        block it stands in."""
        for number in range(max(1, element.line), len(self.lines) + 1):
            if words in self.lines[number - 1]:
                return number
        return element.line

    def images(self):
        return self.tree.find_all("img")

    def fences(self):
        """Yields the fenced blocks; `first` and `last` are the lines of the
        two fence lines, counted from 1."""
        for pre in self.tree.find_all("pre"):
            code = pre.find("code")
            span = re.match(r"(\d+):(\d+)-(\d+):", pre.get(tree.POSITION))
            if code is None or not span:
                continue
            first, column, last = map(int, span.groups())
            if self.lines[first - 1].strip().startswith(("```", "~~~")):
                yield Fence(language(code), code.get("data-meta"),
                            code.text(), first, last, column - 1)

    def replace(self, changes):
        """Writes the file anew with the bodies of some fences replaced;
        `changes` is a list of (fence, new code)."""
        lines = list(self.lines)
        for fence, code in sorted(changes, key=lambda c: -c[0].first):
            pad = " " * fence.indent
            body = [(pad + line).rstrip() for line in code.splitlines()]
            lines[fence.first:fence.last - 1] = body
        self.path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def language(code):
    return code.get("class").removeprefix("language-")
