"""The checks find what is wrong, name the line, and mend what they can."""

import unittest

from course.course import Course
from drawing import figures
from page import facts, gallery
from prose import examples, links, snippets, verdicts
from tests.support import CourseTest

CHAPTER = "chapters/01-first.md"


class Snippets(CourseTest):
    def test_the_fixture_is_sound(self):
        self.assertEqual(self.found(snippets.check), [])

    def test_a_stale_quotation_is_found_and_mended(self):
        path = self.root / CHAPTER
        sound = path.read_text()
        self.spoil(CHAPTER, "p += sent", "p += n")
        self.spoil(CHAPTER, "   if (fd == -1)", "   if (fd < 0)")
        self.assertEqual(self.found(snippets.check), [
            self.at(CHAPTER, "#send_all")
            + ": differs from solutions/01-first/fetch.c#send_all",
            self.at(CHAPTER, "fetch.c#1")
            + ": differs from solutions/01-first/fetch.c#1"])
        self.assertEqual(self.found(snippets.check, True), [])
        self.assertEqual(path.read_text(), sound)

    def test_what_is_quoted_must_exist(self):
        for part, says in (("recv_all", "has no function recv_all()"),
                           ("7", "has no TODO 7")):
            self.setUp()
            self.spoil(CHAPTER, "fetch.c#send_all", f"fetch.c#{part}")
            self.assertEqual(
                self.found(snippets.check),
                [self.at(CHAPTER, f"#{part}")
                 + f": solutions/01-first/fetch.c {says}"])


class Examples(CourseTest):
    PROGRAM = "```c\n#include <stdio.h>\n\nint main(void)\n{\n%s}\n```\n"

    def add(self, body):
        path = self.root / CHAPTER
        path.write_text(path.read_text() + "\n" + self.PROGRAM % body)

    def test_a_whole_program_compiles(self):
        self.add('    puts("hello");\n')
        self.assertEqual(self.found(examples.check), [])

    def test_one_that_does_not_is_found(self):
        self.add("    int unused;\n")
        found = self.found(examples.check)
        self.assertEqual(1, len(found))
        self.assertIn("does not compile without a warning", found[0])
        self.assertIn("unused", found[0])


class Links(CourseTest):
    def test_the_fixture_is_sound(self):
        self.assertEqual(self.found(links.check), [])

    def test_each_kind_of_dead_link(self):
        for href, says in (
                ("02-third.md", "there is no file 02-third.md"),
                ("02-second.md#x", "chapters/02-second.md has no heading #x"),
                ("../../x.md", "../../x.md leaves the repository"),
                ("/etc/hosts", "/etc/hosts is a path of one machine"),
                ("../solutions/01-first/fetch.c#L999",
                 "solutions/01-first/fetch.c has no line 999")):
            with self.subTest(href):
                self.setUp()
                self.spoil(CHAPTER, "02-second.md#a--b-and-d", href)
                self.assertEqual(self.found(links.check),
                                 [self.at(CHAPTER, href) + f": {says}"])

    def test_a_chapter_must_be_in_the_table(self):
        (self.root / "chapters/03-third.md").write_text("# Third\n")
        self.assertEqual(self.found(links.check), [
            "chapters/03-third.md: is not linked from README's table"])

    def test_the_table_gives_the_order(self):
        titles = [d.title[:1] for d in Course(self.root).chapters]
        self.assertEqual(titles, ["1", "2"])


class Facts(CourseTest):
    def test_the_fixture_is_sound(self):
        self.assertEqual(self.found(facts.check), [])

    def test_a_claim_without_proof_and_a_proof_without_claim(self):
        self.spoil(CHAPTER, "fact lowest_free", "fact highest_free")
        self.assertEqual(self.found(facts.check), [
            self.at(CHAPTER, "highest_free")
            + ": tests/01-first/facts.c does not prove highest_free",
            "tests/01-first/facts.c:14: no chapter claims lowest_free"])


    def test_a_fact_that_cannot_be_shown(self):
        self.spoil("tests/01-first/facts.c", "FACT(lowest_free,\n",
                   "FACT(lowest_free, CLAIM\n")
        self.assertEqual(self.found(facts.check), [
            "tests/01-first/facts.c:14: lowest_free is not of the form "
            'FACT(name, "claim"), { and } below it'])


class Gallery(CourseTest):
    def test_the_fixture_is_sound(self):
        self.assertEqual(self.found(gallery.check), [])

    def test_every_lab_with_mutants_is_shown(self):
        self.spoil(CHAPTER, "gallery fetch", "gallery fitch")
        self.assertEqual(self.found(gallery.check), [
            self.at(CHAPTER, "gallery fitch") + ": there is no lab fitch",
            f"{CHAPTER}: has no gallery of fetch"])


class Figures(CourseTest):
    FOLDER = "chapters/figures/"

    def test_the_fixture_is_sound(self):
        self.assertEqual(self.found(figures.check), [])

    def test_new_data_makes_a_plot_stale(self):
        self.spoil(self.FOLDER + "plot.csv", "5.2", "5.3")
        self.assertEqual(self.found(figures.check), [
            "chapters/figures/plot.svg: is not what plot.gp draws now"])

    def test_a_stale_figure_is_drawn_anew(self):
        self.spoil(self.FOLDER + "echo.seq", "SYN, ACK", "SYN + ACK")
        self.assertEqual(self.found(figures.check, True), [])
        picture = (self.root / self.FOLDER / "echo.svg").read_text()
        self.assertIn("SYN + ACK", picture)

    def test_a_fault_in_the_source_is_told(self):
        self.spoil(self.FOLDER + "echo.seq", "client: connect()", "connect")
        self.assertEqual(self.found(figures.check, True), [
            "chapters/figures/echo.seq: line 4: not a step: connect"])

    def test_a_figure_needs_its_source(self):
        (self.root / self.FOLDER / "echo.seq").unlink()
        self.assertEqual(self.found(figures.check), [
            "chapters/figures/echo.svg: has no source beside it"])

class Verdicts(CourseTest):
    def test_a_verdict_leads_to_a_heading(self):
        checker = self.root / "tests/01-first/fetch.c"
        chapter = Course(self.root).documents[self.root / CHAPTER]
        checker.write_text(f'CASE("a", "b", READ("{min(chapter.anchors)}"))\n'
                           'CASE("c", "d", READ("nowhere"))\n')
        self.assertEqual(self.found(verdicts.check), [
            f"tests/01-first/fetch.c:2: {CHAPTER} has no heading #nowhere"])


if __name__ == "__main__":
    unittest.main()
