"""claims.py CLAIMS: what the facts of claims.c come to, as text and as JSON,
which fits docs/proof.schema.json."""

import json
import subprocess
import sys
import unittest
from pathlib import Path

import jsonschema

SCHEMA = Path(__file__).parents[3] / "docs/proof.schema.json"
WHY = {
    "is_refuted": "line {} wants 1 + 1 == 3 but it is 2",
    "is_refuted_in_silence":
        "line {} wants sizeof(char) == 2 but it is smaller",
    "has_another_error": "line {} wants EINTR from close(-1) but it is EBADF",
    "has_no_error": "line {} wants EBADF from "
                    "dup2(STDERR_FILENO, STDERR_FILENO) but it returned 2",
    "is_skipped": "there is no sea",
    "is_unprepared": "open: No such file or directory",
    "is_ended": "ended by signal 9",
    "is_too_slow": "not done in time",
}
STATUS = {"is_held": "held", "is_skipped": "skipped", "leaves": "cannot",
          "is_unprepared": "cannot", "repeats": "held",
          "has_much_to_say": "held", "speaks_to_nobody": "held"}


def run(*arguments):
    done = subprocess.run([CLAIMS, *arguments], stdout=subprocess.PIPE,
                          text=True)
    return done.returncode, done.stdout.splitlines()


def line_of(name):
    """Where the last condition of a fact stands."""
    lines = Path(__file__).with_name("claims.c").read_text().splitlines()
    start = next(n for n, line in enumerate(lines) if f"({name}," in line)
    return next(n for n in range(start, len(lines)) if lines[n] == "}")


class Claims(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.status, lines = run("--json")
        cls.where, *facts = map(json.loads, lines)
        cls.facts = {fact["name"]: fact for fact in facts}

    def seen(self, name):
        return [(s["tried"], s["got"]) for s in self.facts[name]["seen"]]

    def test_every_line_fits_the_schema(self):
        schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
        for line in [self.where, *self.facts.values()]:
            jsonschema.validate(line, schema)

    def test_says_how_each_ended(self):
        for name, fact in self.facts.items():
            wanted = STATUS.get(name, "refuted")
            self.assertEqual((name, fact["status"]), (name, wanted))
            why = WHY.get(name)
            self.assertEqual(fact["why"], why and why.format(line_of(name)))
        self.assertEqual(self.status, 42)

    def test_tells_what_was_measured_and_no_stale_error(self):
        self.assertEqual(self.seen("is_held"), [
            ("1 + 1 == 2", "it is 2"),
            ("errno == EBADF", 'errno is 1, and "x"'),
            ("sizeof(char) == 1", None),
            ("close(dup(STDERR_FILENO)) == 0", None),
            ("close(-1)", "errno is EBADF"),
            ("errno == EBADF", "an old error")])
        self.assertEqual(self.seen("has_no_error"), [
            ("dup2(STDERR_FILENO, STDERR_FILENO)", "it returned 2")])

    def test_what_was_seen_before_a_bad_end_is_kept(self):
        self.assertEqual(self.seen("is_ended"), [("SIGKILL == 9", "it is 9")])

    def test_keeps_few_of_a_loop(self):
        self.assertEqual(self.seen("repeats"),
                         [("i >= 0", "it is 0"), ("i < 100", None)]
                         + [("i >= 0", f"it is {i}") for i in range(1, 6)])
        self.assertEqual(self.facts["repeats"]["more"], 94)

    def test_cuts_what_is_long_and_counts_what_is_too_much(self):
        seen = self.seen("has_much_to_say")
        self.assertEqual(len(seen[0][1]), 239)
        self.assertTrue(seen[0][1].endswith("aaa..."))
        self.assertEqual(len(seen), 20)
        self.assertEqual(self.facts["has_much_to_say"]["more"], 6)

    def test_takes_names(self):
        status, lines = run("--json", "is_held", "is_skipped")
        self.assertEqual((status, len(lines)), (0, 3))

    def test_as_text(self):
        self.assertEqual(run("is_held"), (
            0, ["is_held: a fact that holds says what it saw"]))
        self.assertEqual(run("is_refuted"), (1, [
            "is_refuted: a condition does not hold",
            f"          line {line_of('is_refuted')} wants 1 + 1 == 3",
            "          but it is 2"]))
        self.assertEqual(run("has_no_error")[1][1:], [
            f"          line {line_of('has_no_error')} wants EBADF from "
            "dup2(STDERR_FILENO, STDERR_FILENO)",
            "          but it returned 2"])
        self.assertEqual(run("is_skipped"), (77, [
            "is_skipped: it cannot be tried",
            "          skipped: there is no sea"]))
        self.assertEqual(run("is_unprepared")[1][1:], [
            "          cannot be judged: open: No such file or directory"])
        self.assertEqual(run("is_ended")[1][1:],
                         ["          ended by signal 9"])
        self.assertEqual(run("is_too_slow")[1][1:],
                         ["          not done in time"])
        self.assertEqual(len(run("--list")[1]), len(self.facts))


if __name__ == "__main__":
    CLAIMS = sys.argv.pop(1)
    unittest.main()
