"""A small HTML tree: parse, look, rewrite, serialise.

The renderer of Markdown gives HTML; everything the site does to a page is
done to this tree, so that no rule has to read tags out of a string.
"""

import html
from html.parser import HTMLParser

VOID = {"area", "br", "col", "hr", "img", "input", "link", "meta", "wbr"}
POSITION = "data-sourcepos"


class Element:
    """One tag with its attributes and children (elements and strings)."""

    def __init__(self, tag, attrs=None, children=(), line=0):
        self.tag = tag
        self.attrs = dict(attrs or {})
        self.children = list(children)
        self.line = line

    def get(self, name, default=""):
        return self.attrs.get(name) or default

    def walk(self):
        """Yields every element below this one, in document order."""
        for child in self.children:
            if isinstance(child, Element):
                yield child
                yield from child.walk()

    def find_all(self, *tags):
        return (e for e in self.walk() if e.tag in tags)

    def find(self, *tags):
        return next(self.find_all(*tags), None)

    def text(self):
        return "".join(c.text() if isinstance(c, Element) else c
                       for c in self.children)

    def inner(self):
        return "".join(serialise(c) for c in self.children)


class Comment(Element):
    """An HTML comment; its words are in `note`."""

    def __init__(self, note, line):
        super().__init__("!", line=line)
        self.note = note.strip()

    def text(self):
        return ""


class Raw(Element):
    """Finished HTML that is written as it stands."""

    def __init__(self, markup):
        super().__init__("raw")
        self.markup = markup

    def text(self):
        return ""


def serialise(node):
    if isinstance(node, str):
        return html.escape(node, quote=False)
    if isinstance(node, Comment):
        return ""
    if isinstance(node, Raw):
        return node.markup
    start = "<" + node.tag + "".join(map(attribute, node.attrs.items())) + ">"
    if node.tag in VOID:
        return start
    return f"{start}{node.inner()}</{node.tag}>"


def attribute(item):
    name, value = item
    return f" {name}" if value is None else f' {name}="{html.escape(value)}"'


def rewrite(element, rules):
    """Replaces each element below, innermost first, by what its tag's rule
    returns: a node, or a list of nodes to stand in its place."""
    children = []
    for child in element.children:
        if isinstance(child, Element):
            rewrite(child, rules)
            rule = rules.get(child.tag)
            child = rule(child) if rule else child
        children += child if isinstance(child, list) else [child]
    element.children = children


class _Builder(HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.root = Element("root")
        self.open = [self.root]

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        line = self.open[-1].line
        if POSITION in attrs:
            line = int(attrs[POSITION].split(":")[0])
        element = Element(tag, attrs, line=line)
        self.open[-1].children.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        """Closes the nearest open `tag`; one that was never opened is
        ignored, as browsers do."""
        for depth in range(len(self.open) - 1, 0, -1):
            if self.open[depth].tag == tag:
                del self.open[depth:]
                return

    def handle_data(self, data):
        self.open[-1].children.append(data)

    def handle_comment(self, data):
        self.open[-1].children.append(Comment(data, self.open[-1].line))


def parse(markup):
    builder = _Builder()
    builder.feed(markup)
    builder.close()
    return builder.root
