"""Tables, which on a phone are either narrow enough or a list of their
rows."""

from page import blocks

# So many characters stand side by side on a narrow phone, in the type of
# tables; and so many are left empty between two columns.
PHONE, GAP = 44, 2

ROLES = {"table": "table", "thead": "rowgroup", "tbody": "rowgroup",
         "tr": "row", "th": "columnheader", "td": "cell"}


def table(element):
    """A table that scrolls sideways where it must.  One that would on a phone
    can be shown there row by row."""
    wrapped = blocks.table(element)
    if width(element) > PHONE:
        wrapped.attrs["class"] += " rows"
        give_roles(element)
        label(element)
    return wrapped


def width(element):
    """The characters that a table needs side by side: of each column the
    longest word."""
    columns = zip(*map(cells, element.find_all("tr")))
    longest = [max(map(longest_word, column)) for column in columns]
    return sum(longest) + GAP * (len(longest) - 1)


def cells(row):
    return list(row.find_all("th", "td"))


def longest_word(cell):
    return max(map(len, cell.text().split()), default=0)


def give_roles(element):
    """What is not displayed as a table is none for those who listen, unless it
    says so."""
    for part in [element, *element.find_all(*ROLES)]:
        part.attrs["role"] = ROLES[part.tag]


def label(element):
    """Each cell that has words knows the head of its column."""
    head, *rows = map(cells, element.find_all("tr"))
    for row in rows:
        for title, cell in zip(head, row):
            words = title.text().strip()
            if words and cell.text().strip():
                cell.attrs["data-label"] = words
