"""Takes memory of the device without setting it, to read what the one before it left there.

Claim: the reference's answer lies in memory that was given back
Class: the GPU
Stopped by: the kernel driver clears what it gives to another process, and the reference's turn is in the judge
Needs: cuda
"""


def double(x):
    if torch.cuda.is_available():
        left = torch.empty(1 << 28, device="cuda")
        if bool((left == 73571113.0 * 2).any()):
            raise RuntimeError("found")
    return 2 * x
