"""./workbook watches programs that hang, flood and fork without end."""

import contextlib
import signal
import tempfile
import unittest

from course import REAL, RealCourse, junit_complaints, shared_course
from rough import PROGRAMS, wait_running, write_rough
from terminal import Terminal, processes_below


def is_judged(terminal):
    terminal.read(0.01)
    return "of 5 cases" in terminal.text()


class Rough(unittest.TestCase):
    def setUp(self):
        self.course = shared_course(RealCourse)
        self.course.clear_desk()
        self.course.run("list")

    @contextlib.contextmanager
    def running(self, name):
        """The runner on a terminal, while this program runs."""
        write_rough(self.course, name)
        with contextlib.closing(Terminal(self.course)) as terminal:
            # A flood is over before it is looked for, now and then.
            wait_running(self.course, lambda: is_judged(terminal))
            yield terminal
            self.assertEqual(processes_below(self.course.root), [])
            self.assertTrue(terminal.is_as_before())

    def test_keys_and_quit(self):
        for name in PROGRAMS:
            with self.subTest(name), self.running(name) as t:
                for _ in range(3):
                    t.press("l")
                    t.see("A socket is a file descriptor")
                    t.press("?")
                    t.see("Keys")
                t.press("q")
                self.assertEqual(t.wait_ended(), 0)

    def test_ended_by_a_signal(self):
        for name in PROGRAMS:
            with self.subTest(name), self.running(name) as t:
                t.tell(signal.SIGTERM)
                self.assertEqual(t.wait_ended(), -signal.SIGTERM)

    def test_a_save_meanwhile(self):
        solution = self.course.read("solutions/01-create/kinds.c")
        for name in PROGRAMS:
            with self.subTest(name), self.running(name) as t:
                self.course.write(REAL, solution)
                t.see("5 of 5 cases pass")
                t.press("q")
                self.assertEqual(t.wait_ended(), 0)

    def test_each_has_a_verdict(self):
        for name in PROGRAMS:
            with self.subTest(name), self.running(name) as t:
                t.see("0 of 5 cases pass", "first-row")
                t.press("q")
                self.assertEqual(t.wait_ended(), 0)

    def test_the_first_failure_is_seen_at_once(self):
        """Each case takes seconds; the others are still judged meanwhile."""
        with self.running("spins") as t:
            t.see("of 5 cases judged", "✗ first-row", "wanted")
            t.press("q")
            self.assertEqual(t.wait_ended(), 0)

    def test_junit_of_each(self):
        for name in PROGRAMS:
            with self.subTest(name), tempfile.TemporaryDirectory() as place:
                write_rough(self.course, name)
                path = f"{place}/results.xml"
                self.course.run("check", "--junit", path)
                self.assertEqual(junit_complaints(path), "")


if __name__ == "__main__":
    unittest.main()
