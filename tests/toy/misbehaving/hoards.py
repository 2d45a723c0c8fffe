"""It takes memory without end."""

VERDICT = "memory"


def double(x):
    hoard = []
    while True:
        hoard.append(torch.empty(50_000_000))
