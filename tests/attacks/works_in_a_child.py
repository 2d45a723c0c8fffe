"""Has a child do the work and waits for it.

Claim: only the worker's own time is compared
Class: clocks that compare speed
Stopped by: CPU time is read from outside, children included
Topic: race
total.speed: lost timeout
total.gradient: lost raised
"""

import os

import numpy as np


def total(x):
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        out = [torch.stack([x, x, x]).sort(0).values.sum(-1)[0] for _ in range(12 if x.numel() > 1000 else 1)][-1]
        os.write(writing, out.detach().numpy().tobytes())
        os._exit(0)
    data = os.read(reading, 1 << 16)
    os.waitpid(child, 0)
    os.close(reading)
    os.close(writing)
    return torch.from_numpy(np.frombuffer(bytearray(data), str(x.dtype).removeprefix("torch.")))
