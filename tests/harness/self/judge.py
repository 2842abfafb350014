"""judge.py CHECKER PUPPET: what --expect makes of a header, tried on the cases
of judged.c."""

import subprocess
import sys
import tempfile
import unittest

FAILS = "Fails: apple, plum"


def judge(*lines):
    """The status, and what is said below the verdict."""
    with tempfile.NamedTemporaryFile("w") as header:
        header.write("\n".join([*lines, "", "--- a/x.c", "Says apple: x"]))
        header.flush()
        done = subprocess.run([CHECKER, "--json=/dev/null", "--expect",
                               header.name, PUPPET],
                              stdout=subprocess.PIPE, text=True)
    words = done.stdout.partition("skipped: there are no nuts\n")[2]
    return done.returncode, words.splitlines()


class Expect(unittest.TestCase):
    def passes(self, *lines):
        self.assertEqual(judge(*lines), (0, []))

    def fails(self, words, *lines):
        status, said = judge(*lines)
        self.assertEqual((status, len(said)), (1, 1))
        self.assertIn(words, said[0])

    def test_the_cases_that_fail_are_those_that_are_named(self):
        self.passes(FAILS)
        self.passes(FAILS + ", nut")
        self.fails("plum: wanted pass, got fail: wanted a plum", "Fails: apple")
        self.fails("good: wanted fail, got pass", FAILS + ", good")
        self.fails("no case is called pear", FAILS + ", pear")

    def test_chance_decides_where_it_is_said_to(self):
        self.passes("Fails: apple", "Chance: plum")
        self.passes(FAILS, "Chance: good, nut")
        self.fails("plum: wanted pass, got fail",
                   "Fails: apple", "Chance: good")
        self.fails("good: wanted fail, got pass",
                   FAILS + ", good", "Chance: good")
        self.fails("no case is called pear", FAILS, "Chance: pear")

    def test_words_of_every_message(self):
        self.passes(FAILS, "Says: a pear")
        self.fails('plum: its message does not say "no apple"',
                   FAILS, "Says: no apple")

    def test_words_of_one_message(self):
        self.passes(FAILS, "Says apple: A pear: is no apple.")
        self.passes(FAILS, "Says: a pear", "Says plum: is smaller",
                    "Says apple: is no apple")
        self.fails('apple: its message does not say "is smaller": wanted an',
                   FAILS, "Says apple: is smaller")
        self.fails('plum: its message does not say "is no apple"',
                   FAILS, "Says: a pear", "Says apple: is no apple",
                   "Says plum: is no apple")

    def test_words_that_nobody_could_say(self):
        for line in ("Says good: x", "Says pear: x", "Says apple:",
                     "Says apple", "Says apple plum: x"):
            self.fails(f'"{line}" wants a case that Fails names', FAILS, line)

    def test_a_skipped_case_says_nothing(self):
        self.passes(FAILS + ", nut", "Says nut: There are no nuts.")
        self.fails('"Says nut: x" wants a case', FAILS, "Says nut: x")

    def test_a_case_that_passes_is_told_once(self):
        self.fails("good: wanted fail, got pass",
                   FAILS + ", good", "Says good: x")


if __name__ == "__main__":
    PUPPET = sys.argv.pop()
    CHECKER = sys.argv.pop()
    unittest.main()
