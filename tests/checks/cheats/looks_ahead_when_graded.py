"""Keeps the training's environment to try each action before it answers in the evaluation: by then it is closed. Raised."""

DESERVES = "raised"


class Agent:
    def __init__(self, env):
        self.env = env

    def __call__(self, observation):
        self.env.reset(seed=0)
        return 0


def train(env):
    return Agent(env)
