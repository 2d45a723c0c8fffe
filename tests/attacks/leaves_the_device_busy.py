"""Queues work that the device does after the answer, while the reference is timed.

Claim: the reference waits for the student's kernels
Class: the GPU
Stopped by: the device is drained before the reference's turn
Needs: cuda
"""


def double(x):
    if torch.cuda.is_available():
        big = torch.ones(4096, 4096, device="cuda")
        for _ in range(200):
            big = big @ big
    return 2 * x
