"""socat, as client and as server."""

import shutil
import subprocess
import tempfile
import unittest

from solutions import (COMMAND, CONVERSATIONS, TALKERS, chat_with, greeter,
                       program, run, running, serving, talk, wait_for_port)

UPPER = ("sed -u y/abcdefghijklmnopqrstuvwxyz/ABCDEFGHIJKLMNOPQRSTUVWXYZ/")
LISTEN = "TCP-LISTEN:0,bind=127.0.0.1"


@unittest.skipIf(shutil.which("socat") is None, "no socat here")
class Socat(unittest.TestCase):
    def connect(self, host, port):
        # It waits for the answer as long as it takes, once its stdin ended.
        return ["socat", "-t", "60", "-", f"TCP:{host}:{port}"]

    def test_clients_are_answered(self):
        for lab, (question, answer) in CONVERSATIONS.items():
            with self.subTest(lab=lab), serving(lab) as (host, port):
                self.assertEqual(answer, talk(self.connect(host, port),
                                              question, answer))

    def test_command_is_run(self):
        name, answer = COMMAND
        with tempfile.TemporaryDirectory() as folder, \
                serving("command-server",
                        programs=[greeter(folder)]) as (host, port):
            self.assertEqual(answer, talk(self.connect(host, port),
                                          f"{name}\n".encode(), answer))

    def test_talkers_are_answered(self):
        for lab in TALKERS:
            with self.subTest(lab=lab), \
                    running("socat", LISTEN, f"EXEC:{UPPER}",
                            stdin=subprocess.DEVNULL) as server:
                port = wait_for_port(server)
                status, out = run([program(lab), "127.0.0.1", port],
                                  b"hello\n\nworld\n")
                self.assertEqual((0, b"HELLO\n\nWORLD\n"), (status, out))

    def test_chats(self):
        with serving("chat") as where:
            chat_with(self, where, self.connect(*where))

    def test_pump_moves_both_ways_at_once(self):
        flood = b"0123456789" * 400_000
        with running("socat", LISTEN, "EXEC:cat", stdin=subprocess.DEVNULL
                     ) as server, \
                tempfile.TemporaryFile() as file:
            port = wait_for_port(server)
            file.write(flood)
            file.seek(0)
            with running(program("pump"), "127.0.0.1", port, stdin=file,
                         stdout=subprocess.PIPE) as pump:
                self.assertEqual(flood, pump.stdout.read())
                self.assertEqual(0, pump.wait())

    def test_command_client_is_answered(self):
        with running("socat", LISTEN, "SYSTEM:read name; echo 3 4; echo why",
                     stdin=subprocess.DEVNULL) as server:
            port = wait_for_port(server)
            status, out = run([program("command-client"), "127.0.0.1", port,
                               "anything"])
            self.assertEqual((3, b"why\n"), (status, out))
