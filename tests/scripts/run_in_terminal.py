"""Runs a command on a pseudo-terminal and presses Ctrl-C once, when a line matches a pattern.

Arguments: the pattern, then the command. What appears on the terminal goes to standard output, and
the exit code is the command's.
"""

import os
import pty
import re
import sys

pattern = re.compile(sys.argv[1].encode())
seen = b""
pressed = False


def read(terminal):
    global seen, pressed
    data = os.read(terminal, 65536)
    seen += data
    if not pressed and pattern.search(seen):
        pressed = True
        os.write(terminal, b"\x03")
    return data


status = pty.spawn(sys.argv[2:], read, lambda _: b"")
sys.exit(os.waitstatus_to_exitcode(status))
