"""Makes folders inside one another, fifteen hundred deep.

Claim: whoever empties the folder runs out of stack, of descriptors or of path, and dies
Class: disk
Stopped by: folders are given their modes back and emptied without recursion, and what cannot be emptied is thrown away
double.correctness [landlock]: lost disk
double.gradient [landlock]: blocked
double.property [landlock]: blocked
"""

import os


def double(x):
    if x.dtype != torch.float32:
        return 2 * x
    home = os.getcwd()
    for _ in range(1500):
        os.mkdir("d")
        os.chdir("d")
    os.chdir(home)
    return 2 * x
