"""How much a section of a chapter says of the names in it."""

from collections import Counter, namedtuple

from course import cnames
from course.cnames import code_in, is_program, names_in
from course.tree import Element
from page.lookup import Place

TEACHES, CORRECTS, USES = 2, 1, 0
ROOMS = {"What you may have read": CORRECTS, "See it happen": USES,
         "The labs": USES, "The bug gallery": USES, "From Python": USES,
         "Questions": USES, "Further": USES}

# The fields stand in the order in which they count.
Mention = namedtuple("Mention", "room titled declared shown count place")


def shown_in(section):
    """Returns {name: how well it is shown}: in a fence of some lines, or
    better, in front of a table's row.  A call is in every other fence, and
    not shown by that."""
    fences = (code for pre in section.find_all("pre") for code in code_in(pre)
              if not is_program(code))
    fronts = (code for row in section.find_all("tr")
              for code in code_in(row.find("td", "th")))
    shown = {name: 1 for code in fences for name in names_in(code)}
    shown.update((name, 2) for code in fronts for name in names_in(code))
    return {name: how for name, how in shown.items() if name[-1] != ")"}


def read(document):
    """Yields (name, mention) for each section of a chapter."""
    room = USES
    for heading, parts in document.sections():
        if heading and heading.tag == "h2":
            room = ROOMS.get(heading.text(), TEACHES)
        yield from mentions_in(Place(document, heading), parts, room)


def mentions_in(place, parts, room):
    """Yields (name, mention): how much a section says of each name.  A whole
    program uses many and explains none."""
    section = Element("section", children=parts)
    title = place.heading.text() if place.heading else ""
    titles = {name for name in names_in(title) if name == title}
    whole_programs, code = [], []
    for text in code_in(section):
        (whole_programs if is_program(text) else code).append(text)
    counts = Counter(name for text in code for name in names_in(text))
    counts.update(titles)
    declared = {name for text in code for name in cnames.declared_in(text)}
    shown = shown_in(section)
    for name, count in counts.items():
        yield name, Mention(room, name in titles, name in declared,
                            shown.get(name, 0),
                            0 if name in shown else count, place)
    used = {name for text in whole_programs for name in names_in(text)}
    for name in used - counts.keys():
        yield name, Mention(min(room, CORRECTS), False, False, 0, 0, place)


def value(mention):
    """What makes one section better than another to learn a name from."""
    return mention[:-1]
