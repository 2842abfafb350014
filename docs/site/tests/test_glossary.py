"""The glossary has every term of the chapters, and no other."""

import unittest

from course import tree
from course.course import Course
from page import glossary
from sitemap import Sitemap
from tests.support import CourseTest

FILE = "chapters/glossary.md"
CHAPTER = "chapters/01-first.md"
NOT_THERE = f"has no entry in {FILE}, and is not listed there as no term"


class Checking(CourseTest):
    def test_the_fixture_is_sound(self):
        self.assertEqual(self.found(glossary.check), [])

    def test_a_term_must_be_explained(self):
        self.spoil(CHAPTER, "the lowest", "the *lowest*")
        self.assertEqual(self.found(glossary.check), [
            self.at(CHAPTER, "*lowest*")
            + f": *lowest* {NOT_THERE}"])

    def test_also_in_a_chapter_that_is_not_in_the_table_yet(self):
        (self.root / "chapters/03-third.md").write_text("# 3\n\nA *third*.\n")
        self.assertEqual(self.found(glossary.check), [
            f"chapters/03-third.md:3: *third* {NOT_THERE}"])

    def test_what_is_explained_must_be_used(self):
        self.spoil(CHAPTER, "*descriptor*", "descriptor")
        self.assertEqual(self.found(glossary.check), [])
        self.spoil("chapters/02-second.md", "*handle*", "handle")
        self.assertEqual(self.found(glossary.check), [
            self.at(FILE, "### descriptor")
            + ": no chapter sets descriptor in italics"])

    def test_what_is_listed_as_no_term_must_be_there(self):
        self.spoil("chapters/02-second.md", "*here*", "here")
        self.assertEqual(self.found(glossary.check), [
            f"{FILE}: no chapter sets here in italics"])

    def test_every_name_is_there(self):
        self.spoil(FILE, "简体中文 描述符 · ", "")
        self.assertEqual(self.found(glossary.check), [
            self.at(FILE, "### descriptor")
            + ": descriptor has no name in 简体中文"])

    def test_no_form_is_explained_twice(self):
        entry = ("### file\n\nNot a *Handle*.\n\n"
                 "日本語 a · 简体中文 b · 繁體中文 c\n")
        path = self.root / FILE
        path.write_text(f"{path.read_text()}\n## F\n\n{entry}")
        self.assertEqual(self.found(glossary.check), [
            self.at(FILE, "### file")
            + ": file explains handle, and so does descriptor"])

    def test_the_terms_are_in_order(self):
        self.spoil(FILE, "## D", "## E")
        self.assertEqual(self.found(glossary.check), [
            self.at(FILE, "### descriptor") + ": descriptor stands behind E"])


class Linking(CourseTest):
    def setUp(self):
        super().setUp()
        course = Course(self.root)
        self.terms = glossary.Glossary(course)
        self.sitemap = Sitemap(course)

    def linked(self, words):
        em = tree.Element("em", children=[words])
        return tree.serialise(glossary.link(self.terms, self.sitemap, em))

    def test_a_term_leads_to_its_entry_under_each_of_its_forms(self):
        for words in ("Descriptor", "handle"):
            self.assertEqual(
                self.linked(words),
                '<a class="term" href="glossary.html#descriptor">'
                f"<em>{words}</em></a>")

    def test_other_italics_stay(self):
        self.assertEqual(self.linked("here"), "<em>here</em>")

    def test_an_entry_leads_back_to_all_its_places(self):
        places = self.terms.places["descriptor"]
        self.assertEqual([place.heading.get("id") for place in places],
                         ["the-call", "once-more"])
        self.assertIn('href="01-first.html#the-call"><i>1</i>\u00a0The call',
                      glossary.taught(self.sitemap, places).markup)

    def test_each_name_is_in_its_language(self):
        line = tree.Element("p", children=["日本語 a b · 繁體中文 <c>"])
        markup = glossary.names(line).markup
        self.assertIn('<span lang="ja"><span class="language">日本語</span>'
                      " a b</span>", markup)
        self.assertIn('<span lang="zh-Hant"><span class="language">繁體中文'
                      "</span> &lt;c&gt;</span>", markup)


if __name__ == "__main__":
    unittest.main()
