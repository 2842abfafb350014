"""Which tables a phone shows row by row, and what these carry for it."""

import unittest

from course import markdown
from page import tables


def table(text):
    """A table of Markdown, as the site shows it."""
    return tables.table(markdown.render(text).find("table"))


class Tables(unittest.TestCase):
    FITS = "| call | says |\n|--|--|\n| `recv()` | that a peer has gone |\n"
    WIDE = ("| | Python | mind |\n|--|--|--|\n"
            "| one | `socket.create_server((host,port))` | AF_UNIX_AS_WELL |\n"
            "| two | | text |\n")

    def test_counts_the_longest_word_of_each_column(self):
        found = markdown.render(self.FITS).find("table")
        self.assertEqual(tables.width(found), len("recv()") + 2 + len("that"))

    def test_one_that_fits_stays_as_it_is(self):
        self.assertEqual(table(self.FITS).get("class"), "table")
        self.assertNotIn("role", table(self.FITS).inner())

    def test_in_one_that_does_not_cells_know_their_heads(self):
        wide = table(self.WIDE)
        self.assertEqual(wide.get("class"), "table rows")
        labels = [cell.get("data-label") for cell in wide.find_all("td")]
        self.assertEqual(labels, ["", "", "Python", "mind", "", "", "mind"])

    def test_one_that_does_not_fit_says_what_its_parts_are(self):
        roles = {part.tag: part.get("role")
                 for part in table(self.WIDE).walk() if part.get("role")}
        self.assertEqual(roles, tables.ROLES)


if __name__ == "__main__":
    unittest.main()
