"""curl: what fetch brings is what curl brings; and curl speaks plain TCP to
the servers, as telnet did."""

import functools
import http.server
import shutil
import subprocess
import tempfile
import threading
import unittest
from pathlib import Path

from solutions import CONVERSATIONS, program, run, running, serving


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@unittest.skipIf(shutil.which("curl") is None, "no curl here")
class Curl(unittest.TestCase):
    def test_fetch_brings_what_curl_brings(self):
        with tempfile.TemporaryDirectory() as folder:
            page = bytes(range(256)) * 1024
            (Path(folder) / "page").write_bytes(page)
            handler = functools.partial(Quiet, directory=folder)
            with http.server.ThreadingHTTPServer(("127.0.0.1", 0),
                                                 handler) as server:
                threading.Thread(target=server.serve_forever).start()
                port = str(server.server_port)
                curl = subprocess.run(
                    ["curl", "-s", f"http://127.0.0.1:{port}/page"],
                    stdout=subprocess.PIPE, check=True).stdout
                status, out = run([program("fetch"), "127.0.0.1", port,
                                   "/page"])
                missing, _ = run([program("fetch"), "127.0.0.1", port,
                                  "/none"])
                server.shutdown()
        self.assertEqual((0, page), (status, out))
        self.assertEqual(page, curl)
        self.assertEqual(1, missing)

    def test_clients_are_answered(self):
        for lab, (question, answer) in CONVERSATIONS.items():
            with self.subTest(lab=lab), serving(lab) as (host, port):
                curl = ["curl", "-s", "-N", f"telnet://{host}:{port}"]
                self.assertEqual(answer, self.ask(curl, question, answer))

    def ask(self, curl, question, answer):
        # It sleeps in read() of a stdin that stays open, whatever is answered
        # meanwhile, and goes on when that has ended.
        with running(*curl, stdin=subprocess.PIPE,
                     stdout=subprocess.PIPE) as client:
            client.stdin.write(question)
            client.stdin.close()
            return client.stdout.read(len(answer))
