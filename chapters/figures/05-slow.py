"""Measures what 05-slow.gp draws: python3 05-slow.py >05-slow.csv

In a network of its own, a sender fills a connection through a non-blocking
socket until send() says EAGAIN.  Then the reader receives in pieces of 32 KiB.
Whenever poll() says that the socket is writable, the sender sends until EAGAIN
again.  Written are, after each step, in MiB: what the reader has received, what
send() has taken, and whether the socket was writable (1) or not (0).
"""

import ctypes
import os
import select
import socket
import subprocess
import time

CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000
MIB = 1 << 20
PIECE = bytes(65536)
END = 8 * MIB           # so much is received in all


def enter_private_network():
    flags = CLONE_NEWNET | (CLONE_NEWUSER if os.getuid() else 0)
    if ctypes.CDLL(None, use_errno=True).unshare(flags):
        raise OSError(ctypes.get_errno(), "unshare")
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)


def fill(sender):
    taken = 0
    try:
        while True:
            taken += sender.send(PIECE)
    except BlockingIOError:
        return taken


def is_writable(sender):
    time.sleep(0.002)       # what is on its way may arrive
    poll = select.poll()
    poll.register(sender, select.POLLOUT)
    return bool(poll.poll(0))


def main():
    enter_private_network()
    listener = socket.create_server(("127.0.0.1", 0))
    sender = socket.create_connection(listener.getsockname())
    sender.setblocking(False)
    reader, _ = listener.accept()
    received, taken = 0, fill(sender)
    print("received,taken,writable")
    print(f"0,0,1\n0,{taken / MIB:.3f},1")
    while received < END:
        received += len(reader.recv(32768, socket.MSG_WAITALL))
        ready = is_writable(sender)
        if ready:
            print(f"{received / MIB:.3f},{taken / MIB:.3f},0")
            taken += fill(sender)
        print(f"{received / MIB:.3f},{taken / MIB:.3f},{ready:d}")


main()
