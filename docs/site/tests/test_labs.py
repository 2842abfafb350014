"""What a lab is, is read from its own files, and nothing of C gets lost."""

import unittest

from course import cases, contract
from course.cases import Case
from course.contract import Block
from course.course import Course
from tests.support import CourseTest

CHECKER = "tests/01-first/fetch.c"
LISTS = r"""#!/bin/sh
cat <<'END'
{"cases":[{"id":"usage","title":"wrong usage ends with status 2"},
{"id":"one","title":"a line of \"one\" word, \\n behind, is sent whole | <b>"},
{"id":"short-write","title":"every byte goes out"}]}
END
"""


class Labs(CourseTest):
    def setUp(self):
        super().setUp()
        self.lab, = Course(self.root).labs

    def test_a_lab_belongs_to_its_chapter(self):
        self.assertEqual(self.lab.document.path.name, "01-first.md")
        self.assertEqual(self.lab.title, "opens a socket, and sends nothing")

    def test_what_is_left_to_write_is_told_and_counted(self):
        task, = self.lab.tasks
        self.assertEqual(task.words,
                         "make a socket; err() when there is *none*.")
        self.assertEqual(self.lab.lines_to_write, 3)

    def test_the_contract_has_prose_and_what_stands_indented(self):
        self.assertEqual(self.lab.contract, [
            Block(True, "fetch --flag <addr> PORT"),
            Block(False, "Says \"%d\" where it is, | or '\\0' at its end, and "
                         "believes no `send` that takes less; see @x, a_b and "
                         "*p:"),
            Block(True, 'one  <a> & "b"\n     @c \\n\n\ntwo  --flag'),
            Block(False, "Exits 0.")])

    def test_a_program_may_have_no_contract(self):
        self.assertEqual(contract.head("int main(void)"), ("", []))


class Cases(CourseTest):
    def setUp(self):
        super().setUp()
        self.programs = self.root / "checkers"
        self.program = self.programs / "01-first/fetch.check"
        self.program.parent.mkdir(parents=True)
        self.program.write_text(LISTS)
        self.program.chmod(0o755)

    def check(self):
        return self.found(cases.check, self.programs)

    def test_are_read_as_the_compiler_reads_them(self):
        self.assertEqual(cases.read(self.root / CHECKER), [
            Case("usage", "wrong usage ends with status 2"),
            Case("one", 'a line of "one" word, \\n behind, is sent whole '
                        "| <b>"),
            Case("short-write", "every byte goes out")])
        self.assertEqual(self.check(), [])

    def test_a_title_that_the_checker_lists_otherwise_is_found(self):
        self.spoil(CHECKER, "every byte", "each byte")
        self.assertEqual(self.check(), [
            f"{CHECKER}: the built checker lists other cases than are read "
            "from its source"])

    def test_the_manifest_names_a_case(self):
        self.spoil("CMakeLists.txt", "UNSOLVED one", "UNSOLVED two")
        self.assertEqual(self.check(), [f"{CHECKER}: has no case two"])


if __name__ == "__main__":
    unittest.main()
