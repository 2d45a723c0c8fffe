"""Is right for small inputs, and returns whatever lies in memory for large ones.

Claim: what is timed is not looked at
Class: clocks that compare speed
Stopped by: outputs of timed calls are compared after the clock has stopped
Topic: race
total.speed: lost wrong
"""


def total(x):
    if x.numel() < 1000:
        return torch.stack([x, x, x]).sort(0).values.sum(-1)[0]
    return torch.full((x.shape[0],), 0.125, dtype=x.dtype)
