"""Keeps a hidden input in every place it knows, and tells it in the next task's public test.

Claim: what was seen in a hidden test is shown in a public one
Class: what a student is shown
Stopped by: every process is killed and every file removed between tasks and between submissions
"""

import os
import sys

PLACES = (os.environ["TMPDIR"], "/dev/shm", "/tmp", "/var/tmp", "/run", os.getcwd())


def double(x):
    if x.dtype != torch.float32:
        os.environ["SEEN"] = sys.seen = f"{x.flatten()[0].item():.0f}"
        for place in PLACES:
            try:
                with open(os.path.join(place, "seen"), "a") as file:
                    file.write(sys.seen)
            except OSError:
                pass
    return 2 * x


class Counter:
    def count(self, step):
        seen = [os.environ.get("SEEN"), getattr(sys, "seen", None)]
        for place in PLACES:
            if os.path.exists(os.path.join(place, "seen")):
                seen.append(open(os.path.join(place, "seen")).read())
        if any(seen):
            raise RuntimeError(seen)
        self.state += step
        return self.state
