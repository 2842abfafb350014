"""layout.py ROOT BUILD: every line of the manifest has its files, and every
file of the four trees (chapters, labs, solutions, tests) its line.

Exit status 1 after naming what is missing and what is stray."""

import csv
import re
import sys
from pathlib import Path

CHAPTER = re.compile(r"\d\d-[a-z][a-z0-9-]*")
NAME = r"[a-z][a-z0-9-]*"
LEAST = {"mutants/*.patch": 6, "accepted/*.c": 3}

# Folders of tests/ that belong to no chapter.
GENERAL = {"course", "harness", "interop", "prose", "workbook"}


def read_table(path):
    with open(path, encoding="utf-8", newline="") as table:
        return list(csv.DictReader(table, delimiter="\t",
                                   quoting=csv.QUOTE_NONE))


def wanted_files(chapters, labs):
    """The files that must be there, from the root."""
    for chapter in chapters:
        yield f"chapters/{chapter}.md"
        yield f"tests/{chapter}/facts.c"
    for chapter, name in labs:
        for tree in ("labs", "solutions", "tests"):
            yield f"{tree}/{chapter}/{name}.c"


def may_be_there(path, chapters, labs):
    """Whether a file has its place beside the wanted ones."""
    parts = path.split("/")
    if path == "chapters/glossary.md" or parts[:2] == ["chapters", "figures"]:
        return True
    if parts[0] != "tests" or len(parts) < 3:
        return False
    if parts[1] in GENERAL:
        return True
    if len(parts) == 3 and re.fullmatch(rf"{NAME}\.h", parts[2]):
        return parts[1] in chapters  # what checkers of a chapter share
    if len(parts) != 5 or (parts[1], parts[2]) not in labs:
        return False
    return bool(re.fullmatch(rf"mutants/{NAME}\.patch|accepted/{NAME}\.c",
                             "/".join(parts[3:])))


def found_files(root):
    """All files of the four trees, but for editors' leavings."""
    for tree in ("chapters", "labs", "solutions", "tests"):
        for path in sorted((root / tree).rglob("*")):
            name = path.relative_to(root).as_posix()
            hidden = any(part.startswith(".") for part in name.split("/"))
            if path.is_file() and not hidden and not name.endswith("~") \
                    and "__pycache__" not in name:
                yield name


def problems(root, chapters, labs):
    """What is wrong, one sentence each."""
    wanted = set(wanted_files(chapters, labs))
    found = set(found_files(root))
    for name in sorted(wanted - found):
        yield f"{name} is missing"
    for name in sorted(found - wanted):
        if not may_be_there(name, chapters, labs):
            yield f"{name} has no line in CMakeLists.txt"
    for chapter in chapters:
        if not CHAPTER.fullmatch(chapter):
            yield f"{chapter}: chapters are named NN-name"
    for chapter, name in labs:
        for pattern, least in LEAST.items():
            n = len(list((root / "tests" / chapter / name).glob(pattern)))
            if n < least:
                yield (f"tests/{chapter}/{name}/{pattern}: "
                       f"{n} of at least {least}")


def main(root, build):
    chapters = [row["chapter"] for row in read_table(build / "chapters.tsv")]
    labs = {(row["chapter"], row["name"])
            for row in read_table(build / "manifest.tsv")}
    found = list(problems(root, chapters, labs))
    print("\n".join(found), end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
