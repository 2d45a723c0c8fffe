"""Returns an array of a hundred megabytes, every time.

Claim: the judge's memory fills with the answers of one submission
Class: memory
Stopped by: frames are read with caps, and every field is checked
double.correctness: lost wrong or memory or timeout
double.gradient: blocked
double.property: blocked
integration: lost wrong or memory or timeout
"""


def double(x):
    return torch.zeros(100_000_000, dtype=torch.uint8)
