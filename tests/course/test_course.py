"""The course's own tests see what they are there to see."""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import frame
import layout
import summary

HERE = Path(__file__).parent
STARTER = """int f(void)
{
    /* TODO 1: count
     * from one */
    return 0;
    /* END 1 */
}""".splitlines()


class Frame(unittest.TestCase):
    def compare(self, solution):
        return frame.compare(STARTER, solution, ["starter", "solution"])

    def test_the_inside_may_differ(self):
        solution = [line.replace("0", "1").replace("END 0", "END 1")
                    for line in STARTER]
        self.assertEqual(self.compare(solution), [])

    def test_the_outside_may_not(self):
        self.assertTrue(self.compare(["int g(void)"] + STARTER[1:]))

    def test_the_task_may_not(self):
        solution = [line.replace("from one", "from two") for line in STARTER]
        self.assertTrue(self.compare(solution))

    def test_regions_must_be_balanced(self):
        without_end = [line for line in STARTER if "END" not in line]
        for wrong in (without_end, STARTER[5:], STARTER + STARTER, []):
            with self.assertRaises(frame.FrameError):
                self.compare(wrong)


class Layout(unittest.TestCase):
    CHAPTERS = ["01-first"]
    LABS = {("01-first", "one")}

    def setUp(self):
        place = tempfile.TemporaryDirectory()
        self.addCleanup(place.cleanup)
        self.root = Path(place.name)
        files = list(layout.wanted_files(self.CHAPTERS, self.LABS))
        files += [f"tests/01-first/one/mutants/m{i}.patch" for i in range(6)]
        files += [f"tests/01-first/one/accepted/a{i}.c" for i in range(3)]
        for file in files + ["tests/harness/main.c",
                             "chapters/figures/one.svg"]:
            self.add(file)

    def add(self, name):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()

    def problems(self):
        return list(layout.problems(self.root, self.CHAPTERS, self.LABS))

    def test_a_whole_course_is_well(self):
        self.assertEqual(self.problems(), [])

    def test_a_missing_file_is_named(self):
        for name in ("labs/01-first/one.c", "solutions/01-first/one.c",
                     "tests/01-first/one.c", "tests/01-first/facts.c",
                     "chapters/01-first.md"):
            (self.root / name).unlink()
            self.assertEqual(self.problems(), [f"{name} is missing"])
            self.add(name)

    def test_a_stray_file_is_named(self):
        for name in ("labs/01-first/two.c", "solutions/02-next/one.c",
                     "tests/01-first/two.c", "chapters/02-next.md",
                     "tests/01-first/one/mutants/m.c", "labs/notes.txt",
                     "tests/01-first/two/mutants/m.patch", "tests/odd/a.c"):
            self.add(name)
            self.assertEqual(self.problems(),
                             [f"{name} has no line in CMakeLists.txt"])
            (self.root / name).unlink()

    def test_too_few_mutants_are_told(self):
        (self.root / "tests/01-first/one/mutants/m0.patch").unlink()
        self.assertEqual(
            self.problems(),
            ["tests/01-first/one/mutants/*.patch: 5 of at least 6"])


class Plain(unittest.TestCase):
    def build(self, source):
        with tempfile.TemporaryDirectory() as place:
            path = Path(place, "a.c")
            path.write_text(source, encoding="utf-8")
            return subprocess.run(["sh", HERE / "plain.sh", "cc", path],
                                  capture_output=True).returncode

    def test_a_whole_program_builds(self):
        self.assertEqual(self.build("int main(void) { return 0; }\n"), 0)

    def test_a_warning_is_refused(self):
        self.assertEqual(self.build("int main(void) { return f(); }\n"), 1)
        self.assertEqual(
            self.build("#warning no\nint main(void) { return 0; }\n"), 1)


class Summary(unittest.TestCase):
    def summarize(self, cases):
        with tempfile.TemporaryDirectory() as place:
            path = Path(place, "tests.xml")
            path.write_text(f"<testsuite>{cases}</testsuite>",
                            encoding="utf-8")
            return subprocess.run(
                [sys.executable, "-B", HERE / "summary.py", path],
                capture_output=True, text=True)

    def test_skips_are_told_with_their_reason(self):
        done = self.summarize(
            '<testcase name="a" status="run"/>'
            '<testcase name="b" status="notrun"><skipped/>'
            '<system-out>one\nthere is no cat\n</system-out></testcase>')
        self.assertEqual(done.returncode, 0)
        self.assertIn("1 passed, 0 failed, 1 skipped", done.stdout)
        self.assertIn("there is no cat", done.stdout)

    def test_parts_are_told_too(self):
        done = self.summarize(
            '<testcase name="a" status="run"><system-out>'
            "test_b (t.T.test_b) ... ok\n"
            "test_c (t.T.test_c) ... skipped 'no disk'\n"
            '</system-out></testcase>')
        self.assertIn("1 passed, 0 failed, 1 skipped", done.stdout)
        self.assertIn("1 skipped: no disk\n    a: test_c", done.stdout)

    def test_a_failure_fails_and_is_shown_last(self):
        lines = "\n".join(f"line {i}" for i in range(200))
        done = self.summarize(
            f'<testcase name="a" status="fail"><system-out>{lines}'
            '</system-out></testcase><testcase name="b" status="run"/>')
        self.assertEqual(done.returncode, 1)
        self.assertIn("a failed:\n(80 lines before)\nline 80\n", done.stdout)
        self.assertTrue(done.stdout.endswith("line 199\n"))

    def test_a_missing_run_fails(self):
        done = subprocess.run(
            [sys.executable, "-B", HERE / "summary.py", "/nowhere/clang.xml"],
            capture_output=True, text=True)
        self.assertEqual(done.returncode, 1)
        self.assertIn("clang: was not run", done.stdout)


if __name__ == "__main__":
    unittest.main()
