"""The book: one page, an EPUB and a PDF of the fixture course."""

import os
import shutil
import subprocess
import unittest
import zipfile
from pathlib import Path
from unittest import mock

import book
import epub
import paper
import verify
import verify_epub
from course import Course
from problems import Problems
from tests.support import CourseTest

EPUBCHECK = Path("/usr/share/java/epubcheck.jar")


class BookTest(CourseTest):
    def setUp(self):
        super().setUp()
        self.out = self.root.parent / "book"
        self.out.mkdir()

    def page(self):
        return book.page(book.Book(Course(self.root)))

    def epub(self, name="book.epub"):
        path = self.out / name
        epub.write(book.Book(Course(self.root)), path, book.palette())
        return path


class Page(BookTest):
    def test_every_link_within_leads_somewhere(self):
        (self.out / "workbook.html").write_text(self.page())
        problems = Problems(self.out)
        verify.check(self.out, problems)
        self.assertEqual(problems.found, [])

    def test_links_between_chapters_are_links_within_the_page(self):
        page = self.page()
        self.assertIn('href="#02-second.a--b-and-d"', page)
        self.assertIn('id="02-second.a--b-and-d"', page)
        self.assertIn('href="#glossary.descriptor"', page)

    def test_odd_characters_survive(self):
        page = self.page()
        for words in ("<code>#define X '\\0'</code>", "<code>--flag</code>",
                      "@x", "<code>a|b</code>", "<code>&amp;amp;</code>",
                      "Second: <code>%d</code>, <code>&lt;addr&gt;</code>"):
            self.assertIn(words, page)

    def test_there_is_nothing_to_press_and_nothing_folded(self):
        page = self.page()
        for tag in ("details", "button", "input", "script"):
            self.assertNotIn(f"<{tag}", page)
        self.assertIn(f'<span class="box">{paper.BOX}</span>', page)

    def test_a_question_has_its_answer_at_the_end(self):
        chapter, _, answers = self.page().partition('id="answers"')
        self.assertIn('href="#answers.01-first-1">Answer</a>', chapter)
        self.assertNotIn("Because it may take less", chapter)
        self.assertIn("Because it may take less", answers)
        self.assertIn('href="#01-first.question-1"', answers)

    def test_a_footnote_is_found_from_the_answer_and_leads_back(self):
        page = self.page()
        self.assertIn('href="#01-first.fn-1" id="answers.01-first-fnref-1"',
                      page)
        self.assertIn('href="#answers.01-first-fnref-1"', page)

    def test_a_proof_leads_to_its_claim(self):
        page = self.page()
        self.assertIn('href="#proofs.proof-1.1">proof\N{NO-BREAK SPACE}1.1',
                      page)
        self.assertIn('id="proofs.proof-1.1"><b>1.1</b> the lowest free '
                      "descriptor is given <code>lowest_free</code>", page)

    def test_a_gallery_is_its_beliefs(self):
        self.assertIn("<li>send takes all that it is given</li>", self.page())

    def test_quoted_code_says_file_and_lines(self):
        self.assertRegex(self.page(), r"solutions/01-first/fetch\.c, "
                         r"lines \d+–\d+")

    def test_a_file_that_is_not_in_the_book_is_named(self):
        self.assertIn("<code>solutions/01-first/fetch.c</code>.</p>",
                      self.page())

    def test_readme_leaves_the_chapters_to_the_contents(self):
        page = self.page()
        self.assertNotIn("<th>You build</th>", page)
        self.assertIn('<a href="#01-first.the-call">', page)

    def test_figures_are_there_with_their_colours(self):
        page = self.page()
        self.assertEqual(page.count("<svg "), 3)
        self.assertNotIn("var(--", page)
        self.assertIn('aria-label="A state diagram with three states"', page)


class Epub(BookTest):
    def found(self, path):
        problems = Problems(self.out)
        verify_epub.check(path, problems)
        return problems.found

    def spoiled(self, name, old, new):
        """What is found when a file of the EPUB has other words."""
        path, spoiled = self.epub(), self.out / "spoiled.epub"
        with zipfile.ZipFile(path) as good, \
                zipfile.ZipFile(spoiled, "w") as bad:
            for entry in good.infolist():
                text = good.read(entry).decode()
                if entry.filename == name:
                    self.assertIn(old, text)
                    text = text.replace(old, new, 1)
                bad.writestr(entry, text)
        return self.found(spoiled)

    def test_is_sound(self):
        self.assertEqual(self.found(self.epub()), [])

    def test_is_the_same_each_time(self):
        first = self.epub("first.epub").read_bytes()
        with mock.patch.dict(os.environ, TZ="Asia/Tokyo"):
            self.assertEqual(self.epub("second.epub").read_bytes(), first)

    def test_bears_the_date_that_it_is_given(self):
        with mock.patch.dict(os.environ, SOURCE_DATE_EPOCH="86400"):
            path = self.epub()
        with zipfile.ZipFile(path) as archive:
            self.assertIn(b">1970-01-02T00:00:00Z<",
                          archive.read(epub.PACKAGE))

    def test_figures_have_words_and_their_own_colours(self):
        with zipfile.ZipFile(self.epub()) as archive:
            chapter = archive.read("EPUB/01-first.xhtml").decode()
            figure = archive.read("EPUB/figures/states.svg").decode()
        self.assertIn('<img src="figures/states.svg" '
                      'alt="A state diagram with three states"/>', chapter)
        self.assertNotIn("var(", figure)
        self.assertNotIn('"black"', figure)

    def test_what_is_wrong_is_found(self):
        for name, old, new, said in (
                ("EPUB/01-first.xhtml", "</p>", "", "is not XML"),
                ("EPUB/01-first.xhtml", "02-second.xhtml#a--b", "gone.xhtml#",
                 "which does not exist"),
                ("EPUB/01-first.xhtml", "xhtml#a--b", "xhtml#a",
                 "where there is no such place"),
                ("EPUB/01-first.xhtml", 'src="figures/', 'src="http://x/',
                 "fetches http://x/"),
                ("EPUB/package.opf", 'href="book.css"', 'href="look.css"',
                 "EPUB/book.css is listed or there, and not both"),
                ("EPUB/package.opf", "image/svg+xml", "image/png",
                 "is of another type"),
                ("EPUB/package.opf", '<itemref idref="f-01-first.xhtml"/>',
                 "", "not in the spine"),
                ("mimetype", "application/epub+zip", "text/plain",
                 "does not begin with its type")):
            with self.subTest(said):
                self.assertIn(said, " ".join(self.spoiled(name, old, new)))

    @unittest.skipUnless(EPUBCHECK.exists() and shutil.which("java"),
                         "needs epubcheck")
    def test_epubcheck_finds_nothing(self):
        done = subprocess.run(["java", "-jar", EPUBCHECK, self.epub()],
                              capture_output=True, text=True, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, ""))


class Readdressing(unittest.TestCase):
    def test_changes_attributes_of_tags_and_no_words(self):
        text = '<a id="x" href="#y">id="x" href="#y"</a><use xlink:href="#y">'
        self.assertEqual(
            paper.readdress(text, lambda name, value: f"{name}{value}"),
            '<a id="idx" href="href#y">id="x" href="#y"</a>'
            '<use xlink:href="#y">')


@unittest.skipUnless(shutil.which("weasyprint"), "needs weasyprint")
class Pdf(BookTest):
    def test_is_the_same_each_time_and_has_an_outline(self):
        problems = Problems(self.root)
        book.write(Course(self.root), self.out, problems)
        self.assertEqual(problems.found, [])
        first = (self.out / book.PDF).read_bytes()
        book.write_pdf(self.out)
        self.assertEqual((self.out / book.PDF).read_bytes(), first)
        self.assertIn(b"/Outlines", first)


if __name__ == "__main__":
    unittest.main()
