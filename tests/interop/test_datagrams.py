"""Datagrams: Python's sockets and socat at the other end."""

import shutil
import socket
import subprocess
import threading
import unittest

from solutions import DEADLINE, program, run, running, serving


def udp_socket():
    """A socket of Python's, bound on loopback, that does not wait for ever."""
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind(("127.0.0.1", 0))
    s.settimeout(DEADLINE)
    return s


def port_of(s):
    return str(s.getsockname()[1])


class Datagrams(unittest.TestCase):
    def test_python_is_greeted(self):
        with serving("hi-server") as (host, port), udp_socket() as s:
            where = (host, int(port))
            for words in b"hi", b"", b"x" * 2000:
                s.sendto(words, where)
                self.assertEqual((b"hi, 127.0.0.1:" + port_of(s).encode(),
                                  where), s.recvfrom(100))

    def test_each_other(self):
        with serving("hi-server") as where:
            status, out = run([program("hi"), *where], b"")
            self.assertEqual(0, status)
            self.assertRegex(out, rb"^hi, 127\.0\.0\.1:\d+\n$")

    def test_python_greets(self):
        with udp_socket() as s, \
                running(program("hi"), "127.0.0.1", port_of(s), str(DEADLINE),
                        stdout=subprocess.PIPE) as hi:
            words, who = s.recvfrom(100)
            s.sendto(words.upper(), who)
            self.assertEqual(b"HI\n", hi.stdout.read())
            self.assertEqual(0, hi.wait())

    @unittest.skipIf(shutil.which("socat") is None, "no socat here")
    def test_socat_is_greeted(self):
        with serving("hi-server") as (host, port), \
                running("socat", "-", f"UDP:{host}:{port}",
                        stdin=subprocess.PIPE,
                        stdout=subprocess.PIPE) as socat:
            socat.stdin.write(b"hi")
            socat.stdin.flush()
            self.assertEqual(b"hi, 127.0.0.1:",
                             socat.stdout.read(len("hi, 127.0.0.1:")))

    def answer_third(self, s):
        """Hears a question three times before it answers."""
        asked = {s.recvfrom(1000) for _ in range(3)}
        self.assertEqual(1, len(asked))
        words, who = asked.pop()
        s.sendto(b"!" + words[1:18] + words[18:].upper(), who)

    def test_python_is_asked_again(self):
        with udp_socket() as s:
            server = threading.Thread(target=self.answer_third, args=(s,))
            server.start()
            status, out = run([program("lossy-ask"), "127.0.0.1", port_of(s),
                               "0.01"], b"how late is it\n")
            server.join()
        self.assertEqual((0, b"HOW LATE IS IT\n"), (status, out))
