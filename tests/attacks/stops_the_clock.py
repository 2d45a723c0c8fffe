"""Is slow, and replaces every clock of its process by one that stands still.

Claim: the time that its work took is what its own clock says
Class: clocks that compare speed
Stopped by: CPU time is read from outside, children included
Topic: race
total.speed: lost timeout
"""

import time

for name in ("perf_counter", "monotonic", "process_time", "thread_time", "time", "perf_counter_ns", "process_time_ns"):
    setattr(time, name, lambda: 0.0)


def total(x):
    return [torch.stack([x, x, x]).sort(0).values.sum(-1)[0] for _ in range(10)][-1]
