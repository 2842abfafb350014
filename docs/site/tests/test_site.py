"""The finished site: whole, at one with its sources, and on its own."""

import shutil
import unittest

import verify
from build import build
from course.course import Course
from problems import Problems
from tests.support import CourseTest


@unittest.skipUnless(shutil.which("doxygen"), "needs doxygen")
class Site(CourseTest):
    def setUp(self):
        super().setUp()
        self.out = self.root.parent / "site"
        build(Course(self.root), self.out)

    def page(self, name):
        return (self.out / "html" / name).read_text(encoding="utf-8")

    def test_is_whole_and_asks_no_other_host(self):
        problems = Problems(self.out)
        verify.check(self.out / "html", problems)
        self.assertEqual(problems.found, [])

    def test_odd_characters_survive(self):
        page = self.page("02-second.html")
        for words in ("<code>#define X '\\0'</code>", "<code>--flag</code>",
                      "@x", "<code>a|b</code>", "<code>&amp;amp;</code>",
                      "<title>2 Second: %d, &lt;addr&gt; and"):
            self.assertIn(words, page)

    def test_every_page_lists_the_chapters_and_marks_itself(self):
        for name in ("index.html", "01-first.html", "fetch_8c_source.html"):
            self.assertIn('href="02-second.html" data-chapter="02-second"',
                          self.page(name))
        self.assertIn('<a aria-current="page" href="01-first.html"',
                      self.page("01-first.html"))

    def test_quoted_code_leads_to_its_source(self):
        self.assertIn('href="fetch_8c_source.html#l00020">'
                      "solutions/01-first/fetch.c, lines 20 to 33</a>",
                      self.page("01-first.html"))

    def test_a_proof_is_known_by_its_address_alone(self):
        self.assertIn('<a class="proof" href="proofs-01-first.html#lowest_free'
                      '">proof</a>', self.page("01-first.html"))

    def test_a_term_leads_to_the_glossary_and_back(self):
        self.assertIn('<a class="term" href="glossary.html#descriptor">'
                      "<em>descriptor</em></a>", self.page("01-first.html"))
        self.assertIn('<a href="01-first.html#the-call">',
                      self.page("glossary.html"))

    def test_glossary_and_index_are_on_every_page(self):
        for name in ("01-first.html", "fetch_8c_source.html"):
            for page in ("glossary.html", "names.html"):
                self.assertIn(f'<li><a href="{page}">', self.page(name))
        self.assertIn("<title>Index · ", self.page("names.html"))

    def test_the_index_leads_to_its_parts_and_no_other_page_does(self):
        for part in ("names-functions.html", "names-constants.html"):
            self.assertIn(f'<a href="{part}">', self.page("names.html"))
            self.assertNotIn(part, self.page("01-first.html"))

    def test_a_chapter_leads_to_its_labs(self):
        chapter = self.page("01-first.html")
        for target in ("lab-fetch.html", "lab-fetch.html#gallery"):
            self.assertIn(f'<a href="{target}">', chapter)
        self.assertNotIn('class="bug"', chapter)


class Verifying(CourseTest):
    def test_finds_what_is_wrong(self):
        folder = self.root / "html"
        folder.mkdir()
        (folder / "index.html").write_text(
            '<p id="a"><b id="a"><a href="#b"></a><a href="gone.html"></a>'
            '<img src="https://example.org/x.png">')
        problems = Problems(self.root)
        verify.check(folder, problems)
        self.assertEqual(problems.found, [
            "html/index.html: has two elements #a",
            "html/index.html: leads to #b, where there is no such place",
            "html/index.html: leads to gone.html, which does not exist",
            "html/index.html: fetches https://example.org/x.png"])


if __name__ == "__main__":
    unittest.main()
