"""A terminal for ./workbook: a pseudo-terminal, and pyte for what a person
would see on it."""

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import time
from pathlib import Path

import pyte

PATIENCE = 60  # seconds; only a test that fails waits for them


def processes_below(root):
    """Of the processes whose program lies in a tree: their numbers."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            if os.readlink(f"/proc/{pid}/exe").startswith(f"{root}/"):
                found.append(int(pid))
        except OSError:
            pass  # it has ended, or is not ours to look at
    return found


class Terminal:
    """./workbook in a terminal of its own."""

    def __init__(self, course, columns=80, rows=24, **environ):
        self.root = course.root
        self.master, slave = pty.openpty()
        self.before = termios.tcgetattr(slave)
        self.slave = slave
        self.screen = pyte.Screen(columns, rows)
        self.stream = pyte.ByteStream(self.screen)
        self.raw = b""
        self.set_size(columns, rows)
        base = {k: v for k, v in os.environ.items()
                if k not in ("NO_COLOR", "VISUAL", "EDITOR", "MAKEFLAGS")}
        self.process = subprocess.Popen(
            [course.root / "workbook"], stdin=slave, stdout=slave,
            stderr=slave, start_new_session=True,
            env={**base, "TERM": "xterm-256color", "LC_ALL": "C.UTF-8",
                 **environ},
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))

    def set_size(self, columns, rows):
        size = struct.pack("HHHH", rows, columns, 0, 0)
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, size)

    def resize(self, columns, rows):
        self.screen.resize(rows, columns)
        self.set_size(columns, rows)

    def read(self, seconds):
        """Takes in what was written; returns whether there was anything."""
        if not select.select([self.master], [], [], seconds)[0]:
            return False
        data = os.read(self.master, 65536)
        self.raw += data
        self.stream.feed(data)
        return True

    def text(self):
        return "\n".join(line.rstrip() for line in self.screen.display)

    def see(self, *words):
        """Waits until all of the words are on the screen."""
        end = time.monotonic() + PATIENCE
        while not all(word in self.text() for word in words):
            if time.monotonic() > end:
                raise AssertionError(f"no {words} on\n{self.text()}")
            self.read(1)
        return self.text()

    def lose(self, word):
        """Waits until a word is not on the screen any more."""
        end = time.monotonic() + PATIENCE
        while word in self.text():
            if time.monotonic() > end:
                raise AssertionError(f"still {word} on\n{self.text()}")
            self.read(1)

    def press(self, keys):
        os.write(self.master, keys.encode())

    def tell(self, number):
        self.process.send_signal(number)

    def wait_stopped(self):
        os.waitid(os.P_PID, self.process.pid, os.WSTOPPED)

    def wake_ups(self):
        """How often it has slept and gone on so far."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return status.split("voluntary_ctxt_switches:")[1].split()[0]

    def wait_asleep(self):
        """Until the task is done and buried, and all keys were heard."""
        end = time.monotonic() + PATIENCE
        while self.children() or self.read(0.05) or self.state() != "S":
            if time.monotonic() > end:
                raise AssertionError("it does not come to rest")

    def state(self):
        stat = Path(f"/proc/{self.process.pid}/stat").read_text()
        return stat.rsplit(")", 1)[1].split()[0]

    def children(self):
        pid = self.process.pid
        return Path(f"/proc/{pid}/task/{pid}/children").read_text()

    def wait_ended(self):
        """Its exit status, once all it wrote has been read."""
        end = time.monotonic() + PATIENCE
        while self.process.poll() is None and time.monotonic() < end:
            self.read(0.05)
        while self.read(0):
            pass
        return self.process.wait(timeout=1)

    def is_as_before(self):
        return termios.tcgetattr(self.slave) == self.before

    def close(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.kill()
            self.process.wait()
        os.close(self.master)
        os.close(self.slave)
