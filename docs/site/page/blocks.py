"""How single blocks of a chapter look on the site: code, sessions, figures,
remarks, tables."""

import html
import re

from course import cnames
from course.tree import Element, Raw, rewrite
from drawing import svg
from page import highlight

# A command, and the remark that may follow it.
SHELL = re.compile(r"(.*?)(\s+# .*)?$")

# What is C in the words of a comment: between backquotes, or by its shape.
CODE = re.compile(rf"`([^`'\n]+)`|(--[a-z][\w-]*|\w+\(\)|{cnames.CONSTANT})")
ALERTS = ("NOTE", "TIP", "IMPORTANT", "WARNING", "CAUTION")


def code(text, language, origin=""):
    """A listing; `origin` is the HTML that says where it comes from."""
    label = f'<p class="origin">{origin}</p>' if origin else ""
    return Raw(f'<div class="listing">{label}{plain(text, language).markup}'
               "</div>")


def plain(text, language=""):
    """Lines that are to be read and not to be copied."""
    return Raw('<pre tabindex="0"><code>'
               f"{highlight.highlight(text, language)}</code></pre>")


def words(text):
    """A sentence of a comment or a list, in which what is C looks so."""
    done, end = "", 0
    for found in CODE.finditer(text):
        done += html.escape(text[end:found.start()], quote=False)
        code = html.escape(found[1] or found[2], quote=False)
        done += f"<code>{code}</code>"
        end = found.end()
    return done + html.escape(text[end:], quote=False)


def session(text):
    """A terminal session; only the commands are worth copying."""
    lines = "".join(session_lines(html.escape(text, quote=False)))
    return Raw('<div class="listing session"><pre tabindex="0"><code>'
               f"{lines}</code></pre></div>")


def shell(text):
    """Commands without a prompt; what they say of themselves stays out of a
    copy."""
    lines = (SHELL.sub(r"<kbd>\1</kbd>\2", line, count=1) + "\n"
             for line in html.escape(text, quote=False).splitlines())
    return Raw('<div class="listing session"><pre tabindex="0"><code>'
               f"{''.join(lines)}</code></pre></div>")


def session_lines(text):
    """Marks the commands; a backslash continues one on the next line."""
    continued = False
    for line in text.splitlines():
        begins = line.startswith("$ ")
        if begins:
            yield f'<span class="prompt">$ </span><kbd>{line[2:]}</kbd>\n'
        elif continued:
            yield f"<kbd>{line}</kbd>\n"
        else:
            yield f"{line}\n"
        continued = (begins or continued) and line.endswith("\\")


def figure(picture, caption):
    """A drawing with its caption; it scrolls sideways where it must."""
    words = html.escape(caption, quote=False)
    below = f"<figcaption>{words}</figcaption>" if caption else ""
    size = f"--drawn: {svg.root_attribute(picture, 'width')}px"
    return Raw(f'<figure><div class="drawing" tabindex="0" style="{size}">'
               f"{picture}</div>{below}</figure>")


def table(element):
    """A table that scrolls sideways; a heading without words is none.  What
    stands on the left need not say so."""
    for cell in element.find_all("th", "td"):
        if not cell.text().strip():
            cell.tag = "td"
        if cell.get("align") == "left":
            del cell.attrs["align"]
    return Element("div", {"class": "table", "tabindex": "0"}, [element])


def task(element):
    """A box to tick, which the page remembers."""
    if element.get("type") != "checkbox":
        return element
    attrs = {"type": "checkbox", "class": "tick", "aria-label": "done"}
    return Element("input", attrs)


def alert(quote):
    """A quotation that begins with [!NOTE] and the like is a remark."""
    first = quote.find("p")
    words = first.children[0] if first and first.children else ""
    if not isinstance(words, str) or not words.startswith("[!"):
        return quote
    kind, _, rest = words[2:].partition("]")
    if kind not in ALERTS:
        return quote
    first.children[0] = rest.lstrip()
    title = Element("p", {"class": "alert-title"}, [kind.capitalize()])
    attrs = {"class": f"alert {kind.lower()}", "role": "note"}
    return Element("div", attrs, [title, *quote.children])


def heading(element):
    """A heading leads to itself, and nowhere else."""
    rewrite(element, {"a": lambda a: a.children})
    attrs = {"class": "anchor", "href": "#" + element.get("id")}
    element.children = [Element("a", attrs, element.children)]
    return element
