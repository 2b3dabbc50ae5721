"""A long line between this machine and a network namespace of its own.

Two TUN devices, one here and one in the namespace; every packet between them is held back for a
while. Prints "ready" once it carries packets, and takes everything away when its input ends.

Usage: delay_line.py NAMESPACE NEAR_ADDRESS FAR_ADDRESS DELAY_MS
"""

import collections
import fcntl
import os
import select
import struct
import subprocess
import sys
import time

TUNSETIFF = 0x400454CA
IFF_TUN_NO_PI = 0x0001 | 0x1000
MTU = 16000
MAX_WAITING = 200_000


def open_tun(name):
    device = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(device, TUNSETIFF, struct.pack("16sH", name.encode(), IFF_TUN_NO_PI))
    return device


def ip(*words):
    subprocess.run(["ip", *words], check=True)


def carry(near, far, delay):
    """Moves packets until the input ends."""
    poll = select.poll()
    for source in (near, far, 0):
        poll.register(source, select.POLLIN)
    other = {near: far, far: near}
    waiting = collections.deque()
    while True:
        timeout = None
        if waiting:
            timeout = max(0, (waiting[0][0] - time.monotonic()) * 1000)
        for source, _ in poll.poll(timeout):
            if source == 0:
                if not os.read(0, 4096):
                    return
                continue
            try:
                while len(waiting) < MAX_WAITING:
                    packet = os.read(source, 65536)
                    waiting.append((time.monotonic() + delay, other[source], packet))
            except BlockingIOError:
                pass
        now = time.monotonic()
        while waiting and waiting[0][0] <= now:
            _, target, packet = waiting.popleft()
            try:
                os.write(target, packet)
            except OSError:
                pass  # the device is full: as on any line, the packet is lost


def main():
    namespace, near_address, far_address, delay_ms = sys.argv[1:]
    near_name, far_name = f"{namespace}a", f"{namespace}b"
    ip("netns", "add", namespace)
    try:
        near, far = open_tun(near_name), open_tun(far_name)
        ip("link", "set", far_name, "netns", namespace)
        for name, address, where in (
            (near_name, near_address, []),
            (far_name, far_address, ["-n", namespace]),
        ):
            ip(*where, "address", "add", f"{address}/30", "dev", name)
            ip(*where, "link", "set", name, "mtu", str(MTU), "txqueuelen", "10000", "up")
        ip("-n", namespace, "link", "set", "lo", "up")
        print("ready", flush=True)
        carry(near, far, float(delay_ms) / 1000)
    finally:
        subprocess.run(["ip", "netns", "delete", namespace], check=False)


main()
