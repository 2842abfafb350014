"""summary.py JUNIT...: what several runs of ctest come to, in a few lines:
how many tests passed, failed and were skipped, and the reason of each skip;
then, at the very end where a log is looked at first, what each failed test
wrote.  Exit status 1 when a test failed or a run is missing."""

import os
import re
import sys
import xml.etree.ElementTree as ET


# What Python's unittest writes of a test that it has skipped; for ctest, the
# file that holds it has passed all the same.
PART = re.compile(r"^(\w+) .*\.\.\. skipped '(.*)'$", re.MULTILINE)


MOST_LINES = 120  # of a failed test's output


def output(case):
    return case.findtext("system-out") or ""


def reason(case):
    """The last line that a skipped test wrote: it says why."""
    lines = [line.strip() for line in output(case).splitlines()
             if line.strip()]
    return lines[-1] if lines else "no reason given"


def last_lines(text):
    """What a failed test wrote, without the beginning if it is long."""
    lines = text.rstrip().splitlines()
    left_out = len(lines) - MOST_LINES
    if left_out > 0:
        lines[:left_out] = [f"({left_out} lines before)"]
    return "\n".join(lines)


def read_run(path):
    """The counts of one run, its skipped tests by reason, and what the failed
    ones wrote by name."""
    counts = {"run": 0, "fail": 0, "skip": 0}
    skips, failures = {}, {}
    for case in ET.parse(path).getroot().iter("testcase"):
        status = case.get("status")
        if status == "notrun" or case.find("skipped") is not None:
            counts["skip"] += 1
            skips.setdefault(reason(case), []).append(case.get("name"))
        else:
            counts["run" if status == "run" else "fail"] += 1
            if status != "run":
                failures[case.get("name")] = last_lines(output(case))
            for test, why in PART.findall(output(case)):
                counts["skip"] += 1
                skips.setdefault(why, []).append(
                    f"{case.get('name')}: {test}")
    return counts, skips, failures


def print_counts(name, counts, skips):
    print(f"{name}: {counts['run']} passed, {counts['fail']} failed, "
          f"{counts['skip']} skipped")
    for why, tests in sorted(skips.items()):
        print(f"  {len(tests)} skipped: {why}")
        for test in sorted(tests):
            print(f"    {test}")


def main(paths):
    missing, failures = False, []
    for path in paths:
        name = os.path.basename(path).removesuffix(".xml")
        if not os.path.exists(path):
            print(f"{name}: was not run")
            missing = True
            continue
        counts, skips, failed = read_run(path)
        print_counts(name, counts, skips)
        failures += [(f"{name}: {test}", said)
                     for test, said in failed.items()]
    for test, said in failures:
        print(f"\n== {test} failed:\n{said}")
    return 1 if missing or failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
