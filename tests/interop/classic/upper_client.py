"""upper_client.py HOST PORT: sends each line of stdin, prints what comes
back."""

import socket
import sys

s = socket.create_connection((sys.argv[1], int(sys.argv[2])))
for line in sys.stdin:
    s.sendall(line.encode())
    print(s.recv(1024).decode(), end="")
s.close()
