"""my_socket.py HOST PORT: messages of one fixed length, by a class that sends
and receives until they are whole."""

import socket
import sys

MSGLEN = 64


class MySocket:
    def __init__(self, sock=None):
        if sock is None:
            sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self.sock = sock

    def connect(self, host, port):
        self.sock.connect((host, port))

    def mysend(self, message):
        done = 0
        while done < MSGLEN:
            n = self.sock.send(message[done:])
            if n == 0:
                raise RuntimeError("the connection is broken")
            done += n

    def myreceive(self):
        pieces = []
        missing = MSGLEN
        while missing > 0:
            piece = self.sock.recv(min(missing, 2048))
            if piece == b"":
                raise RuntimeError("the connection is broken")
            pieces.append(piece)
            missing -= len(piece)
        return b"".join(pieces)


s = MySocket()
s.connect(sys.argv[1], int(sys.argv[2]))
for line in sys.stdin:
    s.mysend(line.rstrip("\n").encode().ljust(MSGLEN))
    print(s.myreceive().decode())
