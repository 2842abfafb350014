"""Runs the commands of one transcript, in one shell, one after the other."""

import os
import select
import subprocess
import time

from prose import sandbox

# The shell reads its commands from stdin; the commands read nothing.  After
# each one it says that it has ended by a byte that no program prints.
LOOP = """while IFS= read -r line
do eval "$line" </dev/null; printf '\\036'; done"""
ENDED = b"\x1e"

COMMAND_SECONDS = 60
SETTLE_SECONDS = 2


class TooSlow(Exception):
    """A command did not end, or a program did not speak, in time."""


class Session:
    """A shell in an empty directory, with the solutions on its PATH."""

    def __init__(self, directory, path):
        self.buffer = b""
        self.shell = subprocess.Popen(
            ["sh", "-c", LOOP], cwd=directory, env=environment(path),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, start_new_session=True, bufsize=0,
            preexec_fn=sandbox.die_with_parent)

    def run(self, command):
        """Returns the lines that a command prints until it ends."""
        return split_lines(self._run(command))

    def start(self, command, count):
        """Starts `command &`; returns the first `count` lines it prints.
        One that is to print none is given until it has opened a socket."""
        before = sandbox.open_sockets()
        said = self._run(command)
        whole = said[:said.rfind(b"\n") + 1]
        self.buffer = said[len(whole):] + self.buffer  # a line half said
        lines = split_lines(whole)
        while len(lines) < count:
            lines += split_lines(self._take(b"\n"))
        if not count:
            wait_until(lambda: sandbox.open_sockets() != before)
        return lines

    def _run(self, command):
        self.shell.stdin.write(command.encode() + b"\n")
        return self._take(ENDED)

    def _take(self, end):
        deadline = time.monotonic() + COMMAND_SECONDS
        while end not in self.buffer:
            left = max(0, deadline - time.monotonic())
            ready, _, _ = select.select([self.shell.stdout], [], [], left)
            pipe = self.shell.stdout.fileno()
            chunk = os.read(pipe, 65536) if ready else b""
            if not chunk:
                raise TooSlow(f"gave no answer within {COMMAND_SECONDS} s")
            self.buffer += chunk
        said, _, self.buffer = self.buffer.partition(end)
        return said

    def close(self):
        self.shell.stdin.close()
        self.shell.stdout.close()
        sandbox.end_all()


def split_lines(said):
    lines = said.decode(errors="replace").splitlines()
    return [line.rstrip() for line in lines]


def environment(path):
    """What programs see; LeakSanitizer cannot work under strace."""
    return {"PATH": path, "LC_ALL": "C", "HOME": "/nonexistent",
            "TERM": "dumb", "ASAN_OPTIONS": "detect_leaks=0"}


def wait_until(condition):
    deadline = time.monotonic() + SETTLE_SECONDS
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.005)
