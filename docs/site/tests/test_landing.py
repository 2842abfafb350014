"""The first page: README, with the map of the course."""

import shutil
import unittest

from course.course import Course
from page import landing
from tests.support import CourseTest
from tests.test_frame import BuiltTest


@unittest.skipUnless(shutil.which("doxygen"), "needs doxygen")
class Landing(BuiltTest):
    def setUp(self):
        super().setUp()
        self.spoil("README.md", "\nHow to help",
                   "| 3 Third | `c` | *to come* |\n\nHow to help")
        self.build()
        self.first = self.page("index.html")

    def test_leads_into_the_course(self):
        self.assertIn('<a class="go-on" href="01-first.html">Begin: 1 Create',
                      self.first)

    def test_says_how_much_there_is_to_do(self):
        self.assertIn('<p class="extent">2 chapters, about 1 hour to read. '
                      "1 lab, ", self.first)

    def test_the_map_has_chapters_labs_and_times(self):
        chapter = self.first[self.first.index('<ol class="map">'):]
        for words in ('href="01-first.html" data-chapter="01-first"',
                      'data-lab="fetch">fetch</a>', "5 minutes to read",
                      "lines to write"):
            self.assertIn(words, chapter)

    def test_what_is_to_come_is_no_link(self):
        self.assertIn('<li class="planned"><span class="number">3 Third</span>'
                      "<span>c</span><span>to come</span></li>", self.first)

    def test_what_readme_says_is_there(self):
        self.assertIn("A small course, only for the tests", self.first)
        self.assertIn('href="docs-help.html"', self.first)

    def test_other_pages_are_named_if_they_are_there(self):
        self.assertIn('<li><a href="glossary.html">Glossary</a>', self.first)
        self.assertNotIn('href="checkers.html"', self.first)


class Reading(CourseTest):
    def test_words_and_code_have_their_own_pace(self):
        path = self.root / "chapters/01-first.md"
        path.write_text("# One\n\n" + "word " * 1000 + "\n\n```c\n"
                        + "line;\n" * 100 + "```\n")
        chapter = Course(self.root).documents[path]
        self.assertEqual(landing.reading_minutes(chapter), 15)


if __name__ == "__main__":
    unittest.main()
