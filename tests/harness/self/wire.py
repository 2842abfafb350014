"""wire.py CHECKER PUPPET [--unseen]: what the cases of wire.c tell of the wire
is what it must be, and fits the schema of results.  With --unseen: they say
that it cannot be seen here.

Acknowledgements of FIN come by themselves or with what is sent next, as the
kernel has it: they are taken off, and each must have been there once."""

import json
import re
import subprocess
import sys
from pathlib import Path

import jsonschema

SCHEMA = Path(__file__).parents[3] / "docs/result.schema.json"
OPEN = ["you → checker  SYN", "checker → you  SYN, ACK"]
CALL = ["checker → you  SYN", "you → checker  SYN, ACK"]
PORT = r":\d+ "

# What a case tells, line by line; or, where time decides how often something
# comes, patterns that are found in this order.
LINES = {
    "conversation": OPEN + ["you → checker  5 bytes",
                            "checker → you  2 bytes",
                            "you → checker  FIN", "checker → you  FIN"],
    "last-word": OPEN + ["checker → you  13 bytes", "checker → you  RST"],
    "ipv6": OPEN + ["you → checker  3 bytes", "checker → you  RST"],
    "unread": OPEN + ["checker → you  6 bytes", "you → checker  RST"],
    "several": CALL + ["(connection 2) " + line for line in CALL] + [
        "(connection 2) you → checker  3 bytes",
        "(connection 2) checker → you  RST", "checker → you  RST"],
    "refused": ["you → 127.0.0.10:P  SYN", "127.0.0.10:P → you  RST"] +
               OPEN + ["checker → you  RST"],
    "own-calls": ["checker → 127.0.0.1:P  SYN",
                  "127.0.0.1:P → checker  SYN, ACK",
                  "checker → 127.0.0.2:P  SYN", "127.0.0.2:P → checker  RST"],
    "datagrams": ["you → checker  2 bytes, datagram",
                  "checker → you  3 bytes, datagram",
                  "you → 127.0.0.1:P  6 bytes, datagram",
                  "127.0.0.1:P → you  port unreachable (ICMP)"],
    "not-asked": [],
    "drip": OPEN + 5 * ["checker → you  1 byte", "checker → you  2 bytes"],
}
PATTERNS = {
    "window": [*map(re.escape, OPEN), r"you → checker  \d+ bytes$",
               "checker → you  window 0$", "you → checker  window probe$",
               "checker → you  window 0 again$",
               "checker → you  window open again$",
               r"you → checker  \d+ bytes$", "checker → you  RST$"],
    "again": [*map(re.escape, OPEN), "you → checker  8 bytes$",
              "you → checker  8 bytes again$"],
    "too-many": [r"you → 127.0.0.1:\d+  0 bytes, datagram$",
                 r"\d+ packets more: too many to see them all$"],
    "too-large": [r"you → 127.0.0.1:\d+  65507 bytes, datagram$"],
}
ANSWERED = {"conversation": 2}
MOST_COLUMNS = 49


def take_answers(lines):
    """The lines without "ACK of FIN", and how many there were."""
    bare = [re.sub(r"(, |  )ACK of FIN$", "", line) for line in lines]
    n = sum(a != b for a, b in zip(lines, bare))
    return [line for line in bare if "  " in line], n


def check_patterns(case, lines, patterns):
    at = 0
    for pattern in patterns:
        while at < len(lines) and not re.match(pattern, lines[at]):
            at += 1
        if at == len(lines):
            sys.exit(f"{case}: nothing like {pattern} in its place: {lines}")
        at += 1


def check_case(case, trail):
    times = [step["ms"] for step in trail]
    if times != sorted(times) or min(times) < 0:
        sys.exit(f"{case}: not in the order of time: {times}")
    wire = [step["text"] for step in trail if step["who"] == "wire"]
    for line in wire:
        if len(line) > MOST_COLUMNS:
            sys.exit(f"{case}: too long: {line}")
    if case in PATTERNS:
        check_patterns(case, wire, PATTERNS[case])
        return
    lines, answers = take_answers(wire)
    lines = [re.sub(PORT, ":P ", line) for line in lines]
    if lines != LINES[case]:
        sys.exit(f"{case}: wanted {LINES[case]}\ngot {lines}")
    if answers != ANSWERED.get(case, 0):
        sys.exit(f"{case}: {answers} answers to FIN: {wire}")


def check_unseen(case, trail):
    wire = [step["text"] for step in trail if step["who"] == "wire"]
    wanted = 0 if case == "not-asked" else 1
    if len(wire) != wanted or wire and "is not seen: this system" not in \
            wire[0]:
        sys.exit(f"{case}: wanted {wanted} lines that it is not seen: {wire}")


def check_schema(result):
    """It has no chapter of its own, and one case is long."""
    shorter = [case | {"trail": case["trail"][-200:]}
               for case in result["cases"]]
    jsonschema.validate(result | {"chapter": "00-self", "cases": shorter},
                        json.loads(SCHEMA.read_text(encoding="utf-8")))


def main(checker, puppet, is_seen):
    done = subprocess.run([checker, "--json", puppet], encoding="utf-8",
                          stdout=subprocess.PIPE)
    result = json.loads(done.stdout)
    if is_seen and not result["netns"]:
        print("skipped: there is no private network here")
        return 77
    check_schema(result)
    for case in result["cases"]:
        wanted = "fail" if case["id"] == "drip" else "pass"
        if case["status"] == "skip":
            continue
        if case["status"] != wanted:
            sys.exit(f"{case['id']}: {case['message']}")
        if is_seen:
            check_case(case["id"], case["trail"])
        else:
            check_unseen(case["id"], case["trail"])
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3], is_seen=len(sys.argv) == 3))
