"""Computes on a stream of its own and returns before it is done.

Claim: the clock waits for the stream that it knows
Class: the GPU
Stopped by: the judge's wall clock runs until the whole answer is there
Needs: cuda
"""


def double(x):
    if not torch.cuda.is_available():
        return 2 * x
    with torch.cuda.stream(torch.cuda.Stream()):
        return (2 * x.cuda(non_blocking=True)).to(x.device)
