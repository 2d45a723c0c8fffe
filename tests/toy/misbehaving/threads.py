"""It starts threads without end."""

import threading
import time

VERDICT = "processes"


def double(x):
    while True:
        threading.Thread(target=time.sleep, args=(1000,), daemon=True).start()
