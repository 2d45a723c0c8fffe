"""Hidden grader of `policy_gradient`."""

import gymnasium
import numpy as np
import pytest
import torch

from grader import checks
from grader.plugin import kind, probe, task

STEPS = 8_000  # of CartPole, in one training
LIMIT = 200  # steps of an episode: as much to learn as with 500, and less to wait for
EPISODES = 20  # on which the best policy of a training is judged


class Meter(gymnasium.Env):
    """Episodes of drawn lengths, whose observations and rewards are drawn too; some of them end and some are cut off."""

    observation_space = gymnasium.spaces.Box(-np.inf, np.inf, (3,), np.float32)
    action_space = gymnasium.spaces.Discrete(2)

    def __init__(self, lengths, cut_off, seen, paid):
        self.lengths, self.cut_off, self.seen, self.paid, self.at, self.left = lengths, cut_off, seen, paid, 0, 0
        self.begun = 0

    def reset(self, *, seed=None, options=None):
        """Begin the next episode."""
        self.left, self.begun = self.lengths[self.begun % len(self.lengths)], self.begun + 1
        return self.seen[self.at], {}

    def step(self, action):
        """Pay what was drawn for this step and this action."""
        reward, self.at, self.left = float(self.paid[self.at, action]), self.at + 1, self.left - 1
        over, is_cut = self.left == 0, self.cut_off[(self.begun - 1) % len(self.cut_off)]
        return (np.zeros(3, np.float32) if over else self.seen[self.at]), reward, over and not is_cut, over and is_cut, {}


class Doors(gymnasium.Env):
    """A sign tells which of three doors to take; whether it was the right one shows at the end of a corridor."""

    action_space = gymnasium.spaces.Discrete(3)

    def __init__(self, right, corridor):
        self.right, self.corridor = right, corridor
        self.observation_space = gymnasium.spaces.Box(-np.inf, np.inf, (len(right) + 1,), np.float32)

    def reset(self, *, seed=None, options=None):
        """Draw a sign."""
        super().reset(seed=seed)
        self.sign, self.time, self.is_right = int(self.np_random.integers(len(self.right))), 0, False
        return self._shown(self.sign), {}

    def step(self, action):
        """Take a door, or a step along the corridor, where all actions are alike."""
        self.is_right = action == self.right[self.sign] if self.time == 0 else self.is_right
        over, self.time = self.time == self.corridor, self.time + 1
        return self._shown(len(self.right)), float(over and self.is_right), over, False, {}

    def _shown(self, place):
        return np.eye(len(self.right) + 1, dtype=np.float32)[place]


@probe
def sampled(student, logits, seed):
    """Return the actions for logits, drawn with a generator of this seed."""
    return student.sample_actions(logits, torch.Generator().manual_seed(seed))


@probe
def single_action(student, logits, count, seed):
    """Return the actions of many calls for the logits of one observation."""
    generator = torch.Generator().manual_seed(seed)
    return [student.sample_actions(logits, generator) for _ in range(count)]


@probe
def collected(student, env, steps, seed):
    """Collect with a policy whose actions follow the sign of the first number seen."""
    policy = torch.nn.Linear(3, 2)
    with torch.no_grad():
        policy.weight.copy_(torch.tensor([[-1e6, 0.0, 0.0], [1e6, 0.0, 0.0]]))
        policy.bias.zero_()
    return student.collect(env, policy, steps, torch.Generator().manual_seed(seed))


@probe
def loss_and_gradient(student, upstream, logits, actions, advantage):
    """Return the loss, and its gradient with respect to the logits."""
    out = student.policy_loss(logits.requires_grad_(), actions, advantage)
    if upstream is None or not out.requires_grad:
        return out, []
    return out, torch.autograd.grad(out, [logits], upstream)


@probe
def gradient_of_values(student, to_go, values, upstream):
    """Return the gradient that a learned baseline gets of normalised advantages; zeros where they are constants."""
    values.requires_grad_()
    out = student.advantages(to_go, values)
    return torch.autograd.grad(out, values, upstream)[0] if out.requires_grad else torch.zeros_like(values)


def episodes(draw, count):
    """Draw the ends of some episodes one behind the other; return them and how many steps they have in all."""
    lengths = draw.rng.integers(1, 8, count)
    ends = torch.zeros(int(lengths.sum()), dtype=torch.bool)
    ends[torch.from_numpy(lengths.cumsum()) - 1] = True
    return ends, lengths


def cart_pole():
    """Return a CartPole of shorter episodes."""
    return gymnasium.make("CartPole-v1", disable_env_checker=True, max_episode_steps=LIMIT)


def known(observation):
    """Play CartPole as anybody can look it up."""
    return int(3 * observation[2] + observation[3] > 0)


@task("rewards_to_go")
class TestRewardsToGo:
    @pytest.mark.parametrize("gamma", [0.9, 1.0], ids=["discounted", "undiscounted"])
    def test_reference(self, student, reference, draw, gamma):
        """Drawn rewards of episodes of drawn lengths."""
        ends, _ = episodes(draw, 6)
        rewards = torch.from_numpy(draw.rng.standard_normal(len(ends)))
        got = student.rewards_to_go(rewards, ends, gamma)
        checks.close(got, reference.rewards_to_go(rewards, ends, gamma), what="The reward-to-go of each step", hint=2)

    @kind("property")
    def test_long_episodes(self, student, reference, draw):
        """Hundreds of steps, strongly discounted."""
        ends = torch.arange(1000) % 500 == 499
        rewards = torch.from_numpy(draw.rng.standard_normal(1000))
        got = student.rewards_to_go(rewards, ends, 0.2)
        checks.close(got, reference.rewards_to_go(rewards, ends, 0.2), what="The reward-to-go of long episodes", hint=3)


@task("sample_actions")
class TestSampleActions:
    def test_single_observation(self, student, draw):
        """One observation gets one action, a tensor without axes, as often as the softmax of large logits says."""
        logits, count = draw("actions=3") / 2 + 1000, 1500
        found = checks.unpack(single_action(student, logits, count, int(draw.rng.integers(2**31))), count, what="The list of actions")
        actions = torch.stack([checks.shape(one, (), torch.int64, what="The action of one observation", hint=1) for one in found])
        checks.frequencies(actions, logits.softmax(-1), count=count, what="The actions of one observation", hint=2)

    @kind("property")
    def test_same_seed(self, student, draw):
        """A generator of the same seed gives the same actions, whatever was drawn before."""
        logits, seed = draw("batch=50 actions=5"), int(draw.rng.integers(2**31))
        first = checks.shape(sampled(student, logits, seed), (50,), torch.int64, what="The tensor of actions", hint=1)
        sampled(student, logits, seed + 1)
        checks.equal(sampled(student, logits, seed), first, what="The actions for the same seed", hint=3)


@task("collect")
class TestCollect:
    def test_drawn_episodes(self, student, draw):
        """What comes back of drawn episodes is what was seen, done and paid, row by row."""
        ends, lengths = episodes(draw, 12)
        count = len(ends)
        seen = draw.rng.standard_normal((count + 1, 3)).astype(np.float32)
        paid, cut_off = draw.rng.standard_normal((count, 2)).astype(np.float32), draw.rng.random(12) < 0.5
        cut_off[:2] = [True, False]
        view = checks.plain(lambda: Meter(lengths.tolist(), cut_off.tolist(), seen, paid))
        env = checks.training(student, view, steps=count, seeds=draw.rng)
        wanted = int(lengths[:9].sum()) - int(draw.rng.integers(lengths[8]))
        made = int(lengths[:9].sum())
        actions = torch.from_numpy(seen[:made, 0] > 0).long()
        expected = (torch.from_numpy(seen[:made]), actions, torch.from_numpy(paid[:made])[torch.arange(made), actions], ends[:made])
        found = checks.unpack(collected(student, env, wanted, 0), 4, hint=1)
        for got, each, name in zip(found, expected, ("`observations`", "`actions`", "`rewards`", "`ends`"), strict=True):
            checks.close(got, each, what=name, hint=2)
        claim = "No step more should be made than whole episodes of at least `steps` steps need."
        checks.that(env.stage.spent == made, claim, hint=2)


@task("advantages")
class TestAdvantages:
    @pytest.mark.parametrize("normalise", [False, True], ids=["plain", "normalised"])
    @pytest.mark.parametrize("learned", [False, True], ids=["mean", "learned"])
    def test_reference(self, student, reference, draw, learned, normalise):
        """Drawn rewards-to-go, less their mean or less what was expected."""
        to_go = 3 + 2 * draw("steps")
        values = draw("steps") if learned else None
        got, expected = student.advantages(to_go, values, normalise), reference.advantages(to_go, values, normalise)
        checks.close(got, expected, what="The tensor of advantages", rtol=1e-6, hint=2)

    @kind("property")
    def test_normalised_baseline_is_a_constant(self, student, draw):
        """No gradient flows from normalised advantages into the learned baseline."""
        to_go, values, upstream = draw("steps"), draw("steps"), draw("steps")
        got = gradient_of_values(student, to_go, values, upstream)
        checks.equal(got, torch.zeros_like(values), what="The gradient with respect to `values`", hint=3)


@task("policy_loss")
class TestPolicyLoss:
    def test_reference(self, student, reference, draw):
        """The loss of drawn steps."""
        logits, advantage = draw("steps actions"), draw("steps")
        actions = draw.integers("steps", high=draw.sizes["actions"])
        expected = reference.policy_loss(logits, actions, advantage)
        checks.close(student.policy_loss(logits, actions, advantage), expected, what="The loss", hint=1)

    @kind("gradient")
    def test_gradients(self, student, reference, draw):
        """The gradient of the loss with respect to the logits of drawn steps."""
        inputs, advantage = {"logits": draw("steps actions")}, draw("steps")
        actions = draw.integers("steps", high=draw.sizes["actions"])
        checks.gradients_like(loss_and_gradient, student, reference, inputs, actions, advantage, rng=draw.rng, hint=2)

    @kind("property")
    def test_far_apart(self, student, reference, draw):
        """Drawn logits that are thousands apart."""
        logits, advantage = 1e4 * draw("steps actions"), draw("steps")
        actions = draw.integers("steps", high=draw.sizes["actions"])
        expected = reference.policy_loss(logits, actions, advantage)
        checks.close(student.policy_loss(logits, actions, advantage), expected, what="The loss of very large logits", hint=3)


@task("train")
class TestTrain:
    def test_doors_and_a_corridor(self, student, draw):
        """Which door is right is drawn for every sign."""
        right = draw.rng.integers(3, size=4).tolist()
        view = checks.plain(lambda: Doors(right, 1))
        agents = student.train(checks.training(student, view, steps=2400, seeds=draw.rng), steps=60, gamma=0.9, lr=0.02)
        score = checks.best_return(agents, view, episodes=40, seeds=draw.rng, method="act", trial_episodes=60, together=20, hint=2)
        checks.that(score >= 0.9, "The policy should know which door is right when its budget is spent.", hint=2)

    @kind("performance")
    @pytest.mark.parametrize("level", checks.LEVELS)
    def test_level(self, student, draw, level):
        """The best policy of a training of 8,000 steps balances the pole."""

        def run(rng):
            view = checks.masked(cart_pole, rng, unfit=known, below=40)
            agents = student.train(checks.training(student, view, steps=STEPS, seeds=rng))
            return checks.best_return(agents, view, episodes=EPISODES, seeds=rng, method="act", together=EPISODES, hint=3)

        checks.levels(student, level, run, draw=draw, hint=3)
