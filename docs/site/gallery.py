"""The bug gallery: a lab's known-wrong programs, read from their patches.

The comment `<!-- gallery LAB -->` in a chapter is where they are shown.
"""

import re
from html import escape

import blocks
from tree import Comment

MARKER = re.compile(r"gallery ([\w-]+)$")

FIELDS = ("Misbelief", "Fails", "Says", "Needs")


def folder(course, document, lab):
    """Where the mutants of a lab of this chapter are."""
    return course.root / "tests" / document.path.stem / lab / "mutants"


def labs(document):
    """Yields (lab, line) for each gallery that a document shows."""
    for element in document.tree.walk():
        found = (isinstance(element, Comment)
                 and MARKER.match(element.note))
        if found:
            words = f"gallery {found[1]}"
            yield found[1], document.line_of(element, words)


def check(course, problems):
    """Every lab with mutants has its gallery, and every gallery a lab."""
    for document in course.chapters:
        shown = dict(labs(document))
        chapter = document.path.stem
        for lab, line in shown.items():
            if not (course.root / "solutions" / chapter / f"{lab}.c").exists():
                problems.add(document.path, line, f"there is no lab {lab}")
        for path in sorted(course.root.glob(f"tests/{chapter}/*/mutants")):
            if path.parent.name not in shown:
                problems.add(document.path, 0,
                             f"has no gallery of {path.parent.name}")


def read(path):
    """Returns ({field: words}, hunks) of one patch."""
    lines = path.read_text(encoding="utf-8").splitlines()
    start = next((number for number, line in enumerate(lines)
                  if line.startswith("@@ ")), len(lines))
    head = dict.fromkeys(FIELDS, "")
    for line in lines[:start]:
        name, _, words = line.partition(":")
        if name in head:
            head[name] = words.strip()
    return head, "\n".join(lines[start:]) + "\n"


def render(mutants):
    """All patches of one lab, folded, under the lab's name."""
    lab = mutants.parent.name
    patches = map(read, sorted(mutants.glob("*.patch")))
    return (f'<h3 id="bugs-of-{lab}"><code>{lab}</code></h3>'
            + "".join(entry(*patch) for patch in patches))


def entry(head, diff):
    cases = ", ".join(f"<code>{escape(case.strip())}</code>"
                      for case in head["Fails"].split(","))
    verdict = (f"<p>Fails {cases}. The checker says: "
               f"<q>{escape(head['Says'])}</q></p>")
    return (f'<details class="bug"><summary>{escape(head["Misbelief"])}'
            f'</summary>{blocks.code(diff, "diff").markup}'
            f"{verdict}</details>")
