"""The pages of the proofs: every fact, with what it came to."""

import json
import shutil
import unittest

import generated
from build import build
from course import results
from course.course import Course
from page import facts, proofs
from sitemap import Sitemap
from tests.support import CourseTest

MACHINE = {"schema": 1, "kernel": "Linux 6.1", "machine": "x86_64",
           "libc": "glibc 2.36", "date": "2026-01-31", "netns": True}
HELD = {"name": "lowest_free", "status": "held", "why": None, "more": 7000,
        "claim": "the lowest free descriptor is given",
        "seen": [{"tried": "a < b && c", "got": "it is <3>"},
                 {"tried": "close(3) == 0", "got": None}]}
REFUTED = {"name": "known_to_the_second", "status": "refuted", "more": 0,
           "claim": "only the second chapter says this of <addr>",
           "why": "line 9 wants <one> but it is two", "seen": []}
OLD = {"name": "has_no_position", "status": "held", "why": None, "more": 0,
       "claim": "another claim", "seen": []}


class Facts(CourseTest):
    def test_are_read_with_claim_line_and_program(self):
        found = list(facts.read(self.root / "tests/01-first/facts.c"))
        self.assertEqual([fact.name for fact in found],
                         ["has_no_position", "lowest_free",
                          "known_to_the_second"])
        self.assertEqual(found[0].claim, "a socket has no position: lseek() "
                         'says "ESPIPE", and \\0 is a byte')
        self.assertEqual(found[1].line, 14)
        self.assertEqual(found[1].code.splitlines()[:2],
                         ["if (helper() < 4) {", "#ifdef __linux__"])
        self.assertEqual(found[2].code, "")


class Pages(CourseTest):
    def write(self, *lines):
        folder = self.root.parent / "proofs"
        folder.mkdir()
        (folder / "01-first.json").write_text("\n".join(
            line if isinstance(line, str) else json.dumps(line)
            for line in lines))
        return folder

    def pages(self, *lines):
        course = Course(self.root, self.write(*lines) if lines else None)
        made = generated.read_pages(course, Sitemap(course))
        return {page.url: page for page in made}

    def page(self, *lines):
        return self.pages(*lines)["proofs-01-first.html"].markup

    def entry(self, name, *lines):
        page = self.page(*lines)
        start = page.index(f' id="{name}"')
        return page[page.rindex("<section", 0, start):
                    page.index("</section>", start)]

    def test_facts_stand_in_the_order_of_the_chapter(self):
        page = self.page()
        places = [page.index(f'id="{name}"') for name in
                  ("the-call", "lowest_free", "has_no_position",
                   "in-other-chapters", "known_to_the_second")]
        self.assertEqual(places, sorted(places))

    def test_lead_to_the_sections_that_claim_them(self):
        self.assertIn('<a href="01-first.html#the-call">In chapter 1</a>',
                      self.page())
        entry = self.entry("has_no_position")
        self.assertNotIn('href="01-first.html#the-call"', entry)
        self.assertIn('href="01-first.html#what-you-may-have-read"', entry)
        self.assertIn('href="02-second.html#a--b-and-d"',
                      self.entry("known_to_the_second"))

    def test_a_section_is_named_and_that_of_another_chapter_with_it(self):
        self.assertIn('">What you may have read</a>',
                      self.entry("has_no_position"))
        self.assertIn('">Chapter 2: ', self.entry("known_to_the_second"))

    def test_have_their_program_and_its_line(self):
        entry = self.entry("lowest_free")
        self.assertIn("<code>if (helper() &lt; 4) {\n", entry)
        self.assertIn('href="source:tests/01-first/facts.c#l00014"', entry)

    def test_without_results_nothing_was_run(self):
        pages = self.pages()
        for name in ("proofs.html", "proofs-01-first.html"):
            self.assertIn("Nothing was run for these pages",
                          pages[name].markup)
        self.assertIn("<b>not run</b>", self.entry("lowest_free"))

    def test_show_what_was_seen(self):
        entry = self.entry("lowest_free", MACHINE, HELD)
        for words in ('<section class="fact held"', "<b>held</b>",
                      "<code>a &lt; b &amp;&amp; c</code> it is &lt;3&gt;",
                      "<li><code>close(3) == 0</code></li>",
                      "<li>and 7,000 more like these</li>"):
            self.assertIn(words, entry)

    def test_one_that_does_not_hold_says_why(self):
        entry = self.entry("known_to_the_second", MACHINE, REFUTED)
        self.assertIn("<b>does not hold</b>", entry)
        self.assertIn("line 9 wants &lt;one&gt; but it is two", entry)

    def test_a_result_of_another_claim_is_none(self):
        self.assertIn("<b>not run</b>",
                      self.entry("has_no_position", MACHINE, OLD))

    def test_the_page_says_how_many_and_where(self):
        page = self.page(MACHINE, HELD, REFUTED)
        self.assertIn("Of 3 facts 1 held, 1 does not hold, 1 not run.", page)
        self.assertIn("They ran on Linux 6.1 (x86_64) with glibc 2.36, on "
                      "<time>2026-01-31</time>. Each had a network of its "
                      "own.", page)

    def test_says_that_no_private_network_was_permitted(self):
        self.assertIn("permits no private network",
                      self.page({**MACHINE, "netns": False}, HELD))

    def test_machines_may_differ(self):
        self.assertEqual(proofs.listed(["4"]), "chapter 4")
        self.assertEqual(proofs.listed(["1", "2", "10"]),
                         "chapters 1, 2 and 10")

    def test_the_overview_counts(self):
        page = self.pages(MACHINE, HELD, REFUTED)["proofs.html"].markup
        self.assertIn('<th align="right">held</th>'
                      '<th align="right">does not hold</th>'
                      '<th align="right">not run</th></tr>', page)
        self.assertNotIn("skipped</th>", page)
        self.assertIn('>All</th><td align="right">3</td>'
                      '<td align="right">1</td>', page)
        self.assertIn("./workbook test -R fact.01-first.lowest_free", page)

    def test_a_run_that_ended_too_soon_is_read_as_far_as_it_goes(self):
        folder = self.write(MACHINE, HELD, '{"name": "has_no')
        run = results.read(folder)["01-first"]
        self.assertEqual((run.machine, run.facts),
                         (MACHINE, {"lowest_free": HELD}))
        (folder / "01-first.json").write_text("")
        self.assertEqual(results.read(folder), {})

    def test_are_found_by_claim_and_name(self):
        entries = self.pages()["proofs-01-first.html"].entries
        self.assertEqual([(e["kind"], e["url"], e["section"], e["text"])
                          for e in entries[:1]],
                         [("proof", "proofs-01-first.html#lowest_free",
                           HELD["claim"], "lowest_free")])


@unittest.skipUnless(shutil.which("doxygen"), "needs doxygen")
class Site(CourseTest):
    def test_a_proof_leads_to_its_entry_and_that_to_its_line(self):
        out = self.root.parent / "site"
        build(Course(self.root), out)
        chapter = (out / "html/01-first.html").read_text(encoding="utf-8")
        page = (out / "html/proofs-01-first.html").read_text(encoding="utf-8")
        self.assertIn('href="proofs-01-first.html#lowest_free"', chapter)
        self.assertIn('href="facts_8c_source.html#l00014"', page)
        self.assertIn('says "ESPIPE", and \\0 is a byte</h3>', page)
        self.assertTrue((out / "html/proofs.html").exists())


if __name__ == "__main__":
    unittest.main()
