"""Makes files whose names are no text, no line and no option: bytes, line ends, dashes, 255 characters.

Claim: whoever lists or removes them stumbles over a name
Class: disk
Stopped by: every process is killed and every file removed between tasks and between submissions
"""

import os

NAMES = [b"\xff\xfe", b"new\nline", b"-rf", b"x" * 255, "á".encode(), "á".encode(), b"\x1b[2J", b" ", b"..."]


def double(x):
    for name in NAMES:
        os.makedirs(name, exist_ok=True)
        os.close(os.open(os.path.join(name, name), os.O_CREAT | os.O_WRONLY))
    return 2 * x
