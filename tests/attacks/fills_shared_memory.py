"""Fills the memory behind /dev/shm, which belongs to no process.

Claim: memory in files is nobody's memory
Class: memory
Stopped by: the size of a file and of the box's folders is limited
double.correctness [bubblewrap]: lost disk
double.gradient [bubblewrap]: blocked
double.property [bubblewrap]: blocked
integration [bubblewrap]: lost disk
double.correctness [landlock]: lost raised
double.gradient [landlock]: blocked
double.property [landlock]: blocked
integration [landlock]: lost raised
"""


def double(x):
    for i in range(60):
        with open(f"/dev/shm/{i}", "wb") as file:
            file.write(bytes(4 << 20))
    return x
