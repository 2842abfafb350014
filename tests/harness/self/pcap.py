"""pcap.py CHECKER PUPPET: what tshark reads in the file of --pcap is what was
sent; where no packets can be had, the checker says so before it begins."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

SYN, FIN, RST, ACK = 0x02, 0x01, 0x04, 0x10
OPEN = [(SYN, 0), (SYN | ACK, 0)]

# Cases of wire.c in their order: TCP segments, but for bare acknowledgements,
# as (flags, length).
WANTED = [
    OPEN + [(ACK, 5), (ACK, 2), (FIN | ACK, 0), (FIN | ACK, 0)],
    OPEN + [(ACK, 13), (RST | ACK, 0)],
    OPEN + [(ACK, 3), (RST | ACK, 0)],
    OPEN + [(ACK, 6), (RST | ACK, 0)],
]
DATAGRAMS = 20003  # at least, in all cases, but for ICMP's
FIELDS = ["tcp.stream", "tcp.flags", "tcp.len", "frame.time_epoch",
          "tcp.payload", "_ws.malformed"]


def run(*command, **environ):
    return subprocess.run(command, capture_output=True, text=True,
                          env=os.environ | environ)


def read(path):
    """What tshark finds: one list of fields for each packet."""
    fields = [word for field in FIELDS for word in ("-e", field)]
    done = run("tshark", "-r", path, "-Y", "!icmp", "-T", "fields",
               *fields)
    if done.returncode != 0:
        sys.exit(f"tshark: {done.stderr}")
    packets = [line.split("\t") for line in done.stdout.splitlines()]
    if any(packet[-1] for packet in packets):
        sys.exit("some packets are malformed")
    return packets


def streams(packets):
    """The conversations in the order in which they began."""
    found = {}
    for stream, flags, length, *_ in packets:
        if not stream:
            continue  # a datagram
        segment = (int(flags, 16) & (SYN | FIN | RST | ACK), int(length))
        if segment != (ACK, 0):
            found.setdefault(int(stream), []).append(segment)
    return [found[stream] for stream in sorted(found)]


def check_all_cases(checker, puppet, path):
    done = run(checker, "--pcap", path, puppet)
    packets = read(path)
    got = streams(packets)[:len(WANTED)]
    wanted = WANTED
    if len(got) > 2 and got[2] != WANTED[2]:  # no IPv6 here
        wanted, got = WANTED[:2], got[:2]
    if got != wanted:
        sys.exit(f"wanted {wanted}\ngot {got}")
    times = [float(packet[3]) for packet in packets]
    if times != sorted(times):
        sys.exit("the cases are not in their order")
    if bytes.fromhex(packets[3][4]) != b"hello":
        sys.exit(f"the first data is {packets[3][4]}")
    datagrams = sum(not packet[0] for packet in packets)
    if datagrams < DATAGRAMS or "too-many" in done.stderr:
        sys.exit(f"{datagrams} datagrams: {done.stderr}")


def check_one_case(checker, puppet, path):
    done = run(checker, "--case", "unread", "--pcap", path, puppet)
    if done.returncode != 0 or streams(read(path)) != [WANTED[3]]:
        sys.exit(f"one case: {done.stdout}{done.stderr}")


def check_loss(checker, puppet, path):
    done = run(checker, "--case", "too-large", "--pcap", path, puppet)
    told = re.search(r"too-large: (\d+) packets are not in .*no room",
                     done.stderr)
    size = path.stat().st_size
    if not told or not 48 << 20 < size < 66 << 20:
        sys.exit(f"{size} bytes, and {done.stderr}")


def check_refusals(checker, puppet, path):
    for environ, target, words in (
            ({"WORKBOOK_WITHOUT": "netns"}, path, "a private network"),
            ({"WORKBOOK_WITHOUT": "capture"}, path, "a packet socket"),
            ({}, "/nowhere/file", "/nowhere/file: No such file"),
            ({}, "/dev/full", "/dev/full: No space left")):
        done = run(checker, "--pcap", target, "--case", "unread", puppet,
                   **environ)
        if done.returncode != 2 or words not in done.stderr or done.stdout:
            sys.exit(f"{words}: {done.returncode}: {done.stderr}")


def main(checker, puppet):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file.pcap"
        check_refusals(checker, puppet, path)
        done = run(checker, "--case", "unread", "--pcap", path, puppet)
        if done.returncode == 2:
            print(f"skipped: {done.stderr}")
            return 77
        if shutil.which("tshark") is None:
            print("skipped: there is no tshark here")
            return 77
        check_all_cases(checker, puppet, path)
        check_one_case(checker, puppet, path)
        check_loss(checker, puppet, path)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
