"""./workbook killed at any moment: no state is lost, and no file."""

import os
import random
import signal
import subprocess
import unittest

from course import LABS, shared_course, solution, starter

# How often; the figure in docs/figures.md is of more.
KILLS = int(os.environ.get("WORKBOOK_KILLS", "40"))
COMMANDS = (["check"], ["check", "alpha"], ["hint", "gamma"],
            ["reset", "beta"], ["list"])


class Killed(unittest.TestCase):
    def setUp(self):
        self.course = shared_course()
        self.course.clear_desk()
        self.course.solve("alpha")
        self.course.run("check")
        self.seed = random.randrange(1 << 32)
        self.chance = random.Random(self.seed)

    def kill_somewhere(self, command):
        """Starts a command in a session of its own and kills all of that."""
        process = subprocess.Popen(
            [self.course.root / "workbook", *command],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, start_new_session=True)
        try:
            process.wait(timeout=self.chance.uniform(0, 0.15))
        except subprocess.TimeoutExpired:
            pass
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        process.wait()

    def texts(self, lab):
        """What a learner may have: their file, the starter when they asked
        for it; and what was put aside for that."""
        kept = (self.course.root / "work/.backup/01-first").glob(f"{lab}.*.c")
        return [self.course.read(self.course.work(lab)),
                *(path.read_text() for path in kept)]

    def test_at_any_moment(self):
        mine = {lab: starter(lab).replace("return 0", "return +0")
                for lab in ("beta", "gamma")}
        for i in range(KILLS):
            for lab, text in mine.items():
                self.course.write(self.course.work(lab), text)
            command = self.chance.choice(COMMANDS)
            with self.subTest(kill=i, command=command, seed=self.seed):
                self.kill_somewhere(command)
                self.assertIn(mine["beta"], self.texts("beta"))
                self.assertEqual(self.texts("gamma"), [mine["gamma"]])
                self.assertEqual(self.course.read(self.course.work("alpha")),
                                 solution("alpha"))
                done = self.course.run("list")
                self.assertEqual((done.returncode, done.stderr), (0, ""))
                self.assertIn("✓ alpha", done.stdout)
        self.assertEqual(
            list(self.course.root.glob("work/.state.damaged*")), [])
        self.assertEqual(self.course.run("check", *LABS).returncode, 1)


if __name__ == "__main__":
    unittest.main()
