"""Returns the answer that it gave for the same place in memory.

Claim: a harness that uses its buffers again meets its own old answer
Class: clocks that compare speed
Stopped by: outputs of timed calls are compared after the clock has stopped
Topic: race
total.speed: lost wrong or timeout
"""

seen = {}


def total(x):
    if x.numel() < 1000:
        return torch.stack([x, x, x]).sort(0).values.sum(-1)[0]
    return seen.setdefault(tuple(x.shape), torch.stack([x, x, x]).sort(0).values.sum(-1)[0])
