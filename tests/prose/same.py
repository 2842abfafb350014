"""same.py ROOT SITE [OPTION...]: the site in the folder SITE, built a second
time from a copy of the course in another folder, with another locale, time
zone, home and order of sets, has the same bytes.  The options are those that
it was built with.

Exit status 1 after naming the files that differ."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

IGNORED = shutil.ignore_patterns(".git", "build", "work", "__pycache__")


def odd_world(folder):
    return {**os.environ, "LC_ALL": "C", "TZ": "Asia/Kathmandu",
            "HOME": str(folder), "PYTHONHASHSEED": "42"}


def build_again(root, folder, options):
    """Returns where the site is."""
    course = folder / "another place"
    shutil.copytree(root, course, ignore=IGNORED)
    out = folder / "out"
    subprocess.run([sys.executable, "-B", course / "docs/site", "build",
                    "--out", out, *options], cwd=folder, env=odd_world(folder),
                   check=True)
    return out / "html"


def read_files(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes()
            for path in folder.rglob("*") if path.is_file()}


def main(root, site, options):
    with tempfile.TemporaryDirectory() as folder:
        again = read_files(build_again(root, Path(folder).resolve(),
                                       options))
    once = read_files(site)
    differ = sorted(name for name in {*once, *again}
                    if once.get(name) != again.get(name))
    print(f"{len(once)} files, {len(differ)} differ", *differ, sep="\n")
    return 1 if differ or not once else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:]))
