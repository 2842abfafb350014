"""Measures what 10-cost.gp draws: python3 10-cost.py >10-cost.csv

Two sockets of one process that are connected to each other, by UDP or by TCP,
on a loopback of their own.  A megabyte goes from one to the other in messages
of a size, one send() and one recv() for each.  In the last column, "collected",
the messages are put together in the program, and each 64 KiB of them are sent by
TCP in one call.  Written is the processor time in milliseconds, the least of
many rounds, in which the three take turns.
"""

import ctypes
import os
import socket
import subprocess
import time

CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000
MIB = 1 << 20
SIZES = [64 << n for n in range(10)]
ROUNDS = 25


def enter_private_network():
    flags = CLONE_NEWNET | (CLONE_NEWUSER if os.getuid() else 0)
    if ctypes.CDLL(None, use_errno=True).unshare(flags):
        raise OSError(ctypes.get_errno(), "unshare")
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)


def udp_pair():
    a, b = (socket.socket(type=socket.SOCK_DGRAM) for _ in range(2))
    for s in (a, b):
        s.bind(("127.0.0.1", 0))
    a.connect(b.getsockname())
    b.connect(a.getsockname())
    return a, b


def tcp_pair():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        a = socket.create_connection(listener.getsockname())
        b, _ = listener.accept()
    for s in (a, b):
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return a, b


def move(pair, size):
    """Processor time for a mebibyte, in milliseconds."""
    a, b = pair
    send, recv = a.send, b.recv_into
    message, room = bytes(size), bytearray(size)
    begin = time.process_time()
    for _ in range(MIB // size):
        send(message)
        left = size
        while left:
            left -= recv(room, left)
    return (time.process_time() - begin) * 1000


def collect(pair, size):
    """The same, with messages that are collected into 64 KiB."""
    a, b = pair
    message, room = bytes(size), bytearray(65536)
    begin = time.process_time()
    for _ in range(MIB // 65536):
        a.send(message * (65536 // size))
        left = 65536
        while left:
            left -= b.recv_into(room, left)
    return (time.process_time() - begin) * 1000


def main():
    enter_private_network()
    udp, tcp, stream = udp_pair(), tcp_pair(), tcp_pair()
    print("size,udp,tcp,collected")
    for size in SIZES:
        rows = [(move(udp, size), move(tcp, size), collect(stream, size))
                for _ in range(ROUNDS)]
        print(size, *(f"{min(column):.3f}" for column in zip(*rows)), sep=",")


main()
