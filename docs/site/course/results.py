"""What the facts said on one machine: the files that `facts --json` wrote,
one a chapter, in the format of docs/proof.schema.json."""

import json
from collections import namedtuple

# Where and when the facts of a chapter ran, and what each came to, by name.
Run = namedtuple("Run", "machine facts")


def read(folder):
    """Returns {chapter: Run} of the files in a folder; without one, {}."""
    paths = sorted(folder.glob("*.json")) if folder else []
    runs = {path.stem: read_run(path) for path in paths}
    return {chapter: run for chapter, run in runs.items() if run}


def read_run(path):
    """A run that ended too soon is read as far as it goes."""
    lines = list(objects(path.read_text(encoding="utf-8")))
    if not lines:
        return None
    machine, *facts = lines
    return Run(machine, {fact["name"]: fact for fact in facts})


def objects(text):
    for line in text.splitlines():
        try:
            yield json.loads(line)
        except ValueError:
            return


def place(machine):
    """The machine in a few words: kernel, architecture, C library."""
    return (f"{machine['kernel']} ({machine['machine']}) with "
            f"{machine['libc']}")
