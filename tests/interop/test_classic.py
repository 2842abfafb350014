"""The programs that tutorials show, in Python, as those who read them write
them: each talks to the solution at the other end."""

import contextlib
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from solutions import greeter, program, run, running, serving

CLASSIC = Path(__file__).parent / "classic"


def classic(name, *arguments):
    return [sys.executable, "-B", str(CLASSIC / f"{name}.py"), *arguments]


@contextlib.contextmanager
def classic_server(name):
    """A server in Python: its host and port."""
    with running(*classic(name), stdout=subprocess.PIPE) as server:
        yield "127.0.0.1", server.stdout.readline().decode().strip()


class Clients(unittest.TestCase):
    """Theirs calls, ours serves."""

    def ask(self, name, where, *arguments, question=b""):
        return run(classic(name, *where, *arguments), question)

    def test_hi(self):
        for lab in ("upper", "forked", "threaded"):
            with self.subTest(lab=lab), serving(lab) as where:
                self.assertEqual((0, b"HI\n"), self.ask("hi_client", where))

    def test_upper(self):
        for lab in ("upper", "forked", "threaded"):
            with self.subTest(lab=lab), serving(lab) as where:
                self.assertEqual((0, b"ONE\nTWO\n"),
                                 self.ask("upper_client", where,
                                          question=b"one\ntwo\n"))

    def test_fixed_length(self):
        with serving("fixed") as where:
            self.assertEqual((0, b"olleh".rjust(64) + b"\n"),
                             self.ask("my_socket", where, question=b"hello\n"))

    def test_five_digits(self):
        with serving("framed") as where:
            self.assertEqual((0, b"hello\n\nworld\n"),
                             self.ask("five_digits", where,
                                      question=b"hello\n\nworld\n"))

    def test_command(self):
        with tempfile.TemporaryDirectory() as folder, \
                serving("command-server",
                        programs=[greeter(folder)]) as where:
            self.assertEqual((0, b"Hello, World\n"),
                             self.ask("command_client", where, "greet"))
            status, _ = self.ask("command_client", where, "no-such")
            self.assertEqual(127, status)


class Servers(unittest.TestCase):
    """Ours calls, theirs serves."""

    def test_hi(self):
        with classic_server("hi_server") as where:
            self.assertEqual((0, b"hi\n"),
                             run([program("upper-client"), *where], b"hello\n"))

    def test_upper(self):
        with classic_server("upper_server") as where:
            self.assertEqual((0, b"ONE\n\nTWO\n"),
                             run([program("upper-client"), *where],
                                 b"one\n\ntwo\n"))

    def test_command(self):
        with classic_server("command_server") as where:
            self.assertEqual((0, b"Hello, World\n"),
                             run([program("command-client"), *where, "greet"]))
            self.assertEqual((1, b""),
                             run([program("command-client"), *where, "fail"]))
