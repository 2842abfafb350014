"""five_digits.py HOST PORT: sends each line of stdin behind its length in
five digits, prints the answers, which come the same way."""

import socket
import sys


def receive(sock, n):
    data = b""
    while len(data) < n:
        piece = sock.recv(n - len(data))
        if not piece:
            sys.exit("the server has hung up")
        data += piece
    return data


s = socket.create_connection((sys.argv[1], int(sys.argv[2])))
for line in sys.stdin:
    message = line.rstrip("\n").encode()
    s.sendall(str(len(message)).zfill(5).encode() + message)
    print(receive(s, int(receive(s, 5))).decode())
s.close()
