"""command_client.py HOST PORT NAME: has the server run a command, prints what
it printed, and exits with its status."""

import socket
import sys

s = socket.create_connection((sys.argv[1], int(sys.argv[2])))
s.sendall(sys.argv[3].encode() + b"\n")
stream = s.makefile("rb")
status, length = map(int, stream.readline().split())
sys.stdout.buffer.write(stream.read(length))
sys.exit(status)
