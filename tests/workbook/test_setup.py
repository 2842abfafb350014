"""./workbook on machines where something is missing: a PATH of our own takes
the place of the machine, and apt-get only writes down what it is asked."""

import os
import pty
import subprocess
import tempfile
import unittest
from pathlib import Path

from course import Course, ROOT

INSTALLS = """#!/bin/sh
echo "$@" >>"{log}"
case "$*" in
*install*) {then} ;;
esac
"""


class Setup(unittest.TestCase):
    """A tree that was never built, on a machine to be taken apart."""

    def setUp(self):
        place = tempfile.TemporaryDirectory()
        self.addCleanup(place.cleanup)
        self.place = Path(place.name)
        self.course = Course(place.name)
        self.bin = self.place / "bin"
        self.bin.mkdir()
        self.log = self.place / "apt.log"
        self.log.touch()
        for folder in ("/usr/bin", "/usr/sbin"):
            for tool in os.scandir(folder):
                if not (self.bin / tool.name).is_symlink():
                    (self.bin / tool.name).symlink_to(tool.path)
        self.be_user(0)

    def remove(self, *tools):
        for tool in tools:
            (self.bin / tool).unlink(missing_ok=True)

    def fake(self, tool, script):
        self.remove(tool)
        (self.bin / tool).write_text(script)
        (self.bin / tool).chmod(0o755)

    def be_user(self, uid):
        self.fake("id", f"#!/bin/sh\necho {uid}\n")

    def fake_apt(self, then):
        self.fake("apt-get", INSTALLS.format(log=self.log, then=then))

    def put_back(self, tool):
        """A shell command that brings a tool back to the machine."""
        return f"ln -s '/usr/bin/{tool}' '{self.bin}/{tool}'"

    def run_workbook(self, *args):
        return self.course.run(*args, env={"PATH": str(self.bin)})

    def refuses(self, sentence, *args):
        """One sentence, status 2, and nothing was built."""
        done = self.run_workbook(*args)
        self.assertEqual(done.returncode, 2, done.stdout + done.stderr)
        said = " ".join(done.stderr.split())
        self.assertIn(sentence, said)
        self.assertEqual(said.count("workbook:"), 1, done.stderr)
        for line in done.stderr.splitlines():
            self.assertLessEqual(len(line), 80)
        self.assertFalse((self.course.root / "build").exists())

    def test_no_compiler_and_no_apt(self):
        self.remove("cc", "apt-get")
        self.refuses("by your system's means: gcc binutils libc6-dev")

    def test_old_cmake(self):
        self.fake("cmake", "#!/bin/sh\necho cmake version 3.22.1\n")
        self.refuses("CMake 3.25 is needed, and this is 3.22.1")

    def test_newer_cmake(self):
        for version in ("3.25.0", "3.100.2", "4.1.0-rc1"):
            self.fake("cmake", f"#!/bin/sh\necho cmake version {version}\n")
            done = self.run_workbook("setup")
            self.assertNotIn("is needed", done.stderr)

    def test_old_system(self):
        script = ('. "$1"; fail() { echo "$*"; exit 2; }; os_release=$2;'
                  'refuse_old_system')
        packages = ROOT / "tools/workbook/packages.sh"
        self.remove("cmake")
        for system, refused in (('ID=ubuntu\nVERSION_ID="22.04"', True),
                                ('ID=ubuntu\nVERSION_ID="24.04"', False),
                                ('ID=debian\nVERSION_ID="11"', True),
                                ('ID=debian\nVERSION_ID="13"', False),
                                ("ID=debian", False)):
            release = self.place / "os-release"
            release.write_text(system + "\n")
            done = subprocess.run(["sh", "-c", script, "-", packages, release],
                                  env={"PATH": str(self.bin)},
                                  capture_output=True, text=True)
            self.assertEqual(done.returncode, 2 if refused else 0, system)

    def test_without_a_terminal_it_installs_at_once(self):
        self.remove("patch")
        self.fake_apt(self.put_back("patch"))
        done = self.run_workbook("version")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("Installing: patch", done.stderr)
        self.assertEqual(
            self.log.read_text(),
            "install -y -q --no-install-recommends patch\n")

    def test_lists_are_fetched_only_if_needed(self):
        lists = self.place / "lists"
        self.remove("patch")
        self.fake("apt-get", INSTALLS.format(
            log=self.log,
            then=f"[ -e '{lists}' ] || exit 100; {self.put_back('patch')}")
            + f"case $* in *update*) : >'{lists}' ;; esac\n")
        self.assertEqual(self.run_workbook("setup").returncode, 0)
        verbs = [line.split()[0] for line in self.log.read_text().splitlines()]
        self.assertEqual(verbs, ["install", "update", "install"])

    def test_apt_fails(self):
        self.remove("patch")
        self.fake_apt("echo E: no network; exit 100")
        done = self.run_workbook("setup")
        self.assertEqual(done.returncode, 2)
        self.assertIn("E: no network", done.stderr)
        self.assertIn("apt-get could not install: patch", done.stderr)

    def test_ordinary_user_without_sudo(self):
        self.be_user(1000)
        self.remove("patch", "ninja", "sudo")
        self.fake_apt("exit 1")
        for sudo in (None, "#!/bin/sh\nexit 1\n"):
            if sudo:
                self.fake("sudo", sudo)
            done = self.run_workbook("--yes", "check")
            self.assertEqual(done.returncode, 2)
            self.assertIn("sudo apt-get install --no-install-recommends "
                          "ninja-build patch\n", done.stderr)
        self.assertEqual(self.log.read_text(), "")

    def test_ordinary_user_with_sudo(self):
        self.be_user(1000)
        self.remove("patch")
        self.fake("sudo", '#!/bin/sh\nshift\nexec "$@"\n')
        self.fake_apt(self.put_back("patch"))
        self.assertEqual(self.run_workbook("setup").returncode, 0)
        self.assertIn("install", self.log.read_text())

    def test_on_a_terminal_it_asks(self):
        self.remove("patch")
        self.fake_apt("exit 1")
        ours, theirs = pty.openpty()
        os.write(ours, b"n\n")
        done = subprocess.run(
            [self.course.root / "workbook"], stdin=theirs, stdout=theirs,
            stderr=subprocess.PIPE, env={"PATH": str(self.bin)}, timeout=60)
        self.assertEqual(done.returncode, 2)
        self.assertIn(b"Install them now?", os.read(ours, 4096))
        self.assertIn(b"nothing was installed", done.stderr)
        self.assertEqual(self.log.read_text(), "")
        os.close(ours)
        os.close(theirs)

    def test_help_installs_nothing(self):
        self.remove("cc", "cmake", "ninja", "patch")
        self.fake_apt("exit 1")
        done = self.run_workbook("help")
        self.assertEqual(done.returncode, 0)
        self.assertIn("usage: ./workbook", done.stdout)
        self.assertEqual(self.log.read_text(), "")

    def test_what_cmake_says_is_shown(self):
        self.course.write("CMakeLists.txt", "message(FATAL_ERROR broken)\n")
        done = self.run_workbook("check")
        self.assertEqual(done.returncode, 2)
        self.assertIn("broken", done.stderr)
        self.assertIn("build/setup.log", "".join(done.stderr.split("\n")))

    def test_the_whole_way(self):
        done = self.run_workbook("--yes", "check", "alpha")
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertTrue(done.stdout.startswith("alpha   fail\n"))


if __name__ == "__main__":
    unittest.main()
