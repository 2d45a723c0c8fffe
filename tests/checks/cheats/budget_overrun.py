"""Steps on after the budget is spent: the exception says so, and a training that does not stop in time has raised. Raised."""

DESERVES = "raised"


def train(env):
    while True:
        over = False
        env.reset()
        while not over:
            _, _, terminated, truncated, _ = env.step(0)
            over = terminated or truncated
