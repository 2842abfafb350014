"""The reference of a header: each name once, with its sentences, in the order
of the header and under its groups.

What the comments say comes from Doxygen's XML, which changes less from one
version to the next than its pages do.  A name is its own anchor.
"""

import re
import xml.etree.ElementTree as ET
from collections import namedtuple
from html import escape

import search
from course import cnames
from course.markdown import Heading
from doxygen import DoxygenError
from page import frame, highlight

GROUP = re.compile(r"^/\*\* @name (.*?)(?: \(([\w.,\s]+)\))?$", re.M)
ATTRIBUTE = re.compile(r"\s*(?:PRINTF_LIKE|__attribute__)\(+[^)]*\)+")
NAME = re.compile(rf"\b\w+\(\)|{cnames.STRUCT}|{cnames.CONSTANT}|\bNULL\b"
                  r"|(?P<word>\b[A-Z]{4,}\b)")
ELEMENTS = {"emphasis": "em", "bold": "strong"}
DASHES = {"ndash": "--", "mdash": "---"}

Item = namedtuple("Item", "kind name line prototype about parts")
Part = namedtuple("Part", "prototype name about")
Group = namedtuple("Group", "slug title files about items")


class Reference:
    """A header as Doxygen's XML tells of it; `page` is where it is shown.
    In its groups each name must have a sentence."""

    def __init__(self, path, name, page, xml):
        self.name = name
        self.page = page
        self.text = path.read_text(encoding="utf-8")
        self.lines = self.text.splitlines()
        self.root = compound(xml / page.replace(".html", ".xml"))
        self.items = sorted(self._items(xml), key=lambda item: item.line)
        self.made = {name: address.partition("#")[2]
                     for name, address in self.names().items()}
        self.groups = list(self._groups())

    def names(self):
        """Returns {name: address} of all that the header makes."""
        made = {}
        for item in self.items:
            key = f"struct {item.name}" if item.kind == "struct" else item.name
            made[key] = f"{self.page}#{item.name}"
            if item.kind == "enum":
                made.update((part.name, f"{self.page}#{part.name}")
                            for part in item.parts)
        return made

    def _items(self, xml):
        for section in self.root.iter("sectiondef"):
            for member in section.iter("memberdef"):
                if is_told(member):
                    yield self._item(member, member.iter("enumvalue"))
                elif section.get("kind") == "user-defined":
                    name = member.findtext("name")
                    raise DoxygenError(f"{self.name}: {name} has no sentence")
        for inner in self.root.iter("innerclass"):
            struct = compound(xml / f"{inner.get('refid')}.xml")
            yield self._item(struct, struct.iter("memberdef"))

    def _item(self, member, parts):
        name = member.findtext("name") or member.findtext("compoundname")
        line = int(member.find("location").get("line"))
        kind = member.get("kind")
        told = [Part(prototype_of_part(part), part.findtext("name"),
                     said(part)) for part in parts]
        return Item(kind, name, line, self._prototype(member, name, line),
                    said(member), told)

    def _prototype(self, member, name, line):
        """The declaration as it stands in the header, in one line."""
        kind = member.get("kind")
        if kind in ("enum", "struct"):
            return f"{kind} {name}"
        if kind == "define":
            words = [word.text for word in member.iter("defname")]
            return f"{name}({', '.join(words)})" if words else name
        words = " ".join(self.lines[line - 1:]).partition(";")[0]
        return " ".join(ATTRIBUTE.sub("", words).split())

    def _groups(self):
        """The groups in the order of the header; what stands in front of the
        first belongs to none."""
        found = [(self.text.count("\n", 0, head.start()) + 1, *head.groups())
                 for head in GROUP.finditer(self.text)]
        starts = [line for line, _, _ in found] + [len(self.lines) + 1]
        bare = [i for i in self.items if i.line < starts[0]]
        if bare:
            yield Group(slug("Names"), "Names", "", [], bare)
        for (start, title, files), end in zip(found, starts[1:]):
            items = [i for i in self.items if start < i.line < end]
            yield Group(slug(title), title, files or "",
                        self._about(title), items)

    def _about(self, title):
        for section in self.root.iter("sectiondef"):
            if (section.findtext("header") or "").startswith(title):
                about = paragraphs(section.find("description"))
                return joined(about[:1], about[1:])
        return []

    def article(self, source, guides):
        """The page; `source` gives the address of a line of the header, and
        `guides` are the titles and addresses of what to read first."""
        headings = [Heading(2, group.title, group.slug)
                    for group in self.groups]
        about = self.html(said(self.root))
        ways = " · ".join(f'<a href="{href}">{escape(words)}</a>'
                          for words, href in guides
                          + [("The header itself", source(1))])
        groups = "".join(self.group(group, source) for group in self.groups)
        return (f'<div class="page">\n{frame.contents(headings)}<article>\n'
                f"<h1>{escape(self.name)}</h1>\n{about}"
                f"<p>{ways}</p>\n"
                f"{self.overview()}{groups}</article></div>\n")

    def overview(self):
        """All names by group: what an author looks for is a click away."""
        rows = "".join(
            f'<dt><a href="#{group.slug}">{escape(group.title)}</a></dt><dd>'
            + " ".join(f'<a href="#{item.name}">{item.name}</a>'
                       for item in group.items) + "</dd>\n"
            for group in self.groups)
        return f'<dl class="overview">\n{rows}</dl>\n'

    def group(self, group, source):
        files = f'<p class="origin">{escape(group.files)}</p>\n'
        items = "".join(self.item(item, source) for item in group.items)
        title = Heading(2, group.title, group.slug)
        return (f"{frame.heading(title)}"
                f"{files if group.files else ''}{self.html(group.about)}"
                f'<dl class="reference">\n{items}</dl>\n')

    def item(self, item, source):
        """A declaration, whose name leads to its line, and its sentences."""
        link = f'<a href="{source(item.line)}">{item.name}</a>'
        words = re.sub(rf"\b{item.name}\b", lambda _: link,
                       escape(item.prototype, quote=False), count=1)
        ids = item.name if item.kind == "enum" else ""
        parts = "".join(self.part(part, bool(ids)) for part in item.parts
                        if part.about or ids)
        parts = f'<dl class="fields">{parts}</dl>' if parts else ""
        return (f'<dt id="{item.name}"><code>{words}</code></dt>'
                f"<dd>{self.html(item.about)}{parts}</dd>\n")

    def part(self, part, is_named):
        identity = f' id="{part.name}"' if is_named else ""
        return (f"<dt{identity}><code>{escape(part.prototype, quote=False)}"
                f"</code></dt><dd>{self.html(part.about)}</dd>")

    def html(self, parts):
        return "".join(self.paragraph(part) for part in parts)

    def paragraph(self, para):
        """A paragraph, which for Doxygen may hold blocks, and for HTML may
        not."""
        done, run = [], [self.coded(para.text)]
        for child in para:
            if child.tag in BLOCKS:
                done += [paragraph(run), BLOCKS[child.tag](self, child)]
                run = []
            else:
                run.append(self.inline(child))
            run.append(self.coded(child.tail))
        return "".join(done) + paragraph(run)

    def inline(self, node):
        if node.tag == "computeroutput":
            return f"<code>{escape(''.join(node.itertext()), False)}</code>"
        inner = DASHES.get(node.tag, "") + self.coded(node.text) + "".join(
            self.inline(child) + self.coded(child.tail) for child in node)
        tag = ELEMENTS.get(node.tag)
        return f"<{tag}>{inner}</{tag}>" if tag else inner

    def coded(self, text):
        """Names in a sentence are code, and lead to their place here."""
        def set_apart(found):
            target = self.made.get(found[0].removesuffix("()"))
            if found["word"] and not target:
                return found[0]
            words = f"<code>{found[0]}</code>"
            return f'<a href="#{target}">{words}</a>' if target else words
        return NAME.sub(set_apart, escape(text or "", quote=False))

    def parameters(self, node):
        return '<dl class="fields">' + "".join(
            f"<dt><code>{item.findtext('.//parametername')}</code></dt>"
            f"<dd>{self.html(item.findall('parameterdescription/para'))}</dd>"
            for item in node.findall("parameteritem")) + "</dl>\n"

    def returns(self, node):
        return (f"<p>{node.get('kind').capitalize()}s: "
                + self.html(node.findall("para")).removeprefix("<p>"))

    def items_of(self, node):
        items = (f"<li>{self.html(item.findall('para'))}</li>"
                 for item in node.findall("listitem"))
        return f"<ul>{''.join(items)}</ul>\n"

    def entries(self):
        """What the search says of each name."""
        for item in self.items:
            words = " ".join("".join(part.itertext()) for part in item.about)
            yield search.entry("reference", f"{self.page}#{item.name}",
                               self.name, item.name, words)


def compound(path):
    return ET.parse(path).find("compounddef")


def is_told(member):
    """Whether a name has a sentence of its own."""
    return any(member.find(f"{kind}description/para") is not None
               for kind in ("brief", "detailed"))


def said(element):
    """The paragraphs of a comment."""
    return joined(paragraphs(element.find("briefdescription")),
                  paragraphs(element.find("detaileddescription")))


def joined(brief, rest):
    """Doxygen has taken the first sentence apart from its paragraph."""
    if not (brief and rest):
        return brief + rest
    para, more = brief[-1], rest[0]
    if len(para):
        para[-1].tail = f"{(para[-1].tail or '').rstrip()} {more.text or ''}"
    else:
        para.text = f"{(para.text or '').rstrip()} {more.text or ''}"
    para.extend(more)
    return brief + rest[1:]


def paragraphs(description):
    return [] if description is None else description.findall("para")


def prototype_of_part(part):
    """A field as it is declared, or a value's name."""
    name = part.findtext("name")
    if part.find("type") is None:
        return name
    kind = "".join(part.find("type").itertext())
    tail = part.findtext("argsstring") or ""
    space = "" if kind.endswith("*") else " "
    return f"{kind}{space}{name}{tail}"


def paragraph(run):
    words = "".join(run).strip()
    return f"<p>{words}</p>\n" if words else ""


def verbatim(_, node):
    return ('<pre tabindex="0"><code>'
            f"{highlight.highlight(node.text, 'c')}</code></pre>\n")


def slug(title):
    """A group's anchor, which no function may have as well."""
    return "group-" + re.sub(r"\W+", "-", title.casefold()).strip("-")


BLOCKS = {"verbatim": verbatim, "parameterlist": Reference.parameters,
          "simplesect": Reference.returns, "itemizedlist": Reference.items_of}
