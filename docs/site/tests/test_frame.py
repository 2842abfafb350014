"""What stands around each page: the list of chapters, neighbours, the head,
and what is there only where the site is published."""

import shutil
import unittest

import verify
from build import build
from course.course import Course
from course.markdown import Heading
from page import frame
from problems import Problems
from published import Published
from tests.support import CourseTest

BASE = "https://example.org/course/"
EDIT = "https://example.org/edit/{path}"


class BuiltTest(CourseTest):
    """A test with a site, published or not."""

    def build(self, *publication):
        self.out = self.root.parent / "site"
        build(Course(self.root), self.out, Published(*publication))

    def page(self, name):
        return (self.out / "html" / name).read_text(encoding="utf-8")


@unittest.skipUnless(shutil.which("doxygen"), "needs doxygen")
class Around(BuiltTest):
    def setUp(self):
        super().setUp()
        self.build()

    def test_the_page_and_its_chapter_are_marked(self):
        self.assertIn('<a aria-current="page" href="01-first.html"',
                      self.page("01-first.html"))
        self.assertIn('data-chapter="01-first" class="within"',
                      self.page("fetch_8c_source.html"))
        self.assertNotIn('class="within"', self.page("02-second.html"))

    def test_a_part_of_the_index_is_within_the_index(self):
        self.assertIn('<a href="names.html" class="within">Index</a>',
                      self.page("names-functions.html"))

    def test_the_bar_opens_the_sections_where_there_are_some(self):
        opens = 'popovertarget="site-sections"'
        bar, _, _ = self.page("01-first.html").partition("</header>")
        self.assertIn(opens, bar)
        self.assertNotIn(opens, self.page("02-second.html"))

    def test_the_browser_may_show_a_page_before_its_end(self):
        script = '<script src="progress.js"></script>\n'
        long = self.page("01-first.html")
        before, _, after = long.partition(script)
        self.assertEqual(before.count("<h2"), 1)
        self.assertTrue(after.startswith("<h2"))
        self.assertIn(f"{script}</body>", self.page("404.html"))

    def test_chapters_follow_each_other(self):
        first, second = map(self.page, ("01-first.html", "02-second.html"))
        self.assertIn('<a rel="prev" href="index.html">', first)
        self.assertIn('<a rel="next" href="02-second.html">', first)
        self.assertIn('<a rel="prev" href="01-first.html">', second)
        self.assertNotIn('rel="next"', second)
        self.assertNotIn('class="pager"', self.page("glossary.html"))

    def test_the_head_says_what_the_page_is(self):
        page = self.page("01-first.html")
        about = ("On a non-blocking socket you called send() with eight "
                 "megabytes and it returned four.")
        for line in (f'<meta name="description" content="{about}">',
                     '<meta property="og:type" content="article">',
                     '<meta property="og:site_name" '
                     'content="Sockets Fixture">'):
            self.assertIn(line, page)
        self.assertIn('content="2 Second: %d, &lt;addr&gt; and other',
                      self.page("02-second.html"))

    def test_says_nothing_of_an_address_that_it_has_not(self):
        page = self.page("01-first.html")
        for words in ("canonical", "og:url", "Edit this page"):
            self.assertNotIn(words, page)
        self.assertFalse((self.out / "html/sitemap.xml").exists())

    def test_no_mark_of_the_theme_is_left(self):
        for path in (self.out / "html").glob("*.html"):
            for mark in ("head", "sections", "chapters", "edit"):
                self.assertNotIn(f"<!-- {mark} -->", self.page(path.name))

    def test_progress_is_empty_until_the_runner_writes_it(self):
        self.assertEqual(self.page("progress.js"),
                         "window.workbookProgress = {};\n")


@unittest.skipUnless(shutil.which("doxygen"), "needs doxygen")
class Publishing(BuiltTest):
    def setUp(self):
        super().setUp()
        self.build(BASE, EDIT)

    def test_each_page_knows_its_address(self):
        for name, address in (("index.html", BASE),
                              ("01-first.html", BASE + "01-first.html")):
            self.assertIn(f'<link rel="canonical" href="{address}">',
                          self.page(name))

    def test_is_whole_and_asks_no_other_host(self):
        problems = Problems(self.out)
        verify.check(self.out / "html", problems)
        self.assertEqual(problems.found, [])

    def test_the_list_for_search_engines_is_whole(self):
        listed = self.page("sitemap.xml")
        names = {path.name for path in (self.out / "html").glob("*.html")}
        for name in names - {"index.html", "404.html"}:
            self.assertIn(f"<loc>{BASE}{name}</loc>", listed)
        self.assertIn(f"<loc>{BASE}</loc>", listed)
        self.assertNotIn("404.html", listed)

    def test_a_page_leads_to_the_file_it_is_made_of(self):
        for name, path in (
                ("index.html", "README.md"),
                ("01-first.html", "chapters/01-first.md"),
                ("fetch_8c_source.html", "solutions/01-first/fetch.c")):
            self.assertIn(f'href="{EDIT.replace("{path}", path)}"',
                          self.page(name))
        self.assertNotIn("Edit this page", self.page("names.html"))

    def test_the_missing_page_works_at_any_depth(self):
        self.assertIn('<base href="/course/">', self.page("404.html"))


class Contents(unittest.TestCase):
    def test_parts_stand_below_their_section(self):
        headings = [Heading(1, "T", "t"), Heading(2, "A", "a"),
                    Heading(3, "A1", "a1"), Heading(4, "deep", "deep"),
                    Heading(2, "B", "b"), Heading(2, "C", "c")]
        self.assertIn('<ol><li><a href="#a">A</a><ol><li><a href="#a1">A1</a>'
                      '</li></ol></li><li><a href="#b">B</a></li>'
                      '<li><a href="#c">C</a></li></ol>',
                      frame.contents(headings))

    def test_a_short_page_has_none(self):
        self.assertEqual(frame.contents([Heading(2, "A", "a")]), "")


if __name__ == "__main__":
    unittest.main()
