"""The bug gallery: a lab's known-wrong programs, read from their patches.

They are shown on the lab's page.  The comment `<!-- gallery LAB -->` in a
chapter is where the way there begins.
"""

import re
from html import escape

import sitemap
from course.tree import Comment
from page import blocks

MARKER = re.compile(r"gallery ([\w-]+)$")

FIELDS = ("Misbelief", "Fails", "Says", "Flags", "Needs")

# What a sentence may begin with beside a capital: a number, a name of C.
NO_CAPITAL = re.compile(r"\d|\w+\(|\w*_|std(in|out|err) ")

# Where more cases than these fail, that is what counts, and few are shown.
MANY, FEW = 6, 4


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
        known = {lab.name: lab for lab in course.labs_of(document)}
        for name, line in shown.items():
            if name not in known:
                problems.add(document.path, line, f"there is no lab {name}")
        for name, lab in known.items():
            if lab.bugs and name not in shown:
                problems.add(document.path, 0, f"has no gallery of {name}")


def pointer(course, name):
    """What a chapter has in the place of a gallery: the way there."""
    lab = next(lab for lab in course.labs if lab.name == name)
    return (f'<p class="bugs"><a href="{sitemap.lab_page(lab)}#gallery">'
            f"<code>{name}</code>: {count(lab.bugs)}</a></p>\n")


def count(bugs):
    return f"{len(bugs)} wrong program{'s' * (len(bugs) != 1)}"


def read(path):
    """Returns ({field: words}, hunks) of one patch; among the fields are
    those that are called "Says CASE"."""
    lines = path.read_text(encoding="utf-8").splitlines()
    start = next((number for number, line in enumerate(lines)
                  if line.startswith("@@ ")), len(lines))
    head = dict.fromkeys(FIELDS, "")
    for line in lines[:start]:
        name, _, words = line.partition(":")
        if name in head or name.startswith("Says "):
            head[name] = words.strip()
    return head, "\n".join(lines[start:]) + "\n"


def bugs(lab):
    """The wrong programs of a lab as `read` gives them: first those that fail
    the first case, as a learner meets them."""
    order = [case.id for case in lab.cases]
    patches = map(read, sorted(lab.mutants.glob("*.patch")))
    return sorted(patches, key=lambda bug: places(order, bug[0])[:1])


def places(order, head):
    """Where the cases that a wrong program fails are among all."""
    return sorted(order.index(case) for case in fails(head) if case in order)


def fails(head):
    return re.findall(r"[\w-]+", head["Fails"])


def render(lab):
    """All wrong programs of one lab, folded."""
    return "".join(entry(lab, *bug) for bug in lab.bugs)


def entry(lab, head, diff):
    return (f'<details class="bug"><summary>{blocks.words(head["Misbelief"])}'
            f'</summary>{blocks.plain(diff, "diff").markup}'
            f"{verdict(lab, head)}{conditions(head)}</details>\n")


def verdict(lab, head):
    """What the checker shows of it: the cases that fail, each with the words
    of its message that are always the same."""
    failed = [lab.cases[place] for place in
              places([case.id for case in lab.cases], head)]
    said = [words_of(head, case, case is failed[0]) for case in failed]
    most = FEW if len(failed) > MANY else MANY
    items = [item(case, words) for place, (case, words)
             in enumerate(zip(failed, said)) if place < most or words]
    rest = len(failed) - len(items)
    others = f"and {rest} other{'s' * (rest != 1)}"
    more = f'<li class="more">{others}\n' if rest else ""
    return f'<div class="verdict"><ul>\n{"".join(items)}{more}</ul></div>'


def words_of(head, case, is_first):
    """What is known of the message of a case.  That of the first is the one
    which a learner sees, so there stands what all of them say."""
    return (head.get(f"Says {case.id}", "")
            or (head["Says"] if is_first else ""))


def item(case, words):
    says = words and f"<p>{escape(excerpt(words), False)}</p>"
    return f"<li><b>{case.id}</b>: {escape(case.title, False)}{says}\n"


def excerpt(words):
    """Words from the middle of a message, marked as such."""
    ends = words[-1] in ".?!"
    begins = words[0].isupper() or ends and NO_CAPITAL.match(words)
    return "… " * (not begins) + words + " …" * (not ends)


def conditions(head):
    """What it takes to see the mistake, where that is more than to run it."""
    flags = head["Flags"] and (
        f"<p>Compiled with <code>{escape(head['Flags'])}</code>, without "
        "which chance decides what is seen.</p>")
    needs = head["Needs"] and ("<p>Seen only where the checker may have a "
                               "network of its own.</p>")
    return flags + needs
