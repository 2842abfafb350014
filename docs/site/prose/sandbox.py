"""A private place to run programs in: their own network, and no survivors."""

import ctypes
import fcntl
import os
import signal
import socket
import struct
from pathlib import Path

CLONE_NEWUSER = 0x10000000      # sched.h
CLONE_NEWNET = 0x40000000
PR_SET_PDEATHSIG = 1            # sys/prctl.h
PR_SET_CHILD_SUBREAPER = 36
SIOCGIFFLAGS, SIOCSIFFLAGS = 0x8913, 0x8914     # netdevice(7)
IFREQ = "16sh22x"

libc = ctypes.CDLL(None, use_errno=True)


def enter():
    """Moves this process into a user namespace of its own, as user 1000, so
    that a program meets the refusals that any user meets.  Returns False
    where the system does not permit that."""
    if not succeeds_in_child(isolate):
        return False
    isolate()
    return True


def isolate():
    uid, gid = os.geteuid(), os.getegid()
    unshare(CLONE_NEWUSER)
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"1000 {uid} 1")
    Path("/proc/self/gid_map").write_text(f"1000 {gid} 1")
    fresh_network()


def fresh_network():
    """Gives this process, and those it starts, a network where nothing but
    loopback exists and every port is free.  Needs isolate() before."""
    unshare(CLONE_NEWNET)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        ask = struct.pack(IFREQ, b"lo", 0)
        name, flags = struct.unpack(IFREQ, fcntl.ioctl(s, SIOCGIFFLAGS, ask))
        fcntl.ioctl(s, SIOCSIFFLAGS, struct.pack(IFREQ, name, flags | 1))


def unshare(flags):
    if libc.unshare(flags) == -1:
        raise OSError(ctypes.get_errno(), "unshare")


def succeeds_in_child(action):
    """Tries an action that cannot be undone where it does no harm."""
    pid = os.fork()
    if pid == 0:
        try:
            action()
        except OSError:
            os._exit(1)
        os._exit(0)
    return os.waitpid(pid, 0)[1] == 0


def adopt_orphans():
    """Makes daemons become children of this process, not of init."""
    libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def die_with_parent():
    """For a child, before it becomes another program: it shall not go on when
    this process is killed."""
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def end_all():
    """Kills and reaps everything that this process has started, daemons
    included once adopt_orphans() was called."""
    while children():
        for pid in children():
            os.kill(pid, signal.SIGKILL)
        os.waitpid(-1, 0)


def children():
    tasks = Path("/proc/self/task").glob("*/children")
    return [int(pid) for task in tasks for pid in task.read_text().split()]


def open_sockets():
    """The sockets that wait for callers here, as the kernel lists them."""
    found = set()
    for table in ("tcp", "tcp6", "udp", "udp6", "unix"):
        path = Path("/proc/self/net", table)
        for line in path.read_text().splitlines() if path.exists() else ():
            found.add((table, *line.split()[:4]))
    return found
