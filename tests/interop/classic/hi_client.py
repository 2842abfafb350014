"""hi_client.py HOST PORT: says hi and prints the answer."""

import socket
import sys

s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
s.connect((sys.argv[1], int(sys.argv[2])))
s.send(b"hi")
print(s.recv(1024).decode())
s.close()
