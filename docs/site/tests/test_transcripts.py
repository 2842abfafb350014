"""Transcripts: what may differ between two runs, and what may not."""

import subprocess
import sys
import unittest
from pathlib import Path

from prose import match, transcripts
from tests.support import CourseTest


SITE = Path(__file__).resolve().parent.parent


def same(recorded, seen):
    return match.same(recorded, seen, match.Bindings()) is not None


class Matching(unittest.TestCase):
    def test_chosen_ports_may_differ_but_consistently(self):
        record = ["listening on 127.0.0.1:40001", "caller [::1]:40001"]
        self.assertTrue(same(record, ["listening on 127.0.0.1:50123",
                                      "caller [::1]:50123"]))
        self.assertFalse(same(record, ["listening on 127.0.0.1:50123",
                                       "caller [::1]:50124"]))

    def test_fixed_ports_may_not(self):
        self.assertFalse(same(["to 127.0.0.1:4000"], ["to 127.0.0.1:4001"]))

    def test_descriptors_pids_addresses_and_times(self):
        self.assertTrue(same(
            ["socket(AF_INET, SOCK_STREAM, 0) = 3", "close(3) = 0",
             "[pid 812] at 0x7ffc001122 after 1.5 ms <0.000012>"],
            ["socket(AF_INET, SOCK_STREAM, 0)   = 5", "close(5) = 0",
             "[pid 9] at 0x7ffd00aabb after 20 ms <0.010000>"]))

    def test_the_process_that_fork_made_is_the_one_that_is_waited_for(self):
        record = ["clone(child_stack=NULL) = 812", "SIGCHLD {si_pid=812}",
                  "wait4(-1, NULL, WNOHANG, NULL) = 812"]
        self.assertTrue(same(record, [r.replace("812", "99") for r in record]))
        self.assertFalse(same(record, ["clone(child_stack=NULL) = 99",
                                       "SIGCHLD {si_pid=99}",
                                       "wait4(-1, NULL, WNOHANG, NULL) = 98"]))
        self.assertFalse(same(["wait4(-1, NULL, 0, NULL) = 0"],
                              ["wait4(-1, NULL, 0, NULL) = 99"]))

    def test_counts_of_bytes_may_not_differ(self):
        self.assertFalse(same(['send(3, "ab", 2, 0) = 2'],
                              ['send(3, "ab", 2, 0) = 1']))

    def test_lines_may_be_skipped(self):
        self.assertTrue(same(["a", "[...]", "d"], ["a", "b", "c", "d"]))
        self.assertTrue(same(["[...]"], []))
        self.assertFalse(same(["a", "[...]", "d"], ["a", "b"]))

    def test_a_new_record_is_abridged_as_the_old_one_was(self):
        self.assertEqual(match.renew(["a", "[...]", "z"],
                                     ["A", "b", "c", "Z"]),
                         ["A", "[...]", "Z"])


class Parsing(unittest.TestCase):
    def test_is_undone_by_writing(self):
        text = "$ a \\\n    b | c\nout\n\n$ d &\n"
        self.assertEqual(transcripts.write(transcripts.parse(text)), text)

    def test_commands_are_the_programs_of_a_line(self):
        line = "A=1 fetch x | grep -c '|' && (nc -l 1; wc) > out &"
        self.assertEqual(list(transcripts.commands(line)),
                         ["fetch", "grep", "nc", "wc"])


class Replaying(CourseTest):
    """By the command itself, for it enters a namespace of its own."""

    CHAPTER = "chapters/01-first.md"

    def replay(self, *more):
        """Returns (exit status, what is said)."""
        done = subprocess.run(
            [sys.executable, "-B", SITE, "--root", self.root, "check",
             "transcripts", "--programs", self.root / "none", *more],
            text=True, stderr=subprocess.PIPE)
        return done.returncode, done.stderr

    def record(self, text):
        """Puts more commands before the last one of the fixture."""
        last = "$ printf 'one"
        self.spoil(self.CHAPTER, last, text + last)

    def test_the_fixture_is_sound(self):
        self.assertEqual(self.replay(), (0, ""))

    def test_a_port_of_the_record_stands_for_the_port_of_the_run(self):
        self.record("$ sh -c 'echo port 40000; exec sleep 60' &\nport 50000\n"
                    "$ echo port 50000\nport 50000\n")
        self.assertEqual(self.replay(), (0, ""))

    def test_a_line_may_come_in_two_halves(self):
        self.record("$ sh -c 'printf half; sleep 0.1; echo \" whole\"; "
                    "exec sleep 60' &\nhalf whole\n$ echo next\nnext\n")
        self.assertEqual(self.replay(), (0, ""))

    def test_what_changed_is_told_and_mended(self):
        self.record("$ echo new\nold\n")
        self.assertEqual(self.replay(), (1, (
            f"{self.fence()}: `echo new` prints something else"
            "\n    - old\n    + new\n")))
        self.assertEqual(self.replay("--fix"), (0, ""))
        self.assertEqual(self.replay(), (0, ""))

    def test_nothing_survives(self):
        file = self.root / "pid"
        self.record(f"$ setsid sh -c 'echo $$ > {file}; exec sleep 60' "
                    "> log &\n")
        self.assertEqual(self.replay(), (0, ""))
        self.assertFalse(Path("/proc", file.read_text().strip()).exists())

    def test_a_solution_that_is_not_built_is_told(self):
        self.record("$ fetch\n")
        self.assertEqual(self.replay(), (1, (
            f"{self.fence()}: the solution fetch "
            "is not built\n")))

    def test_a_tool_that_is_missing_is_a_skip(self):
        self.record("$ no-such-tool\n")
        self.assertEqual(self.replay(), (77, (
            f"{self.fence()}: skipped: there is no "
            "no-such-tool here\n")))

    def fence(self):
        return self.at(self.CHAPTER, "```console replay")


if __name__ == "__main__":
    unittest.main()
