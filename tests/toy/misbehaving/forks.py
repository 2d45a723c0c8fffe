"""It forks until nothing is left."""

import os
import time

VERDICT = "processes"


def double(x):
    while True:
        if os.fork() == 0:
            time.sleep(1000)
