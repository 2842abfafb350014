"""Documents as paper shows them: there is nothing to press, nothing is
folded, and what a link leads to is said.

Each document becomes a part of the book, with addresses like those of the
site, `KEY.html#anchor`; each form of the book makes its own of these.
"""

import re
from collections import namedtuple
from html import escape, unescape

from course import markdown
from course.tree import POSITION, Element, Raw, serialise
from page import blocks, facts, frame, gallery, highlight, lookup
from page.pages import Page
from prose import links, snippets
from sitemap import PROOFS, Sitemap

# A part of the book: its key, its chapter's number or "", its title as HTML
# and the title's anchor, its body as HTML, its sections as [(anchor, words)].
Part = namedtuple("Part", "key number title anchor body sections")
# A question's number, and the HTML of the question and of its answer.
Answer = namedtuple("Answer", "number question markup")

ANSWERS = "answers.html"
FIGURES = "figures/"
BOX = "\N{BALLOT BOX}"

TAG = re.compile(r"<[a-z][^>]*>")
ADDRESS = re.compile(r'(?<=\s)(id|href)="([^"]*)"')


class Binding(Sitemap):
    """Where links lead in the book, of which programs are no part; and
    which drawings it needs."""

    def __init__(self, course, documents):
        super().__init__(course)
        self.bound = {document.path for document in documents}
        self.figures = {}

    def href(self, document, href):
        """The address in the book or outside, or None if it has none."""
        if links.OUTWARD.match(href):
            return href
        path, anchor = links.resolve(document, href)
        if path not in self.bound:
            return None
        return self.page(path) + (f"#{anchor}" if anchor else "")

    def figure(self, path):
        address = FIGURES + path.name
        self.figures[address] = path.read_text(encoding="utf-8")
        return address


class Leaf(Page):
    """One document of the book."""

    def __init__(self, course, binding, terms, document):
        self.key = key(binding.page(document.path))
        self.answers = []
        super().__init__(course, binding, terms, document)

    def part(self):
        heading = self.document.tree.find("h1")
        number, title = "", heading.inner()
        if self.document in self.course.chapters:
            number, _ = frame.numbered(self.document)
            title = frame.NUMBER.sub("", title)
        sections = [(h.slug, h.text) for h in self.document.headings
                    if h.level == 2 and f'id="{h.slug}"' in self.body]
        return Part(self.key, number, title, heading.get("id"), self.body,
                    sections)

    def _body(self):
        """The body, of which answers have been taken out: what leads to
        something in an answer follows it."""
        body = super()._body()
        moved = {identity: f"{ANSWERS}#{self.key}-{identity}"
                 for answer in self.answers
                 for identity in identities(answer.markup)}
        self.answers = [relocate(answer, self.key) for answer in self.answers]
        return readdress(body, lambda name, value: value if name == "id"
                         else moved.get(value.removeprefix("#"), value))

    def _rules(self):
        rules = super()._rules()
        rules.update(dict.fromkeys(markdown.HEADINGS, lambda heading: heading))
        rules.update({"table": still_table, "input": box, "sup": plain,
                      "section": plain, "details": self._question})
        if self.document is self.terms.document:
            rules["h3"] = self._entry
        return rules

    def _link(self, a):
        fact = facts.TITLE.match(a.get("title"))
        if fact:
            return self._proof_mark(a, fact[1])
        href = a.get("href")
        if not href or href.startswith("#fn"):
            return plain(a)
        target = self.sitemap.href(self.document, href)
        if target is None:
            return self._file(a, href)
        attrs = {"href": target}
        if links.OUTWARD.match(href) and a.text() not in href:
            attrs["class"] = "outward"
        return Element("a", attrs, a.children)

    def _proof_mark(self, a, name):
        """A proof is told by its number in the list of all."""
        path, _ = links.resolve(self.document, a.get("href"))
        number = proof_number(path, name)
        attrs = {"class": "proof", "href": f"{PROOFS}#proof-{number}"}
        return Element("a", attrs,
                       [*a.children, f"\N{NO-BREAK SPACE}{number}"])

    def _file(self, a, href):
        """What is not in the book is named as the course's files are."""
        path, _ = links.resolve(self.document, href)
        name = self.course.name(path)
        if a.text() in name:
            return [Element("code", {}, [name])]
        return [*a.children, " (", Element("code", {}, [name]), ")"]

    def _code(self, pre):
        code = pre.find("code")
        language, meta = markdown.language(code), code.get("data-meta")
        if language == "console":
            lines = blocks.session_lines(escape(code.text(), quote=False))
            return Raw('<pre class="session"><code>' + "".join(lines)
                       + "</code></pre>")
        if not meta.startswith("file="):
            return listing(code.text(), language)
        text, first, path = snippets.source_of(self.course, meta)
        last = first + len(text.splitlines()) - 1
        return listing(text, language,
                       f"{self.course.name(path)}, lines {first}–{last}")

    def _paragraph(self, p):
        """A paragraph that is one drawing is a figure."""
        image = p.find("img")
        if (image is None or len(p.children) > 1
                or not image.get("src").endswith(".svg")):
            return p
        path, _ = links.resolve(self.document, image.get("src"))
        picture = Element("img", {"src": self.sitemap.figure(path),
                                  "alt": image.get("alt")})
        caption = image.get("title")
        words = [Element("figcaption", {}, [caption])] if caption else []
        return Element("figure", {}, [picture, *words])

    def _comment(self, comment):
        """Of a bug gallery paper has the beliefs."""
        marker = gallery.MARKER.match(comment.note)
        if not marker:
            return []
        lab = next(l for l in self.course.labs if l.name == marker[1])
        items = [Raw(f"<li>{blocks.words(head['Misbelief'])}</li>\n")
                 for head, _ in lab.bugs]
        return [Element("h3", {"id": f"bugs-of-{lab.name}"},
                        [Element("code", {}, [lab.name])]),
                Element("ul", {"class": "beliefs"}, items)]

    def _question(self, details):
        """A fold is a question; its answer stands at the end of the book,
        where nobody reads it by accident."""
        summary = details.find("summary")
        question = summary.inner()
        number = len(self.answers) + 1
        for element in details.walk():
            element.attrs.pop(POSITION, None)
        rest = (serialise(node) for node in details.children
                if node is not summary)
        self.answers.append(Answer(number, question, "".join(rest)))
        return Raw(f'<p class="question" id="question-{number}">'
                   f'<b>{number}.</b> {question} <a class="answer" '
                   f'href="{ANSWERS}#{self.key}-{number}">Answer</a></p>')

    def _entry(self, heading):
        """A term of the glossary, and where the chapters explain it."""
        places = self.terms.places.get(heading.get("id"), [])
        marks = " ".join(reference(self.sitemap, place)
                         for place in dict.fromkeys(places))
        return [heading, Raw(f'<p class="taught">{marks}</p>')]


class Introduction(Leaf):
    """README, but for its list of chapters: the book has contents."""

    def part(self):
        return super().part()._replace(title="Before you begin")

    def _tree(self):
        body = super()._tree()
        body.children = [node for section in split(body.children)
                         if not self._lists_chapters(section)
                         for node in section]
        return body

    def _lists_chapters(self, section):
        if section[0].tag != "h2":
            return False
        chapters = [document.path for document in self.course.chapters]
        return any(links.resolve(self.document, a.get("href"))[0] in chapters
                   for table in Element("section", {}, section)
                   .find_all("table") for a in table.find_all("a"))


def split(nodes):
    """Yields the nodes up to the first heading of the second level, and from
    each to the next."""
    section = []
    for node in filter(is_element, nodes):
        if node.tag == "h2" and section:
            yield section
            section = []
        section.append(node)
    yield section


def is_element(node):
    return isinstance(node, Element)


def key(address):
    return address.removesuffix(".html")


def readdress(markup, rule):
    """Applies `rule`, (attribute, value) to value, to every identity and
    every link of some HTML."""
    def attribute(found):
        value = rule(found[1], unescape(found[2]))
        return f'{found[1]}="{escape(value)}"'
    return TAG.sub(lambda tag: ADDRESS.sub(attribute, tag[0]), markup)


def identities(markup):
    """The identities that some HTML gives."""
    return {unescape(value) for tag in TAG.findall(markup)
            for name, value in ADDRESS.findall(tag) if name == "id"}


def relocate(answer, home):
    """An answer that has left the part `home`: its links lead back there, and
    its identities say where they are from."""
    own = identities(answer.markup)

    def rule(name, value):
        if name == "id":
            return f"{home}-{value}"
        if value.removeprefix("#") in own:
            return f"#{home}-{value[1:]}"
        return f"{home}.html{value}" if value.startswith("#") else value

    return answer._replace(question=readdress(answer.question, rule),
                           markup=readdress(answer.markup, rule))


def reference(binding, place):
    """Leads to a section; page numbers, where there are some, say it
    shorter."""
    number, title = frame.numbered(place.document)
    if place.heading:
        title = place.heading.text()
    address = escape(lookup.address(binding, place))
    return (f'<a class="where" href="{address}">'
            f"<span>{number} {escape(title)}</span></a>")


def proof_number(path, name):
    """A fact's number: that of its chapter, and which one it is there."""
    position = list(facts.facts_of(path)).index(name) + 1
    return f"{int(path.parent.name[:2])}.{position}"


def listing(text, language, origin=""):
    """Code, and above it where it is from."""
    above = f'<p class="origin">{escape(origin)}</p>' if origin else ""
    return Raw(f'<div class="listing">{above}<pre><code>'
               f"{highlight.highlight(text, language)}</code></pre></div>")


def still_table(element):
    """A table that does not scroll, and whose columns a sheet aligns."""
    for cell in element.find_all("th", "td"):
        side = cell.attrs.pop("align", None)
        if side in ("center", "right"):
            cell.attrs["class"] = side
    wrapped = blocks.table(element)
    del wrapped.attrs["tabindex"]
    return wrapped


def box(element):
    """A box to tick, with a pencil."""
    if element.get("type") != "checkbox":
        return element
    return Element("span", {"class": "box"}, [BOX])


def plain(element):
    """An attribute without a value means nothing here, and XML forbids it."""
    for name in [n for n, value in element.attrs.items() if value is None]:
        del element.attrs[name]
    return element
