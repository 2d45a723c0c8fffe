"""Leaves a thread behind that steps on after the training has returned: its questions are answered no more. Low."""

import threading
import time

DESERVES = "low"
SEEN = []


def train(env):
    env.reset()
    threading.Thread(target=go_on, args=(env,), daemon=True).start()
    time.sleep(0.02)
    return lambda observation: 0


def go_on(env):
    while True:
        try:
            SEEN.append(env.step(0))
        except RuntimeError:
            time.sleep(0.001)
        except ValueError:
            return
