"""results.py CHECKER PROGRAM...: what a checker says of each program in JSON
fits docs/result.schema.json, and its list of cases agrees with it."""

import json
import subprocess
import sys
from pathlib import Path

import jsonschema

SCHEMA = Path(__file__).parent.parent.parent / "docs/result.schema.json"


def read_object(*command):
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    lines = done.stdout.splitlines()
    if len(lines) != 1:
        sys.exit(f"{' '.join(command)}: {len(lines)} lines in place of one")
    return done.returncode, json.loads(lines[0])


def main(checker, programs):
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    _, listed = read_object(checker, "--list", "--json")
    for program in programs:
        status, result = read_object(checker, "--json", program)
        jsonschema.validate(result, schema)
        for key in ("id", "title", "read"):
            if [c[key] for c in listed["cases"]] != \
                    [c[key] for c in result["cases"]]:
                sys.exit(f"{program}: --list has another {key} than --json")
        if (status == 0) != (result["verdict"] == "pass"):
            sys.exit(f"{program}: {result['verdict']}, and status {status}")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
