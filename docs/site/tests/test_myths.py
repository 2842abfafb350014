"""What the chapters correct: its form, and the page of all of it."""

import unittest

import generated
from course import statements
from course.course import Course
from page import pages
from sitemap import Sitemap
from tests.support import CourseTest

CHAPTER = "chapters/01-first.md"
ANCHOR = "myth-send-sends-all-so-that-there-is-no"


class Page(CourseTest):
    def setUp(self):
        super().setUp()
        course = Course(self.root)
        where = Sitemap(course)
        self.chapter = pages.read_pages(course, where)[1]
        self.page = next(page for page in generated.read_pages(course, where)
                         if page.url == "myths.html")

    def test_has_every_statement_with_what_is_true(self):
        for words in (f'<h3 id="{ANCHOR}"><a class="anchor" href="#{ANCHOR}">'
                      '"<code>send()</code> sends all, so that there is no '
                      'loop to be written."</a></h3>',
                      "<p>It says how much\n(<a", "<p>No.</p>",
                      '<span class="keywordtype">int</span> file;'):
            self.assertIn(words, self.page.markup)

    def test_links_keep_working(self):
        for words in ('href="proofs-01-first.html#has_no_position"',
                      'href="01-first.html#questions"'):
            self.assertIn(words, self.page.markup)

    def test_leads_to_the_very_place_in_the_chapter(self):
        self.assertIn(f'<a href="01-first.html#{ANCHOR}">In chapter 1</a>',
                      self.page.markup)
        self.assertIn(f'<p id="{ANCHOR}">', self.chapter.body)

    def test_lists_only_chapters_that_correct_something(self):
        self.assertIn('<h2 id="01-first">', self.page.markup)
        self.assertNotIn('<h2 id="02-second">', self.page.markup)

    def test_is_found_by_the_statement(self):
        first, second = self.page.entries
        self.assertEqual((first["kind"], first["url"]),
                         ("myth", f"myths.html#{ANCHOR}"))
        self.assertEqual(second["section"], "A descriptor is 100% a file.")
        self.assertEqual(second["text"], "No.")


class Form(CourseTest):
    def problems(self, old, new):
        self.spoil(CHAPTER, old, new)
        return self.found(statements.check)

    def test_the_fixture_has_it(self):
        self.assertEqual(self.found(statements.check), [])

    def test_a_paragraph_begins_with_a_statement(self):
        want = 'begins with no statement: **"Like this one."**'
        for new in ('"A descriptor is 100% a file." No.',
                    "**A descriptor is 100% a file.** No.", "No."):
            with self.subTest(new):
                found = self.problems('**"A descriptor is 100% a file."** '
                                      "No.", new)
                self.assertEqual(found, [f"{self.at(CHAPTER, new)}: {want}"])
                self.spoil(CHAPTER, new,
                           '**"A descriptor is 100% a file."** No.')

    def test_a_statement_is_answered(self):
        self.assertEqual(
            self.problems('file."** No.', 'file."**'),
            [f"{self.at(CHAPTER, '100% a')}: does not say what is true of "
             '"A descriptor is 100% a file."'])

    def test_nothing_stands_before_the_first(self):
        found = self.problems("## What you may have read\n",
                              "## What you may have read\n\n- Lies.\n")
        self.assertEqual(found, [f"{self.at(CHAPTER, '- Lies')}: stands "
                                 "before the first statement"])

    def test_statements_differ_in_their_first_words(self):
        found = self.problems("**\"A descriptor is 100% a file.\"**",
                              '**"`send()` sends all, so that there is no '
                              'end."**')
        self.assertEqual(len(found), 1)
        self.assertIn("begins like another statement", found[0])


if __name__ == "__main__":
    unittest.main()
