"""summary.py JUNIT...: what several runs of ctest come to, in a few lines:
how many tests passed, failed and were skipped, and the reason of each skip.
Exit status 1 when a test failed or a run is missing."""

import os
import re
import sys
import xml.etree.ElementTree as ET


# What Python's unittest writes of a test that it has skipped; for ctest, the
# file that holds it has passed all the same.
PART = re.compile(r"^(\w+) .*\.\.\. skipped '(.*)'$", re.MULTILINE)


def reason(case):
    """The last line that a skipped test wrote: it says why."""
    output = case.findtext("system-out") or ""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    return lines[-1] if lines else "no reason given"


def read_run(path):
    """The counts of one run, and its skipped tests by reason."""
    counts = {"run": 0, "fail": 0, "skip": 0}
    skips = {}
    for case in ET.parse(path).getroot().iter("testcase"):
        status = case.get("status")
        if status == "notrun" or case.find("skipped") is not None:
            counts["skip"] += 1
            skips.setdefault(reason(case), []).append(case.get("name"))
        else:
            counts["run" if status == "run" else "fail"] += 1
            for test, why in PART.findall(case.findtext("system-out") or ""):
                counts["skip"] += 1
                skips.setdefault(why, []).append(
                    f"{case.get('name')}: {test}")
    return counts, skips


def main(paths):
    failed = False
    for path in paths:
        name = os.path.basename(path).removesuffix(".xml")
        if not os.path.exists(path):
            print(f"{name}: was not run")
            failed = True
            continue
        counts, skips = read_run(path)
        print(f"{name}: {counts['run']} passed, {counts['fail']} failed, "
              f"{counts['skip']} skipped")
        for why, tests in sorted(skips.items()):
            print(f"  {len(tests)} skipped: {why}")
            for test in sorted(tests):
                print(f"    {test}")
        failed = failed or counts["fail"] > 0
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
