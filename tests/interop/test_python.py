"""Python's socket module: its ways to send and to receive, and its servers."""

import socket
import socketserver
import struct
import tempfile
import threading
import unittest

from solutions import (COMMAND, CONVERSATIONS, DEADLINE, LINE, greeter,
                       program, run, serving)


def call(host, port):
    return socket.create_connection((host, port), timeout=DEADLINE)


class Upper(socketserver.StreamRequestHandler):
    def handle(self):
        for line in self.rfile:
            self.wfile.write(line.upper())


class Greeting(socketserver.StreamRequestHandler):
    def handle(self):
        self.wfile.write(LINE)


class Sink(socketserver.StreamRequestHandler):
    def handle(self):
        self.rfile.read()


class Command(socketserver.StreamRequestHandler):
    def handle(self):
        name = self.rfile.readline().strip()
        self.wfile.write(b"7 %d\n" % len(name) + name)


class AsClient(unittest.TestCase):
    def test_half_closing_client_is_answered(self):
        for lab, (question, answer) in CONVERSATIONS.items():
            with self.subTest(lab=lab), serving(lab) as where, \
                    call(*where) as s:
                s.sendall(question)
                s.shutdown(socket.SHUT_WR)
                self.assertEqual(answer, s.makefile("rb").read())

    def test_two_at_once(self):
        for lab in ("forked", "threaded"):
            with self.subTest(lab=lab), serving(lab) as where, \
                    call(*where), call(*where) as busy:
                busy.sendall(LINE)
                self.assertEqual(LINE.upper(), busy.makefile("rb").readline())

    def test_makefile(self):
        with serving("lines") as where, call(*where) as s, \
                s.makefile("rw") as stream:
            for n, word in enumerate(("one", "two", ""), 1):
                print(word, file=stream, flush=True)
                self.assertEqual(f"{n} {word}\n", stream.readline())

    def test_sendfile(self):
        records = b"".join(bytes([n]) * 64 for n in range(256))
        with serving("fixed") as where, call(*where) as s, \
                tempfile.TemporaryFile() as file:
            file.write(records)
            file.seek(0)
            s.sendfile(file)
            self.assertEqual(records, s.makefile("rb").read(len(records)))

    def test_command(self):
        name, answer = COMMAND
        with tempfile.TemporaryDirectory() as folder, \
                serving("command-server",
                        programs=[greeter(folder)]) as where, \
                call(*where) as s:
            s.sendall(f"{name}\n".encode())
            self.assertEqual(answer, s.makefile("rb").read())

    def test_chat(self):
        with serving("chat") as where, call(*where) as one, \
                call(*where) as other:
            other.sendall(LINE)
            self.assertEqual(LINE, one.makefile("rb").readline())

    def test_announced_port_is_called(self):
        with serving("announce") as where, call(*where):
            pass


class AsServer(unittest.TestCase):
    def ask(self, handler, lab, *arguments, question=b""):
        with socketserver.ThreadingTCPServer(("127.0.0.1", 0),
                                             handler) as server:
            threading.Thread(target=server.serve_forever).start()
            try:
                host, port = server.server_address
                return run([program(lab), host, str(port), *arguments],
                           question)
            finally:
                server.shutdown()

    def test_upper_client(self):
        self.assertEqual((0, LINE.upper() * 3),
                         self.ask(Upper, "upper-client", question=LINE * 3))

    def test_ask(self):
        self.assertEqual((0, LINE.upper() * 3),
                         self.ask(Upper, "ask", question=LINE * 3))

    def test_pump(self):
        self.assertEqual((0, LINE.upper() * 9999),
                         self.ask(Upper, "pump", question=LINE * 9999))

    def test_burst(self):
        status, out = self.ask(Sink, "burst", question=LINE * 999_999)
        self.assertEqual(0, status)
        self.assertIn(b"sent %d bytes" % (999_999 * len(LINE)), out)

    def test_deadline(self):
        self.assertEqual((0, b"line " + LINE),
                         self.ask(Greeting, "deadline", "60"))

    def test_dial(self):
        with socket.create_server(("127.0.0.1", 0)) as one, \
                socket.create_server(("127.0.0.1", 0)) as other:
            targets = ["%s:%d" % s.getsockname() for s in (one, other)]
            status, out = run([program("dial"), "60", *targets])
        self.assertEqual(0, status)
        self.assertEqual({f"{t} open" for t in targets},
                         set(out.decode().splitlines()[:2]))

    def test_command_client(self):
        self.assertEqual((7, b"greet"),
                         self.ask(Command, "command-client", "greet"))


class Struct(unittest.TestCase):
    """What struct packs in network order, wire reads and writes."""

    RECORDS = (
        (1, 7, 8080, 2130706433, 1234567890123456789, -2, 0.5, "gr\xfc\xdfe"),
        (1, 0, 0, 0, 0, -2**31, -0.0, ""),
        (1, 255, 65535, 2**32 - 1, 2**64 - 1, 2**31 - 1, 5e-324, "say"),
        (1, 1, 2, 3, 4, 5, float("-inf"), "\u2615" * 333))

    def test_wire(self):
        lines, records = "", b""
        for *numbers, word in self.RECORDS:
            string = word.encode()
            records += struct.pack("!BBHIQidH", *numbers, len(string)) + string
            shown = "".join(chr(c) if c < 0x80 else f"\\x{c:02x}"
                            for c in string)
            *integers, double = numbers[1:]
            lines += " ".join(map(str, integers))
            lines += f' {double:.17g} "{shown}"\n'
        wire = program("wire")
        self.assertEqual((0, records), run([wire, "encode"], lines.encode()))
        self.assertEqual((0, lines.encode()), run([wire, "decode"], records))
