"""Never ends, swallows every exception, ignores every signal and clears every timer.

Claim: what ends a test from within can be kept from doing so
Class: time limits
Stopped by: the box is killed from outside
double.correctness: lost timeout
double.gradient: blocked
double.property: blocked
"""

import signal

signal.setitimer(signal.ITIMER_REAL, 0)
for _number in signal.valid_signals():
    try:
        signal.signal(_number, signal.SIG_IGN)
    except OSError:
        pass


def double(x):
    if x.dim() == 1:
        return 2 * x
    while True:
        try:
            while True:
                pass
        except BaseException:
            pass
