"""The course in people's own tools: editors, shells, the manual."""

import json
import re
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

from course import ROOT, shared_course, solution

WORKBOOK = ROOT / "tools/workbook"


def options():
    """The options of check, as the runner itself has them."""
    text = (WORKBOOK / "options.c").read_text(encoding="utf-8")
    return set(re.findall(r'"(--[a-z]+)"', text)) - {"--yes"}


def complete(course, *words):
    """What bash offers for the last word."""
    script = ('source "$0"; cd "$1"; shift; COMP_WORDS=("$@"); '
              'COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _workbook; '
              'printf "%s\\n" "${COMPREPLY[@]}"')
    done = subprocess.run(
        ["bash", "-c", script, WORKBOOK / "shell/workbook.bash", course.root,
         "./workbook", *words], capture_output=True, text=True, check=True)
    return done.stdout.split()


def complete_zsh(course, function):
    """What a function of zsh's completion offers."""
    script = ('compadd() { print -l -- "${(P@)2}" }; words=("$1"); '
              'source "$0"; "$2"')
    done = subprocess.run(
        ["zsh", "-fc", script, WORKBOOK / "shell/_workbook",
         course.root / "workbook", function],
        capture_output=True, text=True, check=True)
    return done.stdout.split()


class Tools(unittest.TestCase):
    def setUp(self):
        self.course = shared_course()
        self.course.clear_desk()
        self.course.run("list")

    def problems(self, lab):
        task = next(t for t in json.loads(
            (ROOT / ".vscode/tasks.json").read_text())["tasks"]
            if t["label"] == "check this lab")
        regexp = re.compile(task["problemMatcher"]["pattern"]["regexp"])
        done = self.course.run("check", lab, "--problems")
        return [regexp.match(line) for line in done.stdout.splitlines()]

    def test_a_verdict_is_a_list_of_problems(self):
        found = self.problems("alpha")
        cases = [m for m in found if m[4] == "error"]
        self.assertEqual([m[2] for m in cases], ["12", "12"])
        self.assertEqual(cases[0][1], self.course.work("alpha"))
        self.assertRegex(cases[0][5], "^two: counts to two")

    def test_so_is_what_the_compiler_says(self):
        self.course.write(self.course.work("alpha"),
                          "int main(void)\n{\n    return a + b;\n}\n")
        found = self.problems("alpha")
        self.assertEqual([(m[2], m[3], m[4]) for m in found],
                         [("3", "12", "error"), ("3", "16", "error")])

    def test_and_the_linker(self):
        self.course.write(self.course.work("alpha"),
                          "int none(void);\n"
                          "int main(void)\n{\n    return none();\n}\n")
        self.assertEqual([(m[1], m[2], m[4]) for m in self.problems("alpha")],
                         [(self.course.work("alpha"), "4", "error")])
        self.course.write(self.course.work("alpha"), "int none;\n")
        found = self.problems("alpha")
        self.assertEqual([(m[1], m[2], m[4]) for m in found],
                         [(self.course.work("alpha"), "1", "error")])
        self.assertIn("undefined reference to 'main'", found[0][5])

    def test_no_terminal_obeys_a_problem(self):
        self.assertRegex(self.problems("alpha")[-1][5], "; got 1  2$")

    def test_and_its_warnings(self):
        self.course.write(self.course.work("alpha"), solution("alpha").replace(
            "return 0;", "int left;\n    return 0;"))
        self.assertEqual([m[4] for m in self.problems("alpha")], ["warning"])

    def test_bash_completes_commands(self):
        self.assertIn("check", complete(self.course, ""))
        self.assertEqual(complete(self.course, "so"), ["solution"])

    def test_bash_completes_labs(self):
        self.assertEqual(complete(self.course, "hint", ""),
                         ["alpha", "beta", "gamma"])
        self.assertEqual(complete(self.course, "check", "02"), ["02-second"])

    @unittest.skipUnless(shutil.which("zsh"), "there is no zsh")
    def test_zsh_completes_labs_and_chapters(self):
        labs = ["alpha", "beta", "gamma"]
        self.assertEqual(complete_zsh(self.course, "_workbook_labs"), labs)
        self.assertEqual(complete_zsh(self.course, "_workbook_chosen"),
                         labs + ["01-first", "02-second"])

    def test_every_option_is_told_everywhere(self):
        for file in ("help.txt", "workbook.1", "shell/workbook.bash",
                     "shell/_workbook"):
            text = (WORKBOOK / file).read_text(encoding="utf-8")
            text = text.replace("Fl -", "Fl --").replace("\\", "")
            for option in options():
                with self.subTest(file=file, option=option):
                    self.assertIn(option, text)

    def test_every_command_is_told_everywhere(self):
        text = (WORKBOOK / "main.c").read_text(encoding="utf-8")
        commands = re.findall(r'\{"([a-z]+)", \w+\}', text)
        self.assertGreater(len(commands), 8)
        for file in ("help.txt", "workbook.1", "shell/workbook.bash",
                     "shell/_workbook"):
            text = (WORKBOOK / file).read_text(encoding="utf-8")
            for command in commands:
                with self.subTest(file=file, command=command):
                    self.assertRegex(text, rf"\b{command}\b")

    def test_the_manual_is_well_formed(self):
        done = subprocess.run(
            ["groff", "-mdoc", "-ww", "-Tutf8", "-P-cbou", WORKBOOK / "workbook.1"],
            capture_output=True, text=True, check=True)
        self.assertEqual(done.stderr, "")
        self.assertIn("SYNOPSIS", done.stdout)

    def test_it_can_be_installed(self):
        with tempfile.TemporaryDirectory() as place:
            subprocess.run(["cmake", "--install",
                            self.course.root / "build/learn", "--prefix",
                            place], check=True, capture_output=True)
            names = {str(p.relative_to(place)) for p in
                     Path(place).rglob("*") if not p.is_dir()}
            self.assertEqual(names, {
                "bin/workbook", "share/man/man1/workbook.1",
                "share/bash-completion/completions/workbook",
                "share/zsh/site-functions/_workbook"})
            done = subprocess.run([Path(place) / "bin/workbook", "list"],
                                  capture_output=True, text=True, cwd="/",
                                  check=True)
            self.assertIn("alpha", done.stdout)

    def test_clangd_finds_the_desk(self):
        entries = json.loads(
            self.course.read("build/learn/compile_commands.json"))
        files = {Path(entry["file"]).resolve() for entry in entries}
        self.assertIn((self.course.root / self.course.work("alpha")).resolve(),
                      files)

    def test_editors_can_read_their_files(self):
        for name in (".vscode/settings.json", ".vscode/tasks.json",
                     ".vscode/launch.json", ".vscode/extensions.json",
                     ".devcontainer/devcontainer.json", "CMakePresets.json"):
            with self.subTest(name=name):
                json.loads((ROOT / name).read_text(encoding="utf-8"))


if __name__ == "__main__":
    unittest.main()
