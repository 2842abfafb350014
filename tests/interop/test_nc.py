"""The two netcats of Debian, as clients and as servers."""

import shutil
import subprocess
import tempfile
import unittest

from solutions import (COMMAND, CONVERSATIONS, TALKERS, chat_with, greeter,
                       program, run, running, serving, talk, wait_for_port)

PAGE = b"HTTP/1.0 200 OK\r\nContent-Length: 6\r\n\r\nhello\n"


class Netcat:
    """What both are asked to do."""

    command = ""
    half_close = []
    half_closes = True

    def setUp(self):
        if shutil.which(self.command) is None:
            self.skipTest(f"no {self.command} here")

    def connect(self, host, port):
        return [self.command, *self.half_close, host, port]

    def listen(self):
        raise NotImplementedError

    def test_clients_are_answered(self):
        for lab, (question, answer) in CONVERSATIONS.items():
            with self.subTest(lab=lab), serving(lab) as (host, port):
                self.assertEqual(answer, talk(self.connect(host, port),
                                              question, answer,
                                              self.half_closes))

    def test_command_is_run(self):
        name, answer = COMMAND
        with tempfile.TemporaryDirectory() as folder, \
                serving("command-server",
                        programs=[greeter(folder)]) as (host, port):
            self.assertEqual(answer, talk(self.connect(host, port),
                                          f"{name}\n".encode(), answer,
                                          self.half_closes))

    def test_talkers_are_answered(self):
        for lab in TALKERS:
            with self.subTest(lab=lab), \
                    running(*self.listen(), stdin=subprocess.PIPE,
                            stdout=subprocess.PIPE) as server:
                port = wait_for_port(server)
                server.stdin.write(b"HELLO\n")
                server.stdin.close()
                status, out = run([program(lab), "127.0.0.1", port],
                                  b"hello\n")
                self.assertEqual((0, b"HELLO\n"), (status, out))
                self.assertEqual(b"hello\n", server.stdout.read())

    def test_burst_is_taken(self):
        flood = b"0123456789" * 100_000
        with running(*self.listen(), stdin=subprocess.DEVNULL,
                     stdout=subprocess.PIPE) as server, \
                tempfile.TemporaryFile() as file:
            port = wait_for_port(server)
            file.write(flood)
            file.seek(0)
            with running(program("burst"), "127.0.0.1", port,
                         stdin=file, stdout=subprocess.PIPE) as burst:
                self.assertEqual(flood, server.stdout.read())
                self.assertIn(b"sent 1000000 bytes", burst.stdout.read())

    def test_chats(self):
        with serving("chat") as where:
            chat_with(self, where, self.connect(*where))

    def test_page_is_fetched(self):
        with running(*self.listen(), stdin=subprocess.PIPE,
                     stdout=subprocess.PIPE) as server:
            port = wait_for_port(server)
            server.stdin.write(PAGE)
            server.stdin.close()
            status, out = run([program("fetch"), "127.0.0.1", port, "/"])
            self.assertEqual((0, b"hello\n"), (status, out))


class OpenBSD(Netcat, unittest.TestCase):
    command = "nc.openbsd"
    half_close = ["-N"]

    def listen(self):
        return [self.command, "-l", "127.0.0.1", "0"]


class Traditional(Netcat, unittest.TestCase):
    """It has no way to end its side only."""

    command = "nc.traditional"
    half_closes = False

    def listen(self):
        return [self.command, "-l", "-s", "127.0.0.1"]
