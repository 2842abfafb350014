"""The reference has each name of a header once, under a name of its own."""

import shutil
import tempfile
import unittest
from pathlib import Path

from build import build
from course.course import Course
from doxygen import DoxygenError
from tests.support import COURSE, CourseTest

GROUPS = """\
/** @name Verdicts (judge.c, report.c)
 * What came of it; see peer_connect(), `--out N` and SO_ERROR. Here is more.
 *
 * It is never NULL.
 * @{ */

/** Ends it -- with `why`, a format. Never returns. */
_Noreturn void fail_case(const char *wanted,
                         ...) __attribute__((format(printf, 1, 2)));
/** How long. */
#define ALWAYS(n) ((struct times){1, n})

/** From one to the other. */
struct times {
    int from; /**< the first */
    int to;
};
/** @} */

#endif
"""


@unittest.skipUnless(shutil.which("doxygen"), "needs doxygen")
class Pages(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        """One site is enough: the tests only look at it."""
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        root = Path(folder.name).resolve() / "course"
        shutil.copytree(COURSE, root)
        header = root / "tests/harness/harness.h"
        text = header.read_text(encoding="utf-8").removesuffix("#endif\n")
        header.write_text(text + GROUPS, encoding="utf-8")
        cls.html = root.parent / "site/html"
        build(Course(root), cls.html.parent)
        cls.page = cls.read("harness_8h.html")

    @classmethod
    def read(cls, name):
        return (cls.html / name).read_text(encoding="utf-8")

    def test_a_declaration_stands_as_in_the_header(self):
        self.assertIn(
            '<dt id="fail_case"><code>_Noreturn void <a href="'
            'harness_8h_source.html#l00024">fail_case</a>(const char *wanted, '
            "...)</code></dt><dd><p>Ends it -- with <code>why</code>, a "
            "format. Never returns.</p>", self.page)

    def test_each_name_is_there_once_and_in_the_overview(self):
        for name in ("peer_connect", "fail_case", "ALWAYS", "times",
                     "verdict", "PASS"):
            self.assertEqual(self.page.count(f'<dt id="{name}">'), 1, name)
        self.assertIn('<a href="#ALWAYS">ALWAYS</a>', self.page)

    def test_groups_stand_in_the_order_of_the_header(self):
        self.assertLess(self.page.index('<h2 id="group-names">'),
                        self.page.index('<h2 id="group-verdicts">'))
        self.assertIn('<p class="origin">judge.c, report.c</p>', self.page)

    def test_names_in_sentences_are_code_and_lead_on(self):
        self.assertIn(
            '<p>What came of it; see <a href="#peer_connect"><code>'
            "peer_connect()</code></a>, <code>--out N</code> and <code>"
            "SO_ERROR</code>. Here is more.</p>\n<p>It is never <code>NULL"
            "</code>.</p>", self.page)

    def test_parameters_fields_and_values_are_told(self):
        for words in ("<dt><code>port</code></dt><dd><p>its port, in host",
                      "<p>Returns: a non-blocking descriptor",
                      "<dt><code>int from</code></dt><dd><p>the first</p>",
                      '<dt id="PASS"><code>PASS</code></dt><dd><p>as it sho'):
            self.assertIn(words, self.page)
        self.assertNotIn("int to", self.page)

    def test_the_header_and_its_reference_lead_to_each_other(self):
        source = self.read("harness_8h_source.html")
        self.assertIn('<a href="harness_8h.html">Its reference</a>', source)
        self.assertIn("<a href=harness_8h.html#fail_case>fail_case</a>",
                      source)

    def test_a_program_leads_to_its_chapter(self):
        self.assertIn('<p>Chapter 1: <a href="01-first.html">',
                      self.read("fetch_8c_source.html"))

    def test_nothing_of_doxygens_lists_is_left(self):
        names = {path.name for path in self.html.iterdir()}
        self.assertFalse({name for name in names if name.startswith(
            ("struct", "dir_"))})
        for words in ("memitem", "nav-path", "memberdecls"):
            self.assertNotIn(words, self.page)


@unittest.skipUnless(shutil.which("doxygen"), "needs doxygen")
class Silence(CourseTest):
    def test_a_name_without_a_sentence_is_told(self):
        self.spoil("tests/harness/harness.h", "#endif\n",
                   GROUPS.replace("/** How long. */\n", ""))
        with self.assertRaisesRegex(DoxygenError, "ALWAYS has no sentence"):
            build(Course(self.root), self.root.parent / "site")

    def test_a_warning_of_doxygens_stops_the_build(self):
        self.spoil("tests/harness/harness.h", "@param port", "@param part")
        with self.assertRaisesRegex(DoxygenError, "harness.h:.*'part'"):
            build(Course(self.root), self.root.parent / "site")


if __name__ == "__main__":
    unittest.main()
