"""The verdict that the manual shows is the one that its example gets.

    verdict.py MANUAL CHECKER PROGRAM

Times, ports and the seed are others in each run, and so is the order of what
two programs do at the same time.
"""

import re
import subprocess
import sys

SHOWN = re.compile(r"^```text\n(shout .*?)^```$", re.M | re.S)
PLACEHOLDERS = ((r"^ +\d+\.\d\d ms", "T ms"),
                (r"(127\.0\.0\.1[: ])\d+", r"\1P"),
                (r"0x[0-9a-f]{16}", "SEED"))
EVENT = re.compile(r"T ms|\s+\^")


def steady(verdict):
    """What must be the same: the lines outside of the trail in their order,
    and those of the trail."""
    for pattern, words in PLACEHOLDERS:
        verdict = re.sub(pattern, words, verdict, flags=re.M)
    lines = verdict.strip().splitlines()
    return ([line for line in lines if not EVENT.match(line)],
            sorted(line for line in lines if EVENT.match(line)))


def main(manual, checker, program):
    with open(manual, encoding="utf-8") as file:
        shown = SHOWN.search(file.read())[1]
    run = subprocess.run([checker, program], text=True, check=False,
                         capture_output=True)
    if run.returncode == 77:
        sys.exit(77)
    if run.returncode != 1 or steady(run.stdout) != steady(shown):
        sys.exit(f"{manual} shows another verdict than this:\n{run.stdout}")


main(*sys.argv[1:])
