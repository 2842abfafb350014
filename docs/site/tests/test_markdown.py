"""Markdown is read as a code host reads it."""

import re
import unittest

from course import markdown, tree
from page import blocks, highlight
from prose import markup
from tests.support import COURSE, CourseTest


class Slugs(unittest.TestCase):
    def slugs(self, *headings):
        used = {}
        return [markdown.slug(heading, used) for heading in headings]

    def test_are_those_of_github(self):
        self.assertEqual(
            self.slugs("What's `a | b`, then?", "Überall: 2.1 --flag"),
            ["whats-a--b-then", "überall-21---flag"])

    def test_count_repetitions(self):
        self.assertEqual(self.slugs("A", "a", "A-1", "A"),
                         ["a", "a-1", "a-1-1", "a-2"])


class OddCharacters(unittest.TestCase):
    def rendered(self, text):
        return tree.serialise(markdown.render(text))

    def test_survive_in_code(self):
        for code in ("%d", "--flag", "'\\0'", "<addr>", "#define", "a<b",
                     "@x", "&amp;", "\\n"):
            self.assertEqual(markdown.render(f"`{code}`").text().strip(), code)

    def test_survive_in_prose(self):
        text = "100% of 5 @x -- a < b & c 'q' \"r\" \\| #2"
        self.assertIn("100% of 5 @x -- a &lt; b &amp; c 'q' \"r\" | #2",
                      self.rendered(text))

    def test_pipes_stay_in_their_cell(self):
        cells = markdown.render("| a | b |\n|--|--|\n| `x\\|y` | \\| |\n")
        self.assertEqual([c.text() for c in cells.find_all("td")],
                         ["x|y", "|"])


class Documents(CourseTest):
    def test_fences_know_their_lines_and_indentation(self):
        document = markdown.Document(COURSE / "chapters/01-first.md")
        fence = [f for f in document.fences() if f.meta.endswith("#1")][0]
        self.assertEqual((fence.language, fence.indent), ("c", 3))
        self.assertIn("#1", document.lines[fence.first - 1])
        self.assertEqual(document.lines[fence.last - 1].strip(), "```")
        self.assertTrue(fence.code.startswith("int fd = socket("))

    def test_a_word_in_brackets_is_told(self):
        self.spoil("chapters/02-second.md", "`<addr>` |", "<addr> |")
        self.assertEqual(self.found(markup.check),
                         ["chapters/02-second.md:12: <addr> is read as HTML; "
                          "put it between backquotes"])


class Sessions(unittest.TestCase):
    def test_only_commands_are_marked_and_all_of_their_lines(self):
        done = blocks.session("$ a \\\n  b\nout <x>\n$ c\n").markup
        self.assertEqual(re.findall("<kbd>(.*?)</kbd>", done),
                         ["a \\", "  b", "c"])
        self.assertIn("\nout &lt;x&gt;\n", done)


class Tables(unittest.TestCase):
    def test_say_only_what_does_not_stand_on_the_left(self):
        done = blocks.table(markdown.render("| a | b |\n|:--|--:|\n| c | d |"))
        self.assertEqual([(c.text(), c.attrs.get("align"))
                          for c in done.find_all("th", "td")],
                         [("a", None), ("b", "right"),
                          ("c", None), ("d", "right")])


class Highlighting(unittest.TestCase):
    def test_c(self):
        done = highlight.highlight("if (a < '\\0') /* <b> */", "c")
        self.assertEqual(done, '<span class="keywordflow">if</span> (a &lt; '
                         '<span class="charliteral">\'\\0\'</span>) '
                         '<span class="comment">/* &lt;b&gt; */</span>')

    def test_an_unknown_language_stays_plain(self):
        self.assertEqual(highlight.highlight("if <a>", "text"), "if &lt;a&gt;")


if __name__ == "__main__":
    unittest.main()
