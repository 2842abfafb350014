"""./workbook on a terminal: it watches."""

import fcntl
import os
import signal
import unittest

from course import shared_course, solution, starter
from terminal import Terminal, processes_below

HANGS = solution("NAME").replace("long n =", "for (;;)\n        pause();\n"
                                 "    long n =").replace(
    "#include <stdlib.h>", "#include <stdlib.h>\n#include <unistd.h>")
WAITS = starter("NAME").replace(
    "long n =", "flock(open(\"GO\", O_RDONLY), LOCK_SH);\n    long n =").replace(
    "#include <stdlib.h>",
    "#include <fcntl.h>\n#include <stdlib.h>\n#include <sys/file.h>")
IDLE = 0.5  # seconds
BROKEN = "int main(void)\n{\n    return none;\n}\n"


class Watching(unittest.TestCase):
    def setUp(self):
        self.course = shared_course()
        self.course.clear_desk()
        self.course.run("list")
        self.terminal = None

    def tearDown(self):
        if self.terminal:
            self.terminal.close()
        self.assertEqual(processes_below(self.course.root), [])

    def watch(self, **options):
        self.terminal = Terminal(self.course, **options)
        return self.terminal

    def quit(self):
        self.terminal.press("q")
        self.assertEqual(self.terminal.wait_ended(), 0)
        self.assertTrue(self.terminal.is_as_before())

    def test_from_first_lab_to_next(self):
        t = self.watch()
        t.see("alpha", "fail two", "0 of 3", "n next")
        self.course.solve("alpha")
        t.see("pass two", "1 of 3", "alpha passes.  n goes on to beta")
        t.press("n")
        t.see("beta", "fail two")
        t.press("n")
        t.see("gamma", "fail two")
        t.press("n")
        t.see("gamma is the last lab")
        t.press("p")
        t.see("beta", "fail two")
        self.quit()

    def test_opens_at_the_first_that_never_passed(self):
        self.course.solve("alpha")
        self.course.run("check", "alpha")
        t = self.watch()
        t.see("beta", "fail two", "1 of 3")
        self.quit()

    def test_the_last_to_pass(self):
        for lab in ("alpha", "beta", "gamma"):
            self.course.solve(lab)
        self.course.run("check")
        t = self.watch()
        t.see("All 3 labs have passed", "3 of 3")
        self.quit()

    def test_another_file_is_saved(self):
        t = self.watch()
        t.see("fail two")
        self.course.solve("gamma")
        t.see("gamma", "pass two")
        self.quit()

    def test_a_file_put_in_its_place(self):
        t = self.watch()
        t.see("fail two")
        self.course.write("work/01-first/.alpha.c.new", solution("alpha"))
        os.rename(self.course.root / "work/01-first/.alpha.c.new",
                  self.course.root / self.course.work("alpha"))
        t.see("pass two")
        self.quit()

    def test_hints_go_on(self):
        t = self.watch()
        t.see("fail two")
        t.press("h")
        t.see("Hint 1 of 3", "two nudge")
        t.press("h")
        t.see("Hint 2 of 3", "two call")
        t.press("\033")
        t.see("fail two")
        self.quit()

    def test_list_search_and_jump(self):
        t = self.watch()
        t.see("fail two")
        t.press("l")
        t.see("The first chapter", "alpha", "gamma", "› · alpha",
              "! passed before, fails now")
        t.press("\033[B")
        t.see("› · beta")
        t.press("/gam")
        t.see("/gam", "› · gamma")
        t.lose("beta")
        t.press("\r")
        t.see("gamma", "fail two")
        self.quit()

    def test_nothing_matches(self):
        t = self.watch()
        t.press("l/xyz")
        t.see('No lab has "xyz"')
        t.press("\033")
        t.see("alpha", "beta", "gamma")
        self.quit()

    def test_many_keys_at_once(self):
        t = self.watch()
        t.see("fail two")
        t.press("l/" + "x" * 100 + "\033\033?")
        t.see("Keys")
        self.quit()

    def test_sequences_that_say_nothing(self):
        t = self.watch()
        t.see("fail two")
        t.press("?\033[<0;10;5m\033[>1;2c\033[?1;2$r\033[15;5~")
        t.see("Keys")
        t.press("l")
        t.see("› · alpha")
        self.assertNotIn(b"workbook check", t.raw)
        self.assertNotIn(b"y or n", t.raw)
        self.quit()

    def test_reset_asks(self):
        self.course.write(self.course.work("alpha"), BROKEN)
        t = self.watch()
        t.see("does not compile")
        t.press("r")
        t.see("y or n")
        t.press("n")
        t.lose("y or n")
        self.assertEqual(self.course.read(self.course.work("alpha")), BROKEN)
        t.press("ry")
        t.see("is the starter again", "Esc shows the verdict")
        t.press("\033")
        t.see("fail two")
        self.assertEqual(self.course.read(self.course.work("alpha")),
                         starter("alpha"))
        self.quit()

    def test_a_question_outlasts_the_check(self):
        self.course.write(self.course.work("alpha"), HANGS)
        t = self.watch()
        t.see("Checking work/01-first/alpha.c")
        t.press("r")
        t.see("y or n")
        while "fail two" not in t.text():
            for pid in processes_below(self.course.root /
                                       "build/learn/work"):
                os.kill(pid, signal.SIGKILL)
            t.read(0.1)
        while processes_below(self.course.root) != [t.process.pid]:
            t.read(0.1)
        t.press("\x1a")  # all is drawn anew when it goes on
        t.wait_stopped()
        t.screen.reset()
        t.tell(signal.SIGCONT)
        t.see("y or n")
        t.press("n")
        self.quit()

    def test_an_update_of_the_course(self):
        self.course.run("check", "alpha")
        self.course.write(self.course.work("alpha"),
                          starter("alpha").replace("return 0", "return +0"))
        self.addCleanup(self.course.write, "labs/01-first/alpha.c",
                        starter("alpha"))
        self.course.write("labs/01-first/alpha.c", starter("alpha").replace(
            "count to a number", "count up"))
        t = self.watch()
        t.see("The starter has changed", "fail two")
        t.press("m")
        t.see("has what is new in the starter", "Esc shows")
        self.assertIn("count up", self.course.read(self.course.work("alpha")))
        self.assertIn("+0", self.course.read(self.course.work("alpha")))
        self.quit()

    def test_all_and_difference(self):
        self.course.solve("alpha")
        t = self.watch()
        t.see("alpha passes")
        t.press("c")
        t.see("✓ alpha", "· beta", "· gamma")
        t.press("\033")
        t.see("pass two")
        t.press("s")
        t.see("letter by letter")
        self.quit()

    def test_all_while_the_last_hangs(self):
        self.course.write(self.course.work("gamma"),
                          HANGS.replace("NAME", "gamma"))
        t = self.watch()
        t.see("fail two")
        t.press("c")
        t.see("· alpha", "· beta")
        self.quit()

    def test_editor_at_the_error(self):
        self.course.write(self.course.work("alpha"), BROKEN)
        t = self.watch(WORKBOOK_EDITOR="echo %l of %f >edited; :")
        t.see("alpha.c:3:")
        t.press("e?")
        t.see("Keys")
        self.assertEqual(self.course.read("edited"),
                         "3 of work/01-first/alpha.c\n")
        self.quit()

    def test_editor_at_the_todo(self):
        t = self.watch(EDITOR="echo >edited")
        t.see("fail two")
        t.press("e?")
        t.see("Keys")
        self.assertEqual(self.course.read("edited"),
                         "+12 work/01-first/alpha.c\n")
        self.quit()

    def test_an_editor_that_is_not_there(self):
        t = self.watch(VISUAL="/nowhere/vi")
        t.press("e")
        t.see("There is no editor /nowhere/vi")
        self.quit()

    def test_an_editor_that_is_interrupted(self):
        t = self.watch(EDITOR="kill -INT 0; :")
        t.press("e")
        t.see("status 130")
        t.press("l")
        t.see("› · alpha")
        self.quit()

    def test_an_editor_that_is_stopped(self):
        t = self.watch(WORKBOOK_EDITOR="kill -STOP 0; echo %l %f >edited")
        t.see("fail two")
        t.press("e")
        t.wait_stopped()
        t.tell(signal.SIGCONT)
        t.press("?")
        t.see("Keys")
        self.assertEqual(self.course.read("edited"),
                         "12 work/01-first/alpha.c\n")
        self.quit()

    def test_keys_while_a_program_hangs(self):
        self.course.write(self.course.work("alpha"), HANGS)
        t = self.watch()
        t.see("Checking work/01-first/alpha.c")
        t.press("l")
        t.see("› · alpha")
        t.press("\033[B\r")
        t.see("beta", "fail two")
        t.press("p")
        t.see("Checking work/01-first/alpha.c")
        self.quit()

    def test_the_list_while_a_program_hangs(self):
        self.course.write(self.course.work("alpha"), HANGS)
        t = self.watch()
        t.see("Checking work/01-first/alpha.c")
        t.press("l")
        t.lose("Checking")
        t.press("\033")
        t.see("Checking work/01-first/alpha.c")
        self.quit()

    def test_a_hint_waits_for_its_verdict(self):
        """The program goes on when a file is not locked any more."""
        go = open(self.course.root / "go", "w")
        self.addCleanup(go.close)
        fcntl.flock(go, fcntl.LOCK_EX)
        self.course.write(self.course.work("alpha"), WAITS.replace(
            "GO", go.name))
        t = self.watch()
        t.see("Checking work/01-first/alpha.c")
        t.press("h")
        t.see("The hint comes with the verdict.")
        go.close()
        t.see("Hint 1 of 3", "two nudge", "2 more: press h")
        t.press("h")
        t.see("Hint 2 of 3")
        self.quit()

    def test_an_old_verdict_is_told_to_be_one(self):
        t = self.watch()
        t.see("fail two")
        self.course.write(self.course.work("alpha"), HANGS)
        t.see("above is the last verdict", "fail two")
        self.course.solve("alpha")
        t.see("pass two", "press s")
        self.quit()

    def test_the_whole_story(self):
        t = self.watch()
        t.see("fail two")
        t.press("t")
        t.see("fail two", "and its story")
        self.quit()

    def test_nothing_is_done_while_nothing_happens(self):
        t = self.watch()
        t.see("fail two", "q quit")
        t.wait_asleep()
        before = t.wake_ups()
        self.assertFalse(t.read(IDLE))
        self.assertEqual(t.wake_ups(), before)
        self.quit()

    def test_what_is_far_to_the_right(self):
        t = self.watch(columns=40, rows=20)
        t.see("fail two")
        t.press("t")
        t.see("stands far to the right")
        self.quit()

    def test_a_check_that_was_cut_short_comes_again(self):
        t = self.watch()
        t.see("fail two")
        t.lose("Checking")  # or the next one would be taken for it
        self.course.write(self.course.work("alpha"), HANGS)
        t.see("Checking work/01-first/alpha.c")
        t.press("s")
        t.see("has not passed yet", "A hint:      press h")
        t.press("\033")
        t.see("Checking work/01-first/alpha.c")
        t.lose("fail two")
        self.quit()

    def test_a_save_while_a_program_hangs(self):
        self.course.write(self.course.work("alpha"), HANGS)
        t = self.watch()
        t.see("Checking work/01-first/alpha.c")
        self.course.solve("alpha")
        t.see("pass two")
        self.quit()

    def test_a_narrow_terminal(self):
        t = self.watch(columns=40, rows=12)
        t.see("alpha", "n p h l c s r e d ? q", "0 of 3")
        t.press("r")
        t.see("y or n?", "y yes n no")
        t.press("n")
        t.resize(80, 24)
        t.see("n next")
        self.quit()

    def test_a_tiny_terminal(self):
        t = self.watch(columns=10, rows=3)
        t.press("l")
        t.press("q")
        self.assertEqual(t.wait_ended(), 0)

    def test_stop_and_go_on(self):
        t = self.watch()
        t.see("fail two")
        t.press("\x1a")
        t.wait_stopped()
        self.assertTrue(t.is_as_before())
        self.course.solve("alpha")
        t.tell(signal.SIGCONT)
        t.see("pass two")
        self.quit()

    def test_interrupted(self):
        self.course.write(self.course.work("alpha"), HANGS)
        t = self.watch()
        t.see("Checking")
        t.press("\x03")
        self.assertEqual(t.wait_ended(), -signal.SIGINT)
        self.assertTrue(t.is_as_before())

    def test_the_terminal_goes(self):
        self.course.write(self.course.work("alpha"), HANGS)
        t = self.watch()
        t.see("Checking")
        t.tell(signal.SIGHUP)
        self.assertEqual(t.wait_ended(), -signal.SIGHUP)

    def test_no_colour(self):
        t = self.watch(NO_COLOR="1")
        t.see("fail two")
        t.press("l")
        t.see("The first chapter")
        self.quit()
        self.assertNotRegex(t.raw, rb"\033\[(1|2|3\d)m")

    def test_a_terminal_that_can_nothing(self):
        t = self.watch(TERM="dumb")
        self.assertEqual(t.wait_ended(), 1)
        self.assertIn("· alpha", t.text())
        self.assertNotIn(b"\033", t.raw)


if __name__ == "__main__":
    unittest.main()
