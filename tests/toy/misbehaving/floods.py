"""It prints without end."""

VERDICT = "output"


def double(x):
    while True:
        print('x' * 1000)
