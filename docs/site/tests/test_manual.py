"""In a document that speaks of a header, its names lead to the reference."""

import unittest

from course.course import Course
from page import manual
from page.pages import read_pages
from problems import Problems
from sitemap import Sitemap
from tests.support import CourseTest

HELP = "docs/help.md"
WORDS = """
See [what there is](../tests/harness/harness.h): `peer_connect()`, `socket()`,
`peer_connect(1)`.
"""


class Manual(CourseTest):
    def setUp(self):
        super().setUp()
        path = self.root / HELP
        path.write_text(path.read_text(encoding="utf-8") + WORDS,
                        encoding="utf-8")

    def body(self):
        course = Course(self.root)
        pages = read_pages(course, Sitemap(course))
        return next(page.body for page in pages
                    if page.document.path.name == "help.md")

    def found(self):
        course = Course(self.root)
        problems = Problems(self.root)
        manual.check(course, Sitemap(course), problems)
        return problems.found

    def test_names_of_the_header_lead_to_it(self):
        body = self.body()
        page = "reference:tests/harness/harness.h"
        self.assertIn(f'<a href="{page}#peer_connect"><code>peer_connect()'
                      "</code></a>", body)
        self.assertIn(f'<a href="{page}">what there is</a>', body)
        self.assertEqual(body.count(page), 2)

    def test_other_documents_are_left_alone(self):
        self.spoil(HELP, "harness/harness.h", "01-first/facts.c")
        self.assertNotIn("#peer_connect", self.body())
        self.assertEqual(self.found(), [])

    def test_a_name_that_nobody_makes_is_told(self):
        self.assertEqual(self.found(), [])
        self.spoil(HELP, "`peer_connect()`", "`peer_conect()`")
        self.assertEqual(self.found(), [
            self.at(HELP, "peer_conect") + ": nobody makes peer_conect()"])


if __name__ == "__main__":
    unittest.main()
