"""What a chapter corrects: the section "What you may have read" has a
paragraph for each statement, which begins with the statement itself, quoted
and in bold, and goes on with what is true:

    **"Five is the normal maximum of the backlog."** It was in 4.2BSD. …

What is no paragraph belongs to the one above it.
"""

from course import markdown
from course.tree import Element

TITLE = "What you may have read"
WORDS = 8  # of a statement, in its anchor


def statement(paragraph):
    """The statement that a paragraph begins with, or None."""
    first = paragraph.children[0] if paragraph.children else None
    if not isinstance(first, Element) or first.tag != "strong":
        return None
    words = first.text()
    return first if words[0] + words[-1] == '""' else None


def anchor(said):
    """The name of a statement, in its chapter and among all."""
    words = said.text().replace("-", " ").split()[:WORDS]
    return "myth-" + markdown.slug(" ".join(words), {})


def corrections(document):
    """Yields (heading, blocks) of the section, if a chapter has it."""
    return ((heading, blocks) for heading, blocks in document.sections()
            if heading and heading.text() == TITLE)


def check(course, problems):
    seen = set()
    for document in course.chapters:
        for heading, blocks in corrections(document):
            for block in blocks:
                fault = fault_of(block, seen)
                if fault:
                    problems.add(document.path, block.line, fault)
            if not blocks:
                problems.add(document.path, heading.line, "corrects nothing")


def fault_of(block, seen):
    """Says what is wrong with one block of the section, or returns None."""
    if block.tag != "p":
        return None if seen else "stands before the first statement"
    said = statement(block)
    if said is None:
        return 'begins with no statement: **"Like this one."**'
    if block.text().strip() == said.text():
        return f"does not say what is true of {said.text()}"
    name = anchor(said)
    if name in seen:
        return f"begins like another statement: {said.text()}"
    seen.add(name)
    return None
