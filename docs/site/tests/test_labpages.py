"""A lab's page says all that a reader may know, and folds what spoils it."""

import shutil
import unittest
from unittest.mock import patch

from course.course import Course
from page import gallery, labindex, labpages
from page.pages import read_pages
from sitemap import Sitemap
from tests.support import CourseTest

PATCH = "tests/01-first/fetch/mutants/single-send.patch"


def made(module, course):
    return list(module.pages(course, Sitemap(course)))


class LabPages(CourseTest):
    def page(self):
        page, = made(labpages, Course(self.root))
        return page

    def test_stand_at_the_name_of_the_lab(self):
        self.assertEqual(self.page().url, "lab-fetch.html")

    def test_the_contract_loses_nothing_of_c(self):
        markup = self.page().markup
        for words in ("<code>fetch --flag &lt;addr&gt; PORT\n</code>",
                      'Says "%d" where it is, | or \'\\0\' at its end',
                      "believes no <code>send</code> that takes less",
                      "see @x, a_b and *p:",
                      'one  &lt;a&gt; &amp; "b"\n     @c \\n\n\n'
                      "two  --flag\n"):
            self.assertIn(words, markup)

    def test_the_cases_that_pass_from_the_start_are_marked(self):
        markup = self.page().markup
        self.assertIn('<b>usage</b> wrong usage ends with status 2 '
                      "<small>passes from the start</small></li>", markup)
        self.assertIn('<b>short-write</b> every byte goes out</li>', markup)

    def test_the_way_back_and_the_commands(self):
        markup = self.page().markup
        for words in ('<a href="01-first.html#fetch">',
                      "work/01-first/fetch.c",
                      "<kbd>./workbook check fetch</kbd>",
                      "in the solution it has 3 lines", "1 right program "):
            self.assertIn(words, markup)

    def test_only_a_fold_shows_the_solution(self):
        before, _, fold = self.page().markup.partition(
            '<details class="solution">')
        self.assertNotIn("socket(AF_INET", before)
        self.assertIn("socket(AF_INET", fold.partition("</details>")[0])
        self.assertNotIn("AF_INET", str(self.page().entries))

    def test_another_lab_of_the_contract_is_a_link(self):
        self.spoil("CMakeLists.txt", "UNSOLVED one",
                   "UNSOLVED one\nadd_lab(01-first upper UNSOLVED one")
        for tree in ("solutions", "tests"):
            shutil.copy(self.root / tree / "01-first/fetch.c",
                        self.root / tree / "01-first/upper.c")
        self.spoil("solutions/01-first/fetch.c", "Exits 0.", "As in upper\n"
                   " * nothing; the ports are those of upper.")
        page, _ = made(labpages, Course(self.root))
        self.assertIn('those of <a href="lab-upper.html#contract">upper</a>.',
                      page.markup)
        self.assertIn("As in upper nothing", page.markup)

    def test_the_search_finds_name_contract_and_cases(self):
        entries = {e["url"]: e for e in self.page().entries}
        self.assertEqual(entries["lab-fetch.html"]["names"], ["fetch"])
        self.assertIn("Exits 0.", entries["lab-fetch.html#contract"]["text"])
        self.assertIn("every byte goes out",
                      entries["lab-fetch.html#cases"]["text"])


class Gallery(CourseTest):
    def markup(self):
        lab, = Course(self.root).labs
        return gallery.render(lab)

    def test_shows_misbelief_difference_and_verdict(self):
        for words in ("<summary><code>send()</code> takes all that it is ",
                      '<span class="added">+    if (n &gt; 0) {</span>',
                      "<li><b>short-write</b>: every byte goes out",
                      "<p>The rest is yours to send again.</p>"):
            self.assertIn(words, self.markup())

    def test_words_from_within_a_message_say_so(self):
        self.spoil(PATCH, "The rest is yours to send again.", "is yours")
        self.assertIn("<p>… is yours …</p>", self.markup())

    def test_a_sentence_may_begin_with_a_name_of_c(self):
        for words, shown in (("send() took 3.", "send() took 3."),
                             ("cmsg_len says it.", "cmsg_len says it."),
                             ("2 came.", "2 came."),
                             ("recv() took", "… recv() took …"),
                             ("it came.", "… it came.")):
            self.assertEqual(gallery.excerpt(words), shown)

    def test_a_message_may_have_no_words_that_stay(self):
        self.spoil(PATCH, "Says: The rest is yours to send again.\n", "")
        self.assertIn("every byte goes out\n</ul></div>", self.markup())

    def test_words_stand_below_their_case(self):
        self.spoil(PATCH, "Fails: short-write", "Fails: short-write,one\n"
                   "Says short-write: It: is <yours>.")
        markup = self.markup()
        self.assertIn("is sent whole | &lt;b&gt;<p>The rest is yours to send "
                      "again.</p>\n", markup)
        self.assertIn("every byte goes out<p>It: is &lt;yours&gt;.</p>\n",
                      markup)

    def test_words_of_the_first_case_go_before_those_of_all(self):
        self.spoil(PATCH, "Says:", "Says short-write: It is yours.\nSays:")
        self.assertIn("<p>It is yours.</p>", self.markup())
        self.assertNotIn("The rest", self.markup())

    @patch.multiple(gallery, MANY=2, FEW=1)
    def test_of_many_cases_few_are_shown_and_the_rest_is_counted(self):
        self.spoil(PATCH, "short-write", "short-write,one")
        self.assertNotIn("others", self.markup())
        self.spoil(PATCH, "short-write", "short-write,usage")
        self.assertIn("<b>usage</b>", self.markup())
        self.assertNotIn("<b>one</b>", self.markup())
        self.assertIn('<li class="more">and 2 others\n', self.markup())

    @patch.multiple(gallery, MANY=2, FEW=1)
    def test_a_case_with_words_is_always_shown(self):
        self.spoil(PATCH, "short-write", "short-write,one,usage\n"
                   "Says one: Its words.")
        self.assertIn("<p>Its words.</p>", self.markup())
        self.assertIn("and 1 other\n", self.markup())

    def test_says_what_it_takes_to_see_the_mistake(self):
        self.assertNotIn("Compiled", self.markup())
        self.spoil(PATCH, "Says:", "Flags: -fwild\nNeeds: netns\nSays:")
        self.assertIn("Compiled with <code>-fwild</code>", self.markup())
        self.assertIn("a network of its own", self.markup())

    def test_begins_with_the_first_case(self):
        path = self.root / PATCH
        path.with_name("z.patch").write_text(
            path.read_text().replace("short-write", "short-write,usage"))
        lab, = Course(self.root).labs
        self.assertEqual([head["Fails"] for head, _ in lab.bugs],
                         ["short-write,usage", "short-write"])


class Pointers(CourseTest):
    def test_stand_for_the_gallery_and_below_the_heading(self):
        course = Course(self.root)
        chapter = read_pages(course, Sitemap(course))[1].body
        self.assertIn('<a href="lab-fetch.html#gallery"><code>fetch</code>'
                      ": 1 wrong program</a></p>", chapter)
        self.assertRegex(chapter, r'<h3 id="fetch">.*</h3>'
                         r'<p class="lab" data-lab="fetch">')


class Index(CourseTest):
    def test_has_every_lab_under_its_chapter(self):
        page, = made(labindex, Course(self.root))
        for words in ('<h2 id="01-first">1 <a href="01-first.html">',
                      '<a href="lab-fetch.html" data-lab="fetch">',
                      "3 lines to write, 3 cases, 1 wrong program"):
            self.assertIn(words, page.markup)

    def test_folds_the_solutions(self):
        page, = made(labindex, Course(self.root))
        before, _, fold = page.markup.partition("<details>")
        self.assertNotIn("solutions/", before)
        self.assertIn('href="source:solutions/01-first/fetch.c"', fold)

    def test_leads_to_what_checkers_are_written_with(self):
        page, = made(labindex, Course(self.root))
        self.assertIn('href="reference:tests/harness/harness.h"', page.markup)
        self.assertNotIn("how to write one", page.markup)
        (self.root / "docs/checkers.md").write_text("# Checkers\n")
        page, = made(labindex, Course(self.root))
        self.assertIn("how to write one", page.markup)


if __name__ == "__main__":
    unittest.main()
