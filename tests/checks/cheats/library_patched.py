"""Patches the library's CartPole never to end, and takes away its time limit: the judge's library is another process's. Low."""

import gymnasium
from gymnasium.envs.classic_control import CartPoleEnv
from gymnasium.wrappers import TimeLimit

DESERVES = "low"


def train(env):
    step = CartPoleEnv.step

    def endless(self, action):
        observation, _, _, _, info = step(self, action)
        return observation, 1e6, False, False, info

    CartPoleEnv.step = endless
    TimeLimit.step = lambda self, action: self.env.step(action)
    gymnasium.make = lambda *args, **kwargs: CartPoleEnv()
    return lambda observation: 0
