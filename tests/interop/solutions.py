"""The solutions as programs to talk to, and ways to talk to them."""

import contextlib
import os
import re
import socket
import subprocess
import threading
from pathlib import Path

SOLUTIONS = Path(os.environ["WORKBOOK_SOLUTIONS"])
DEADLINE = 60  # seconds, for a loaded machine; nothing here waits on purpose

LINE = b"Hello, World\n"


def program(lab):
    """The path of a lab's solution."""
    return str(next(SOLUTIONS.glob(f"*/{lab}")))


@contextlib.contextmanager
def running(*argv, **streams):
    """A process that is ended with the block, and after DEADLINE at last."""
    process = subprocess.Popen(argv, **streams)
    watchdog = threading.Timer(DEADLINE, process.kill)
    watchdog.start()
    try:
        yield process
    finally:
        watchdog.cancel()
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream is not None:
                stream.close()


@contextlib.contextmanager
def serving(lab, *options, programs=()):
    """A solution that listens: its host and port."""
    with running(program(lab), *options, "127.0.0.1", "0", *programs,
                 stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:
        line = server.stdout.readline().decode()
        host, port = re.fullmatch(r"listening on (.*):(\d+)\n", line).groups()
        yield host, port


def listening_port(process):
    """The port of another's server, by the kernel's list of sockets."""
    sockets = set()
    for link in Path(f"/proc/{process.pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # closed meanwhile
            sockets.add(os.readlink(link))
    for row in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        local, state, inode = (row.split()[i] for i in (1, 3, 9))
        if state == "0A" and f"socket:[{inode}]" in sockets:
            return str(int(local.split(":")[1], 16))
    return None


def wait_for_port(process):
    """The same, as soon as it listens."""
    while process.poll() is None:
        port = listening_port(process)
        if port is not None:
            return port
        os.sched_yield()
    raise AssertionError("the server has ended before it listened")


def talk(argv, question, answer, half_closes=True):
    """Has a client send `question`; returns what it printed.  A client that
    does not half-close is ended when it has printed as much as `answer`."""
    with running(*argv, stdin=subprocess.PIPE,
                 stdout=subprocess.PIPE) as client:
        client.stdin.write(question)
        client.stdin.flush()
        if half_closes:
            return client.communicate()[0]
        return client.stdout.read(len(answer))


def chat_with(test, where, argv):
    """Has a client, started as `argv`, hear us and be heard.  We call first,
    so that we have been let in when its first line comes."""
    with socket.create_connection(where, timeout=DEADLINE) as ours, \
            running(*argv, stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE) as theirs:
        theirs.stdin.write(LINE)
        theirs.stdin.flush()
        test.assertEqual(LINE, ours.makefile("rb").readline())
        ours.sendall(b"so you are here\n")
        test.assertEqual(b"so you are here\n", theirs.stdout.readline())


def run(argv, question=b""):
    """Runs a client of ours to its end: its status and what it printed."""
    with running(*argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                 stderr=subprocess.PIPE) as client:
        out, _ = client.communicate(question)
        return client.returncode, out


# What a client may ask each server of the course, and what it is answered.
CONVERSATIONS = {
    "upper": (LINE, LINE.upper()),
    "forked": (LINE, LINE.upper()),
    "threaded": (LINE, LINE.upper()),
    "fixed": (LINE.rjust(64), LINE.rjust(64)[::-1]),
    "lines": (LINE + b"\n", b"1 " + LINE + b"2 \n"),
    "framed": (b"00005hello00000", b"00005hello00000"),
    "lastword": (b"3\n", b"line 1\nline 2\nline 3\n"),
}
COMMAND = ("greet", b"0 13\nHello, World\n")


# Clients that send their stdin and print what comes.
TALKERS = ("upper-client", "talk", "ask", "pump")


def greeter(folder):
    """A program for command-server, as its argument."""
    path = Path(folder) / "greet"
    path.write_text("#!/bin/sh\necho Hello, World\n")
    path.chmod(0o755)
    return f"greet={path}"
