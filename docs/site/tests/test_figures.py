"""Drawings: what the notation means, and how tools' output is made one."""

import re
import unittest

from drawing import sequence, svg

TOOL = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 20"
 xmlns:xlink="http://www.w3.org/1999/xlink"><title>Tool</title>
<path id="p" stroke="rgb(  0,   0, 255)" fill="#FFFFFF"/>
<use xlink:href="#p" font-family="Times"/></svg>"""


class Sequences(unittest.TestCase):
    def numbers(self, markup, pattern):
        return [tuple(map(float, found.groups()))
                for found in re.finditer(pattern, markup)]

    def test_long_words_push_the_columns_apart(self):
        picture = sequence.draw("a | b\na -> b: " + "w" * 60)
        (x1, x2), = self.numbers(
            picture, r'x1="([\d.]+)" y1="72" x2="([\d.]+)"')
        self.assertGreater(x2 - x1, 60 * 7)

    def test_boxes_share_a_row_only_with_other_columns(self):
        picture = sequence.draw("a | b\na: one\nb: two\nb: three")
        heights = self.numbers(picture, r'<rect x="[\d.]+" y="([\d.]+)"')
        self.assertEqual(heights, [(52,), (52,), (90,)])

    def test_a_lost_message_ends_in_a_cross(self):
        self.assertIn('stroke="red"', sequence.draw("a | b\na -x b: gone"))
        self.assertNotIn('stroke="red"', sequence.draw("a | b\na -> b: here"))

    def test_words_are_words(self):
        self.assertIn("&lt;addr&gt; &amp; %d", sequence.draw(
            "a | b\na -> b: <addr> & %d"))

    def test_faults_name_their_line(self):
        for source, says in (("a | b\n\nc: x", "line 3: no such column"),
                             ("a | b\na => b", "line 2: not a step: a => b")):
            with self.assertRaisesRegex(sequence.SyntaxFault, says):
                sequence.draw(source)


class Tidying(unittest.TestCase):
    def setUp(self):
        self.done = svg.tidy(TOOL, "fig", "p {}", {"data-stamp": "1"})

    def test_colours_are_those_of_the_palette(self):
        self.assertIn('stroke="blue" fill="white"', self.done)

    def test_names_are_the_figures_own(self):
        self.assertIn('id="fig-p"', self.done)
        self.assertIn('href="#fig-p"', self.done)

    def test_the_tool_leaves_no_trace(self):
        for trace in ("Tool", "Times"):
            self.assertNotIn(trace, self.done)

    def test_a_page_colours_it_and_says_what_it_is(self):
        inline = svg.inline(self.done, "a & b")
        self.assertNotIn("<style", inline)
        self.assertIn('role="img" aria-label="a &amp; b"', inline)


if __name__ == "__main__":
    unittest.main()
