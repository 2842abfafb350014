"""./workbook as a learner meets it, in a course that takes no time."""

import json
import shutil
import subprocess
import tempfile
import time
import unittest
import xml.etree.ElementTree as ET
from pathlib import Path

import jsonschema

from course import (LABS, LINES, ROOT, junit_complaints, shared_course,
                    solution, starter)

# It has no warning, and is no starter.
BROKEN_AT_TWO = solution("NAME").replace("i <= n", "i <= n && i < 2")
SCHEMA = json.loads((ROOT / "docs/result.schema.json").read_text())


class Runner(unittest.TestCase):
    """A fresh desk for each test."""

    def setUp(self):
        self.course = shared_course()
        self.course.clear_desk()
        self.addCleanup(self.course.clear_desk)

    def run_workbook(self, status, *args, **options):
        done = self.course.run(*args, **options)
        said = done.stdout + done.stderr
        self.assertEqual(done.returncode, status, said)
        for line in said.splitlines():
            if str(self.course.root) not in line and line[0:1] != "{":
                self.assertLessEqual(len(line), 80, line)
        return done

    def says(self, text, status, *args, **options):
        """Runs a command that must say something, in whichever stream."""
        done = self.run_workbook(status, *args, **options)
        self.assertIn(text, done.stdout + done.stderr)
        return done


class Words(Runner):
    def test_nearest_command(self):
        self.says("did you mean ./workbook check?", 2, "chekc")
        self.says("did you mean ./workbook list?", 2, "lst")

    def test_nearest_lab(self):
        for command in ("check", "hint", "reset", "solution"):
            self.says("did you mean gamma?", 2, command, "gmama")

    def test_nothing_is_near(self):
        self.says("./workbook list names them all", 2, "check", "xylophone")
        self.says("./workbook help lists them", 2, "xylophone")

    def test_lab_in_place_of_command(self):
        self.says("./workbook check beta?", 2, "beta")

    def test_unknown_option(self):
        self.says("there is no option --jsn", 2, "check", "--jsn")

    def test_missing_value(self):
        self.says("--junit wants a file", 2, "check", "--junit")
        self.says("--case wants a value", 2, "check", "alpha", "--case")
        self.says("--pcap wants a file", 2, "check", "alpha", "--pcap")

    def test_usage(self):
        for command in ("hint", "reset", "solution"):
            self.says(f"usage: ./workbook {command} LAB", 2, command)

    def test_every_name_of_a_lab(self):
        for word in ("beta", "beta.c", "01-first/beta", "01-first/beta.c",
                     "work/01-first/beta.c", "./work/01-first/beta.c",
                     str(self.course.root / "work/01-first/beta.c")):
            self.says("beta   fail", 1, "check", word)

    def test_a_lab_of_another_chapter(self):
        self.says("did you mean beta?", 2, "check", "02-second/beta")

    def test_help_and_version(self):
        for word in ("help", "--help", "-h"):
            self.says("usage: ./workbook", 0, word)
        for word in ("version", "--version"):
            self.says("the sockets workbook ", 0, word)


class Check(Runner):
    def test_one_lab_shows_its_verdict(self):
        done = self.run_workbook(1, "check", "alpha")
        self.assertTrue(done.stdout.startswith("alpha   fail\n"))

    def test_a_pass_leads_on(self):
        self.course.run("list")
        self.course.run("check")
        self.course.solve("alpha")
        done = self.run_workbook(0, "check", "alpha")
        self.assertIn("Compare  ./workbook solution alpha", done.stdout)
        self.assertIn("Next     work/01-first/beta.c", done.stdout)

    def test_no_command_shows_all_and_the_first_unsolved(self):
        self.course.run("check")
        self.course.solve("alpha")
        done = self.run_workbook(1)
        self.assertIn("No terminal", done.stderr)
        self.assertIn("1 of 2", done.stdout)
        self.assertIn("0 of 1", done.stdout)
        self.assertIn("beta   fail\n", done.stdout)
        self.assertNotIn("gamma   fail\n", done.stdout)
        self.assertIn("Edit     work/01-first/beta.c", done.stdout)

    def test_all_pass(self):
        self.course.run("check")
        for lab in LABS:
            self.course.solve(lab)
        self.says("All 3 labs pass.", 0)
        self.says("Next     nothing: all 3 labs have passed", 0, "check",
                  "beta")

    def test_chapter_and_order(self):
        done = self.run_workbook(1, "check", "gamma", "01-first", "--json")
        labs = [json.loads(line)["lab"] for line in done.stdout.splitlines()]
        self.assertEqual(labs, ["alpha", "beta", "gamma"])
        done = self.run_workbook(1, "check", "01-first/", "--json")
        self.assertEqual(len(done.stdout.splitlines()), 2)

    def test_options_reach_the_checker(self):
        done = self.run_workbook(0, "check", "alpha", "--case", "one")
        self.assertIn("not_run two", done.stdout)
        done = self.run_workbook(0, "check", "alpha", "--", "--case", "one")
        self.assertIn("not_run two", done.stdout)
        self.says("--seed is for one lab at a time", 2, "check", "--seed",
                  "1")

    def test_packets_go_where_the_learner_stands(self):
        with tempfile.TemporaryDirectory() as place:
            for name in ("here.pcap", Path(place, "there.pcap")):
                done = subprocess.run(
                    [self.course.root / "workbook", "check", "beta", "--pcap",
                     name], cwd=place, capture_output=True, text=True)
                self.assertEqual(done.returncode, 1, done.stderr)
                self.assertEqual(Path(place, name).read_text(), "beta")
        self.says("/nowhere/a.pcap", 2, "check", "beta", "--pcap",
                  "/nowhere/a.pcap")
        self.says("--pcap is for one lab at a time", 2, "check", "--pcap",
                  "a.pcap")

    def test_what_was_not_judged_is_not_noted(self):
        self.course.solve("alpha")
        self.run_workbook(0, "check", "alpha")
        before = self.course.read("work/.state")
        self.says("could not be judged", 2, "check", "alpha",
                  env={"FAKE_STATUS": "2"})
        self.assertEqual(self.course.read("work/.state"), before)

    def test_part_of_a_lab_is_no_pass(self):
        self.run_workbook(0, "check", "alpha", "--case", "one")
        self.run_workbook(1, "solution", "alpha")

    def test_a_checker_that_fails_is_not_the_learners_fault(self):
        self.says("could not be judged", 2, "check", "alpha",
                  env={"FAKE_STATUS": "2"})
        done = self.run_workbook(2, "check", "--json",
                                 env={"FAKE_STATUS": "0"})
        for line in done.stdout.splitlines():
            result = json.loads(line)
            jsonschema.validate(result, SCHEMA)
            self.assertEqual(result["verdict"], "checker_error")

    def test_from_another_folder_and_through_a_link(self):
        with tempfile.TemporaryDirectory() as place:
            link = Path(place, "wb")
            link.symlink_to(self.course.root / "workbook")
            done = subprocess.run([link, "check", "alpha", "--junit", "a.xml"],
                                  cwd=place, capture_output=True, text=True)
            self.assertEqual(done.returncode, 1, done.stderr)
            self.assertTrue(Path(place, "a.xml").exists())


class Compiler(Runner):
    BROKEN = "int main(void)\n{\n    int i = k;\n    return j;\n}\n"

    def update(self, old, new):
        """A new starter for alpha, as a pull would bring it."""
        self.course.run("check", "alpha")  # now there is what it began with
        self.addCleanup(self.course.write, "labs/01-first/alpha.c",
                        starter("alpha"))
        self.course.write("labs/01-first/alpha.c",
                          starter("alpha").replace(old, new))

    def test_merge(self):
        self.update("count to a number", "count up")
        self.course.write(self.course.work("alpha"),
                          starter("alpha").replace("return 0", "return +0"))
        self.says("has what is new", 0, "merge", "alpha")
        merged = self.course.read(self.course.work("alpha"))
        self.assertIn("count up", merged)
        self.assertIn("return +0", merged)
        self.says("Nothing is new", 0, "merge", "alpha")

    def test_merge_in_conflict(self):
        mine = starter("alpha").replace("return 0", "return +0")
        self.update("return 0", "return -0")
        self.course.write(self.course.work("alpha"), mine)
        done = self.run_workbook(1, "merge", "alpha")
        self.assertIn("1 place that you have", " ".join(done.stdout.split()))
        merged = self.course.read(self.course.work("alpha"))
        for words in ("<<<<<<< yours", "return +0", "return -0"):
            self.assertIn(words, merged)
        kept = list((self.course.root / "work/.backup/01-first").iterdir())
        self.assertEqual([k.read_text() for k in kept], [mine])

    def test_first_error_only(self):
        self.course.write(self.course.work("alpha"), self.BROKEN)
        done = self.run_workbook(1, "check", "alpha")
        self.assertIn("alpha   does not compile", done.stdout)
        self.assertIn("work/01-first/alpha.c:3:", done.stdout)
        self.assertIn("    3 |     int i = k", done.stdout)
        self.assertNotIn("alpha.c:4:", done.stdout)
        self.assertIn("1 more", done.stdout)

    def test_undefined_function(self):
        self.course.write(self.course.work("alpha"),
                          "void f(void);\nint main(void)\n{\n    f();\n}\n")
        self.says("undefined reference to 'f'", 1, "check", "alpha")

    def test_missing_header(self):
        self.course.write(self.course.work("alpha"), "#include <no.h>\n")
        self.says("alpha.c:1:10: no.h: No such file", 1, "check", "alpha")

    @unittest.skipUnless(shutil.which("s390x-linux-gnu-gcc"),
                         "no compiler for s390x")
    def test_an_error_for_the_other_machine_alone(self):
        self.course.write(self.course.work("gamma"),
                          "#ifdef __s390x__\n#error no\n#endif\n"
                          + solution("gamma"))
        done = self.run_workbook(1, "check", "gamma")
        self.assertIn("gamma.c:2:2: #error no", done.stdout)
        self.assertIn("compiles for this machine, and not for s390x",
                      done.stdout)

    def test_others_are_judged(self):
        self.course.run("check")
        self.course.write(self.course.work("alpha"), self.BROKEN)
        self.course.solve("beta")
        done = self.run_workbook(1, "check", "--json")
        results = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertEqual([r["verdict"] for r in results],
                         ["build_error", "pass", "fail"])
        self.assertIn("alpha.c:3:", results[0]["message"])
        self.assertEqual([c["id"] for c in results[0]["cases"]],
                         ["one", "two", "three"])
        done = self.run_workbook(1)
        self.assertIn("✗ alpha              does not compile", done.stdout)

    def test_the_old_program_is_not_judged(self):
        self.course.solve("alpha")
        self.run_workbook(0, "check", "alpha")
        self.course.write(self.course.work("alpha"), self.BROKEN)
        self.says("does not compile", 1, "check", "alpha")
        self.says("does not compile", 1, "hint", "alpha")

    def test_warnings_stay_until_the_file_changes(self):
        unused = ("return 0;", "int left;\n    return 0;")
        self.course.write(self.course.work("alpha"),
                          solution("alpha").replace(*unused))
        for _ in range(2):
            self.says("It passes; the compiler has 1 warning:", 0, "check",
                      "alpha")
        self.course.write(self.course.work("alpha"),
                          starter("alpha").replace(*unused))
        for _ in range(2):
            self.says("The compiler has 2 warnings:", 1, "check", "alpha")
        self.course.write(self.course.work("alpha"), BROKEN_AT_TWO)
        done = self.run_workbook(1, "check", "alpha")
        self.assertNotIn("warning", done.stdout)

    def test_what_the_linker_misses_was_warned_of(self):
        self.course.write(self.course.work("alpha"), starter("alpha").replace(
            "printf", "prinf"))
        for _ in range(2):
            self.says("implicit declaration of function 'prinf'", 1, "check",
                      "alpha")
            self.says("undefined reference to", 1, "check", "alpha")


class Formats(Runner):
    def test_json_fits_its_schema(self):
        self.course.run("check")
        self.course.write(self.course.work("beta"), Compiler.BROKEN)
        self.course.solve("gamma")
        done = self.run_workbook(1, "check", "--json")
        lines = done.stdout.splitlines()
        self.assertEqual(len(lines), 3)
        for line in lines:
            jsonschema.validate(json.loads(line), SCHEMA)

    def test_junit_holds_every_case(self):
        self.course.run("check")
        self.course.write(self.course.work("beta"), Compiler.BROKEN)
        self.course.solve("gamma")
        with tempfile.TemporaryDirectory() as place:
            path = Path(place, "a.xml")
            self.run_workbook(1, "check", "--junit", path)
            self.assertEqual(junit_complaints(path), "")
            suites = list(ET.parse(path).getroot())
        self.assertEqual([s.get("name") for s in suites], list(LABS))
        self.assertEqual([s.get("failures") for s in suites],
                         ["2", "0", "0"])
        self.assertEqual([s.get("errors") for s in suites], ["0", "1", "0"])
        self.assertEqual([s.get("tests") for s in suites], ["3", "4", "3"])
        for suite in suites:
            self.assertEqual(len(suite), int(suite.get("tests")))
        failure = suites[0].find("testcase[@name='two']/failure")
        self.assertEqual(failure.get("message"), "<&\"\ufffd>")
        self.assertIn("you  write  <- late", failure.text)

    def test_junit_that_cannot_be_written(self):
        self.says("/nowhere/a.xml", 2, "check", "--junit", "/nowhere/a.xml")

    def test_no_colour_without_a_terminal(self):
        self.assertNotIn("\033", self.run_workbook(1).stdout)


class Hints(Runner):
    def test_tiers_in_turn(self):
        for tier, left in (("nudge", "2 more"), ("call", "1 more"),
                           ("nearly", "That was the last one")):
            done = self.run_workbook(0, "hint", "alpha")
            self.assertIn(f"two {tier}", done.stdout)
            self.assertIn(left, done.stdout)
            self.assertEqual(done.stdout.count("two "), 1)
        done = self.run_workbook(0, "hint", "alpha")
        for tier in ("nudge", "call", "nearly"):
            self.assertIn(f"two {tier}", done.stdout)

    def test_the_verdict_is_the_last_one(self):
        """Nothing is judged anew for a hint, unless the program is new."""
        broken = {"env": {"FAKE_STATUS": "9"}}
        self.run_workbook(1, "check", "alpha")
        self.says("two nudge", 0, "hint", "alpha", **broken)
        self.says("two call", 0, "hint", "alpha", **broken)
        self.course.write(self.course.work("alpha"), BROKEN_AT_TWO)
        self.says("could not be judged", 2, "hint", "alpha", **broken)
        self.says("two nearly", 0, "hint", "alpha")

    def test_a_part_is_not_the_verdict(self):
        self.run_workbook(0, "check", "alpha", "--case", "one")
        self.says("two nudge", 0, "hint", "alpha")

    def test_each_case_has_its_own(self):
        self.says("two nudge", 0, "hint", "alpha")
        text = solution("alpha").replace("i <= n", "i <= n && i < 3")
        self.course.write(self.course.work("alpha"), text)
        self.says("three nudge", 0, "hint", "alpha")
        self.course.write(self.course.work("alpha"), starter("alpha"))
        self.says("two call", 0, "hint", "alpha")

    def test_none_after_a_pass(self):
        self.course.solve("alpha")
        self.says("it needs no hint", 0, "hint", "alpha")


class Desk(Runner):
    def test_made_on_first_use(self):
        self.run_workbook(1, "check", "alpha")
        for lab in LABS:
            self.assertEqual(self.course.read(self.course.work(lab)),
                             starter(lab))

    def test_missing_file_comes_back(self):
        self.course.run("check")
        self.course.solve("beta")
        (self.course.root / self.course.work("alpha")).unlink()
        self.says("alpha.c was missing", 1, "check", "alpha")
        self.assertEqual(self.course.read(self.course.work("beta")),
                         solution("beta"))

    def test_reset_keeps_a_backup(self):
        self.course.run("check")
        self.course.solve("alpha")
        for _ in range(2):
            done = self.run_workbook(0, "reset", "alpha")
            kept = done.stdout.split("kept as ")[1].split("\n")[0]
            self.assertEqual(self.course.read(kept), solution("alpha"))
            self.assertEqual(self.course.read(self.course.work("alpha")),
                             starter("alpha"))
            self.course.solve("alpha")
        backups = list((self.course.root / "work/.backup").rglob("*.c"))
        self.assertEqual(len(backups), 2)

    def test_reset_of_a_starter(self):
        self.says("is the starter already", 0, "reset", "alpha")
        self.assertFalse((self.course.root / "work/.backup").exists())

    def test_untouched_file_follows_an_update(self):
        self.course.run("check")
        self.addCleanup(self.course.write_lab, "alpha")
        new = starter("alpha") + "/* new */\n"
        self.course.write("labs/01-first/alpha.c", new)
        self.says("follows an update", 1, "check", "alpha")
        self.assertEqual(self.course.read(self.course.work("alpha")), new)

    def test_touched_file_stays(self):
        self.course.run("check")
        self.course.solve("alpha")
        self.addCleanup(self.course.write_lab, "alpha")
        self.course.write("labs/01-first/alpha.c",
                          starter("alpha") + "/* new */\n")
        self.says("your file is as you left it", 0, "check", "alpha")
        self.assertEqual(self.course.read(self.course.work("alpha")),
                         solution("alpha"))

    def test_solution_waits_for_a_pass(self):
        self.says("has not passed yet", 1, "solution", "alpha")
        self.says("+    for (long i = 1; i <= n; i++)", 0, "solution",
                  "alpha", "--anyway")
        self.course.write(self.course.work("alpha"),
                          solution("alpha") + "/* mine */\n")
        self.run_workbook(0, "check", "alpha")
        self.says("-/* mine */", 0, "solution", "alpha")
        self.course.solve("alpha")
        self.says("is the solution, letter by letter", 0, "solution", "alpha")


class Updates(Runner):
    def test_a_new_lab(self):
        self.course.run("check")
        self.addCleanup(self.course.write_manifest, LINES)
        self.course.write_lab("delta", "02-second")
        self.course.write_manifest(LINES.replace(
            "\nfinish", "add_lab(02-second delta UNSOLVED two)\nfinish"))
        self.says("delta   fail", 1, "check", "delta")
        self.says("delta", 0, "list")
        self.assertTrue(
            (self.course.root / "work/02-second/delta.c").exists())

    def test_a_new_runner_takes_over(self):
        source = "tools/workbook/main.c"
        old = self.course.read(source)
        self.addCleanup(self.course.write, source, old)
        self.course.write(source, old.replace("the sockets workbook ",
                                              "another workbook "))
        self.run_workbook(1, "check", "alpha")
        self.says("another workbook", 0, "version")


class State(Runner):
    @property
    def path(self):
        return self.course.root / "work/.state"

    def rows(self):
        lines = self.path.read_text().splitlines()
        self.assertEqual(lines[0], "version 1")
        return {line.split("\t")[0]: line.split("\t")[1:]
                for line in lines[1:]}

    def test_what_is_kept(self):
        self.course.solve("alpha")
        before = int(time.time())
        self.run_workbook(1, "check")
        self.run_workbook(0, "hint", "beta")
        rows = self.rows()
        self.assertGreaterEqual(int(rows["alpha"][0]), before)
        self.assertEqual(rows["alpha"][1:], ["pass", "-"])
        self.assertEqual(rows["beta"], ["-", "fail", "two:1"])

    def test_a_pass_that_is_lost_shows(self):
        self.course.solve("alpha")
        self.run_workbook(0, "check", "alpha")
        self.course.write(self.course.work("alpha"), starter("alpha"))
        self.run_workbook(1, "check", "alpha")
        self.says("has passed before, and fails now", 0, "list")

    def test_unknown_rows_are_kept(self):
        self.course.write("work/.state",
                          "version 1\nomega\t12\tpass\tone:2\n")
        self.run_workbook(1, "check", "alpha")
        self.assertEqual(self.rows()["omega"], ["12", "pass", "one:2"])

    def test_damage_is_told_and_kept(self):
        for damage in ("", "version 2\n", "version 1\nalpha\t12\tpa",
                       "version 1\nalpha\tx\tpass\t-\n",
                       "version 1\nalpha\t1\tpass\n",
                       "version 1\n\0\0\0\0\0\n", "\0" * 4096):
            self.course.clear_desk()
            self.course.write("work/.state", damage)
            self.says("was damaged", 1, "check", "alpha")
            aside = list((self.course.root / "work").glob(".state.damaged.*"))
            self.assertEqual([a.read_text() for a in aside], [damage])
            self.assertEqual(self.rows()["alpha"], ["-", "fail", "-"])

    def test_list_shows_it(self):
        self.course.solve("gamma")
        self.course.write(self.course.work("beta"), BROKEN_AT_TWO)
        checked = self.run_workbook(1, "check")
        listed = self.run_workbook(0, "list")
        for done in (checked, listed):
            self.assertIn("✓ gamma", done.stdout)
            self.assertIn("✗ beta", done.stdout)
            self.assertIn("· alpha", done.stdout)
        self.assertIn("Edit     work/01-first/beta.c", checked.stdout)
        self.assertIn("1 of 1", listed.stdout)


class Site(Runner):
    """The pages at the learner's desk; their build is a shell's."""

    PROGRESS = "build/docs/site/html/progress.js"
    RULES = """rule pages
  command = mkdir -p site/html && echo anew >site/html/progress.js
build docs: pages
"""

    def setUp(self):
        super().setUp()
        self.addCleanup(shutil.rmtree, self.course.root / "build/docs",
                        ignore_errors=True)

    def build(self):
        self.course.write("build/docs/build.ninja", self.RULES)
        self.says("index.html", 0, "docs")

    def test_makes_a_book(self):
        self.course.write("build/docs/build.ninja", """rule pages
  command = mkdir -p book && touch book/workbook.pdf
build book: pages
""")
        self.says("build/docs/book: workbook.pdf", 0, "docs", "--book")
        self.assertIn("usage: ./workbook docs [--book]",
                      self.run_workbook(2, "docs", "--paper").stderr)

    def test_says_when_claims_must_be_tried(self):
        self.course.write("build/docs/build.ninja", """rule facts
  command = touch $out
  description = Trying what $out claims
build 01-first.json: facts
build 02-second.json: facts
build docs: phony 01-first.json 02-second.json
""")
        self.says("First, what 2 chapters claim is tried", 0, "docs")
        again = self.run_workbook(0, "docs")
        self.assertNotIn("tried", again.stdout)
        self.course.write("build/docs/again", """rule facts
  command = touch $out
  description = Trying what $out claims
build 03-third.json: facts
build docs: phony 03-third.json
""")
        self.course.write("build/docs/build.ninja", """rule renew
  command = cp again build.ninja
  generator = 1
build build.ninja: renew again wanted
build wanted: phony
""")
        self.says("First, what 1 chapter claims is tried", 0, "docs")

    def shows(self, labs):
        self.assertEqual(self.course.read(self.PROGRESS),
                         f'window.workbookProgress = {{"passed":[{labs}]}};\n')

    def test_new_pages_know_what_has_passed(self):
        self.course.solve("beta")
        self.run_workbook(0, "check", "beta")
        self.build()
        self.shows('"beta"')

    def test_pages_follow_each_verdict(self):
        self.build()
        self.shows("")
        self.course.solve("alpha")
        self.course.solve("gamma")
        self.run_workbook(1, "check")
        self.shows('"alpha","gamma"')
        self.run_workbook(0, "reset", "alpha")
        self.shows('"gamma"')

    def test_without_pages_nothing_is_written(self):
        self.run_workbook(1, "check", "alpha")
        self.assertFalse((self.course.root / self.PROGRESS).exists())


if __name__ == "__main__":
    unittest.main()
