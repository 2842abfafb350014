"""The book: one page, an EPUB and a PDF of the fixture course."""

import os
import shutil
import subprocess
import unittest
import zipfile
from pathlib import Path
from unittest import mock

import verify
from book import book, epub, paper, verify_epub
from course.course import Course
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

    def has(self, *found):
        page = self.page()
        for words in found:
            self.assertTrue(words in page, words)

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
        self.has('href="#02-second.a--b-and-d"', 'id="02-second.a--b-and-d"',
                 'href="#glossary.descriptor"')

    def test_odd_characters_survive(self):
        self.has("<code>#define X '\\0'</code>", "<code>--flag</code>",
                 "@x", "<code>a|b</code>", "<code>&amp;amp;</code>",
                 "Second: <code>%d</code>, <code>&lt;addr&gt;</code>")

    def test_there_is_nothing_to_press_and_nothing_folded(self):
        self.assertNotRegex(self.page(), "<(details|button|input|script)")
        self.has(f'<span class="box">{paper.BOX}</span>')

    def test_a_question_has_its_answer_at_the_end(self):
        chapter, _, answers = self.page().partition('id="answers"')
        self.assertIn('href="#answers.01-first-1">Answer</a>', chapter)
        self.assertNotIn("Because it may take less", chapter)
        self.assertIn("Because it may take less", answers)
        self.assertIn('href="#01-first.question-1"', answers)

    def test_a_footnote_is_found_from_the_answer_and_leads_back(self):
        self.has('href="#01-first.fn-1" id="answers.01-first-fnref-1"',
                 'href="#answers.01-first-fnref-1"')

    def test_a_proof_leads_to_its_claim(self):
        self.has('href="#proofs.proof-1.2">proof\N{NO-BREAK SPACE}1.2',
                 'id="proofs.proof-1.2"><b>1.2</b> the lowest free '
                 "descriptor is given <code>lowest_free</code>")

    def test_a_gallery_is_its_beliefs(self):
        self.has("<li><code>send()</code> takes all that it is given</li>")

    def test_quoted_code_says_file_and_lines(self):
        self.assertRegex(self.page(), r"solutions/01-first/fetch\.c, "
                         r"lines \d+–\d+")

    def test_a_file_that_is_not_in_the_book_is_named(self):
        self.has("<code>solutions/01-first/fetch.c</code>.</p>")

    def test_readme_leaves_the_chapters_to_the_contents(self):
        self.spoil("README.md", "| Chapter", "## Chapters\n\n| Chapter")
        self.has("A small course, only", '<a href="#01-first.the-call">')
        self.assertNotIn("You build", self.page())

    def test_figures_are_there_with_their_colours(self):
        page = self.page()
        self.assertEqual(page.count("<svg "), 3)
        self.assertNotRegex(page, r"var\(--")
        self.has('aria-label="A state diagram with three states"')


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
    """Of a few words: site.book makes that of the whole course."""

    def test_is_the_same_each_time_and_has_an_outline(self):
        (self.out / book.PAGE).write_text("<h1>One</h1><p>words")
        pdfs = []
        for _ in range(2):
            book.write_pdf(self.out)
            pdfs.append((self.out / book.PDF).read_bytes())
        self.assertEqual(*pdfs)
        self.assertIn(b"/Outlines", pdfs[0])


if __name__ == "__main__":
    unittest.main()
