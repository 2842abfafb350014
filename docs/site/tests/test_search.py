"""The index of the search: which places it has, and what they are called."""

import json
import re
import shutil
import unittest

import search
from build import build
from course.course import Course
from page import glossary, names
from sitemap import Sitemap
from tests.support import CourseTest


EMPTY = ["", "", "", [], 0]


def unpack(script):
    """The entries of an index, as find.js reads them."""
    data = re.fullmatch(r"window\.searchIndex = (.*);\n", script)[1]
    return [unpack_row(*common, *row, *EMPTY[len(row):])
            for *common, rows in json.loads(data) for row in rows]


def unpack_row(kind, url, page, anchor, section, text, names, aside):
    return {"kind": kind, "url": f"{url}#{anchor}" if anchor else url,
            "page": page, "section": section, "text": text, "names": names,
            "aside": bool(aside)}


class Entry(unittest.TestCase):
    def test_has_its_words_in_one_line(self):
        made = search.entry("lab", "lab-x.html", "x", text=" a\n  b ")
        self.assertEqual(made["text"], "a b")

    def test_is_of_a_kind_that_the_search_knows(self):
        with self.assertRaisesRegex(ValueError, "no kind laboratory"):
            search.entry("laboratory", "lab-x.html", "x")

    def test_of_a_section_that_asks_is_an_aside(self):
        asks = search.entry("chapter", "a", "A", "Questions")
        explains = search.entry("chapter", "a", "A", "bind()")
        self.assertEqual([asks["aside"], explains["aside"]], [True, False])

    def test_survives_the_script(self):
        entries = [search.entry("glossary", "a", "A", "ü", "a \"b\" \\ 名",
                                ["ソケット"]),
                   search.entry("glossary", "a#b", "A"),
                   search.entry("chapter", "a#c", "A", "Questions")]
        self.assertEqual(unpack(search.script(entries)), entries)

    def test_says_once_what_a_page_has_in_common(self):
        entries = [search.entry("lab", f"lab-x.html#{name}", "x", name)
                   for name in ("contract", "cases")]
        self.assertEqual(search.packed(entries), [
            ["lab", "lab-x.html", "x",
             [["contract", "contract"], ["cases", "cases"]]]])


class Entries(CourseTest):
    def setUp(self):
        super().setUp()
        self.course = Course(self.root)

    def names(self):
        return {entry["section"]: entry
                for page in names.pages(self.course, Sitemap(self.course))
                for entry in page.entries}

    def test_a_term_has_the_names_of_all_languages(self):
        terms = glossary.Glossary(self.course)
        found = {e["section"]: e for e in glossary.found(terms, "g.html")}
        self.assertEqual(found["descriptor"]["url"], "g.html#descriptor")
        for name in ("handle", "ディスクリプタ", "描述符", "描述子"):
            self.assertIn(name, found["descriptor"]["names"])

    def test_a_name_leads_to_where_it_is_explained(self):
        call = self.names()["socket()"]
        self.assertEqual((call["kind"], call["url"]),
                         ("function", "01-first.html#the-call"))

    def test_a_name_that_nothing_explains_leads_to_its_labs(self):
        self.spoil("solutions/01-first/fetch.c", "MSG_NOSIGNAL", "MSG_MORE")
        self.spoil("chapters/01-first.md", "## Questions",
                   "## fetch\n\n## Questions")
        self.assertEqual(self.names()["MSG_MORE"]["url"],
                         "names-constants.html#MSG_MORE")

    def test_an_error_is_known_by_its_message(self):
        self.assertEqual(names.also_called("EADDRINUSE"),
                         ["Address already in use"])
        self.assertEqual(names.also_called("struct pollfd"), ["pollfd"])
        self.assertEqual(names.also_called("bind()"), [])


@unittest.skipUnless(shutil.which("doxygen"), "needs doxygen")
class Index(CourseTest):
    def setUp(self):
        super().setUp()
        out = self.root.parent / "site"
        build(Course(self.root), out)
        script = out / "html/search-index.js"
        self.entries = unpack(script.read_text(encoding="utf-8"))

    def kinds(self, url):
        return {entry["kind"] for entry in self.entries if entry["url"] == url}

    def test_has_every_section_and_what_kind_it_is(self):
        for url, kind in {"01-first.html#sending-all": "chapter",
                          "glossary.html#descriptor": "glossary",
                          "index.html": "page",
                          "docs-help.html": "project"}.items():
            self.assertIn(kind, self.kinds(url))

    def test_has_what_explains_a_term_by_all_that_it_is_called(self):
        names = [entry["names"] for entry in self.entries
                 if entry["url"] == "01-first.html#the-call"
                 and entry["kind"] == "chapter"]
        self.assertEqual(names, [["descriptor", "handle", "ディスクリプタ",
                                  "描述符", "描述子"]])

    def test_has_the_reference_of_the_harness(self):
        call = next(entry for entry in self.entries
                    if entry["section"] == "peer_connect")
        self.assertEqual(call["kind"], "reference")


if __name__ == "__main__":
    unittest.main()
