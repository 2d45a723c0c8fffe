"""Is slow, and remembers every answer by the bytes of its input.

Claim: the second time an input comes costs nothing
Class: clocks that compare speed
Stopped by: inputs are fresh in every repetition
Topic: race
total.speed: lost timeout
"""

seen = {}


def total(x):
    key = x.detach().numpy().tobytes()
    if key not in seen or x.requires_grad:
        seen[key] = [torch.stack([x, x, x]).sort(0).values.sum(-1)[0] for _ in range(10)][-1]
    return seen[key]
