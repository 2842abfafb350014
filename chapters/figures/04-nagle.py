"""Measures what 04-nagle.gp draws: python3 04-nagle.py >04-nagle.csv

In a network of its own, a client sends a question in two send() and waits for
the answer, some rounds with TCP_NODELAY off, then some with it on.  What goes
over the loopback is read from a packet socket, with the kernel's time stamps.
Written are two rounds, one of each kind: milliseconds from the first send(),
who sent it (1 the client, 0 the server), how many bytes, and whether Nagle's
algorithm was on (1).  The first rounds are left out: the server's kernel
acknowledges at once in these.
"""

import ctypes
import os
import socket
import struct
import subprocess

CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000
SO_TIMESTAMPNS = 35
ETH_P_IP, PACKET_OUTGOING = 0x0800, 4
ROUNDS = 6


def enter_private_network():
    flags = CLONE_NEWNET | (CLONE_NEWUSER if os.getuid() else 0)
    if ctypes.CDLL(None, use_errno=True).unshare(flags):
        raise OSError(ctypes.get_errno(), "unshare")
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)


def listen_in():
    """A socket that gets every packet of the loopback, with its time."""
    wire = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM,
                         socket.htons(ETH_P_IP))
    wire.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
    wire.bind(("lo", ETH_P_IP))
    wire.setblocking(False)
    return wire


def packets(wire, client_port):
    """Yields (seconds, from the client, bytes of data) of what has come."""
    while True:
        try:
            packet, control, _, address = wire.recvmsg(65536, 128)
        except BlockingIOError:
            return
        if address[2] == PACKET_OUTGOING:
            continue            # each comes twice: as it goes, as it comes
        seconds, nanos = struct.unpack("qq", control[0][2])
        tcp = packet[(packet[0] & 15) * 4:]
        size = len(packet) - (packet[0] & 15) * 4 - (tcp[12] >> 4) * 4
        port = struct.unpack("!H", tcp[:2])[0]
        yield seconds + nanos / 1e9, port == client_port, size


def converse(client, server):
    client.send(b"question, ")
    client.send(b"part two")
    got = b""
    while len(got) < 18:
        got += server.recv(18)
    server.send(b"the answer")
    client.recv(10)


def main():
    enter_private_network()
    wire = listen_in()
    listener = socket.create_server(("127.0.0.1", 0))
    client = socket.create_connection(listener.getsockname())
    server, _ = listener.accept()
    port = client.getsockname()[1]
    print("ms,client,bytes,nagle")
    for nagle in (1, 0):
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, not nagle)
        for _ in range(ROUNDS):
            list(packets(wire, port))
            converse(client, server)
            seen = list(packets(wire, port))
        for seconds, from_client, size in seen:
            print(f"{(seconds - seen[0][0]) * 1e3:.3f},{from_client:d},"
                  f"{size},{nagle}")


main()
