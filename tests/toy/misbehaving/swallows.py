"""An endless loop that swallows every exception and ignores signals."""

import signal

VERDICT = "timeout"

for _number in (signal.SIGALRM, signal.SIGTERM, signal.SIGINT):
    signal.signal(_number, signal.SIG_IGN)


def double(x):
    while True:
        try:
            while True:
                pass
        except BaseException:
            pass
