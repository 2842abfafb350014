"""./workbook when the machine is in trouble: one sentence, and nothing is
lost."""

import fcntl
import os
import shutil
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

from course import Course, LABS, shared_course, solution

SOMEBODY = 12345

# A desk on a disk of its own, in a namespace of its own; then it is full.
FULL_DISK = """
set -e
cd "$1"
mkdir -p work
mount -t tmpfs -o size=256k none work || exit 77
./workbook check alpha >/dev/null || true
cp solutions/01-first/alpha.c work/01-first/alpha.c
cp work/.state "$2/before"
cat /dev/zero >work/filler 2>/dev/null || true
set +e
./workbook check alpha
echo "status $?"
cp work/.state "$2/after"
cp work/01-first/alpha.c "$2/alpha.c"
ls -A work >"$2/left"
"""

FULL_TMP = """
mount -t tmpfs -o size=4k none "$2" || exit 77
cat /dev/zero >"$2/filler" 2>/dev/null
touch "$1/work/01-first/alpha.c"
TMPDIR="$2" "$1/workbook" check alpha
echo "status $?"
"""


def may_mount():
    return subprocess.run(
        ["unshare", "-rm", "mount", "-t", "tmpfs", "none", "/mnt"],
        capture_output=True).returncode == 0


class Trouble(unittest.TestCase):
    def setUp(self):
        self.course = shared_course()
        self.course.clear_desk()
        self.addCleanup(self.course.clear_desk)

    def refuses(self, sentence, *args, **options):
        done = self.course.run(*args, **options)
        self.assertEqual(done.returncode, 2, done.stdout + done.stderr)
        self.assertIn(sentence, done.stderr)
        self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)
        self.assertLessEqual(len(done.stderr), 81)
        return done

    def test_a_file_where_the_desk_should_be(self):
        self.course.write("work", "mine\n")
        for args in (("check",), ("check", "alpha"), ("hint", "alpha"),
                     ("reset", "alpha")):
            self.refuses(": Not a directory", *args)
        self.assertEqual(self.course.read("work"), "mine\n")

    def give_away(self, path):
        """Lets somebody else have a part of the tree for one test."""
        os.chmod(self.course.root.parent, 0o755)
        self.addCleanup(subprocess.run, ["chown", "-R", "0", path])
        subprocess.run(["chown", "-R", str(SOMEBODY), path], check=True)
        return ["setpriv", f"--reuid={SOMEBODY}", "--clear-groups"]

    @unittest.skipUnless(os.geteuid() == 0, "only root can become another")
    def test_a_desk_of_somebody_else(self):
        self.course.run("check")
        self.course.solve("alpha")
        before = self.course.read("work/.state")
        become = self.give_away(self.course.root / "build")
        done = self.course.run("check", "alpha", prefix=become)
        self.assertEqual(done.returncode, 2)
        self.assertIn("alpha   pass", done.stdout)
        self.assertIn("cannot save your progress in work/.state", done.stderr)
        self.assertEqual(self.course.read("work/.state"), before)
        self.course.clear_desk()
        self.refuses(": Permission denied", "check",
                     prefix=become)

    @unittest.skipUnless(os.geteuid() == 0, "only root can become another")
    def test_an_ordinary_user(self):
        become = self.give_away(self.course.root)
        done = self.course.run("check", prefix=become)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertEqual((self.course.root / "work").stat().st_uid, SOMEBODY)

    @unittest.skipUnless(may_mount(), "no tmpfs may be mounted here")
    def test_a_full_disk(self):
        with tempfile.TemporaryDirectory() as place:
            done = subprocess.run(
                ["unshare", "-rm", "sh", "-c", FULL_DISK, "-",
                 self.course.root, place], capture_output=True, text=True)
            self.assertIn("alpha   pass", done.stdout)
            self.assertIn("status 2", done.stdout)
            self.assertIn("No space left on device", done.stderr)
            kept = {path.name: path.read_text()
                    for path in Path(place).iterdir()}
        self.assertEqual(kept["after"], kept["before"])
        self.assertEqual(kept["alpha.c"], solution("alpha"))
        self.assertNotIn(".new", kept["left"])

    @unittest.skipUnless(may_mount(), "no tmpfs may be mounted here")
    def test_a_full_disk_for_the_compiler(self):
        self.course.run("check")
        with tempfile.TemporaryDirectory() as place:
            done = subprocess.run(
                ["unshare", "-rm", "sh", "-c", FULL_TMP, "-",
                 self.course.root, place], capture_output=True, text=True)
        self.assertIn("the disk is full: nothing was judged", done.stderr)
        self.assertIn("status 2", done.stdout)

    def test_a_full_disk_behind_stdout(self):
        with open("/dev/full", "w") as full:
            done = subprocess.run([self.course.root / "workbook", "list"],
                                  stdout=full, stderr=subprocess.PIPE,
                                  text=True)
        self.assertEqual(done.returncode, 2)
        self.assertIn("No space left on device", done.stderr)

    def test_no_ninja_any_more(self):
        with tempfile.TemporaryDirectory() as place:
            for tool in ("sh", "cc"):
                Path(place, tool).symlink_to(shutil.which(tool))
            self.refuses("ninja cannot be run", "check", "alpha",
                         env={"PATH": place})

    def test_a_checker_that_does_not_build(self):
        self.course.run("check")
        self.addCleanup(self.course.write_lab, "beta")
        self.course.write("tests/01-first/beta.c", "broken\n")
        done = self.course.run("check")
        self.assertEqual(done.returncode, 2)
        self.assertIn("the course could not be built", done.stderr)

    def test_somebody_else_builds(self):
        self.course.run("check")
        with open(self.course.root / "build/learn/.lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            with subprocess.Popen(
                    [self.course.root / "workbook", "check", "alpha"],
                    stdout=subprocess.PIPE, stderr=subprocess.PIPE) as run:
                self.assertIn(b"Another ./workbook", run.stderr.readline())
                fcntl.flock(lock, fcntl.LOCK_UN)
                self.assertIn(b"alpha   fail", run.stdout.read())

    def test_several_at_once(self):
        self.course.run("check")
        for lab in LABS:
            self.course.solve(lab)
        runs = [subprocess.Popen([self.course.root / "workbook", "check",
                                  "--json"], stdout=subprocess.PIPE,
                                 stderr=subprocess.DEVNULL)
                for _ in range(4)]
        for run in runs:
            out, _ = run.communicate(timeout=120)
            self.assertEqual(run.returncode, 0)
            self.assertEqual(len(out.splitlines()), len(LABS))

    def test_a_tree_behind_a_link(self):
        with tempfile.TemporaryDirectory() as place:
            real = Path(place, "real")
            real.mkdir()
            Path(place, "link").symlink_to(real)
            course = Course(Path(place, "link"))
            for folder in (place, course.root, real / course.root.name):
                done = course.run("check", "alpha", cwd=folder)
                self.assertEqual(done.returncode, 1, done.stderr)
                self.assertIn("alpha   fail", done.stdout)

    def test_an_old_file_that_is_put_back(self):
        self.course.run("check", "alpha")
        work = self.course.root / self.course.work("alpha")
        work.rename(work.with_suffix(".bak"))
        self.course.solve("alpha")
        self.assertEqual(self.course.run("check", "alpha").returncode, 0)
        work.with_suffix(".bak").rename(work)
        self.assertEqual(self.course.run("check", "alpha").returncode, 1)

    def test_a_source_from_the_future(self):
        self.course.run("check")
        source = self.course.root / "tools/workbook/main.c"
        self.addCleanup(os.utime, source)
        soon = time.time() + 3600
        os.utime(source, (soon, soon))
        self.course.solve("alpha")
        done = self.course.run("check", "alpha")
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_a_tree_that_was_moved(self):
        with tempfile.TemporaryDirectory() as place:
            course = Course(place)
            course.run("check", "alpha")
            course.solve("alpha")
            moved = course.root.parent / "moved"
            course.root.rename(moved)
            course.root = moved
            done = course.run("check", "alpha")
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            self.assertIn("alpha   pass", done.stdout)


if __name__ == "__main__":
    unittest.main()
