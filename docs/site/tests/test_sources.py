"""Source pages are small, lead to what is made, and lose no line."""

import html
import re
import unittest

from page import sources
from tests.support import COURSE

TEXT = """\
#define MOST 3 /* <most> */

struct pair {
    int a;
};

enum {
    FIRST = 1, /* of all */
    LAST
};

/* Two
 * lines. */
static int hear(int most)
{
    return most < MOST ? LAST : '"';
}

int main(void)
{
    struct pair hear_not = {hear(1)};
    int hear_too = hear_not.a;
    return peer_connect(hear_too, "hear(1)");
}
"""


def text_of(listing):
    """What a browser shows of some HTML."""
    return html.unescape(re.sub("<[^>]*>", "", listing))


class Listing(unittest.TestCase):
    def setUp(self):
        self.lines = sources.listing(TEXT, {"peer_connect": "h.html#x"})

    def test_has_each_line_as_it_is(self):
        self.assertEqual("\n".join(map(text_of, self.lines)) + "\n", TEXT)

    def test_a_line_is_whole_by_itself(self):
        self.assertEqual(self.lines[11:13], ["<i>/* Two</i>",
                                             "<i> * lines. */</i>"])

    def test_names_lead_to_where_they_are_made(self):
        for number, words in ((16, "&lt; <a href=#l00001>MOST</a>"),
                              (16, "<a href=#l00009>LAST</a>"),
                              (21, "<b>struct</b> <a href=#l00003>pair</a>"),
                              (21, "{<a href=#l00014>hear</a>(1)}"),
                              (23, "<a href=h.html#x>peer_connect</a>(")):
            self.assertIn(words, self.lines[number - 1])

    def test_nothing_else_leads_anywhere(self):
        found = "".join(self.lines).count("<a ")
        self.assertEqual(found, 5)


class Pages(unittest.TestCase):
    def setUp(self):
        functions = "static int f{0}(void)\n{{\n    return f0();\n}}\n\n"
        self.text = "".join(map(functions.format, range(1500)))
        self.source = sources.Source("a/f.c", "f.html", self.text, {})

    def test_a_small_file_is_one_page(self):
        path = COURSE / "solutions/01-first/fetch.c"
        source = sources.Source("f.c", "f.html",
                                path.read_text(encoding="utf-8"), {})
        (page, listing), = source.parts()
        self.assertEqual(page, "f.html")
        self.assertNotIn('class="parts"', listing)

    def test_a_large_file_has_small_pages_and_each_line_once(self):
        parts = list(self.source.parts())
        self.assertGreater(len(parts), 1)
        shown = []
        for _, listing in parts:
            self.assertLess(len(listing.encode()), 90_000)
            shown += re.findall(r"<b id=l(\d+)>", listing)
        self.assertEqual([int(line) for line in shown],
                         list(range(1, self.text.count("\n") + 1)))

    def test_a_page_begins_with_a_definition(self):
        for first in self.source.cuts:
            self.assertRegex(self.text.splitlines()[first], "^static int")

    def test_a_line_on_another_page_is_found_there(self):
        pages = dict(self.source.parts())
        self.assertEqual(self.source.place(1), "f.html")
        self.assertEqual(self.source.place(self.source.cuts[0] + 1),
                         "f-2.html")
        self.assertIn("<a href=#l00001>f0</a>", pages["f.html"])
        self.assertIn("<a href=f.html#l00001>f0</a>", pages["f-2.html"])

    def test_the_listing_can_be_scrolled_and_has_a_name(self):
        for (_, listing), first in zip(self.source.parts(),
                                       (0, *self.source.cuts)):
            self.assertIn('tabindex="0" role="region" aria-label="a/f.c" '
                          f'style="counter-reset:line {first}"', listing)


if __name__ == "__main__":
    unittest.main()
