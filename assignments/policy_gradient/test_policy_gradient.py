"""Public grader of `policy_gradient`."""

import math

import gymnasium
import numpy as np
import torch

from grader import checks
from grader.plugin import kind, probe, task

# The two episodes of the handout, of three steps and of two, and what follows from them with gamma = 1/2.
REWARDS = torch.tensor([1, 2, 3, 4, 0], dtype=torch.float64)
ENDS = torch.tensor([False, False, True, False, True])
TO_GO = torch.tensor([2.75, 3.5, 3, 4, 0], dtype=torch.float64)
ADVANTAGE = torch.tensor([0.1, 0.85, 0.35, 1.35, -2.65], dtype=torch.float64)
SPREAD = math.sqrt(1.94)
ACTIONS = torch.tensor([0, 1, 0, 0, 1])

# The chain: action 1 moves on along the states 0, 1, 2 and stays at 2, action 0 leads back to 0. Three steps, so eight trajectories.
LENGTH = 3
CHAIN_ACTIONS = torch.cartesian_prod(*[torch.arange(2)] * LENGTH)  # (trajectories, steps)
CHAIN_STATES = torch.stack([torch.zeros(8, dtype=torch.long), CHAIN_ACTIONS[:, 0], CHAIN_ACTIONS[:, 1] * (1 + CHAIN_ACTIONS[:, 0])], dim=1)


class Clock(gymnasium.Env):
    """Episodes of 3, 1, 2, 3, 1, 2, … steps that end and are cut off by turns; it shows its time and the number of the episode."""

    observation_space = gymnasium.spaces.Box(-np.inf, np.inf, (2,), np.float32)
    action_space = gymnasium.spaces.Discrete(2)

    def __init__(self):
        self.time, self.episode = 0, 0

    def reset(self, *, seed=None, options=None):
        """Begin the next episode."""
        self.time, self.episode = 0, self.episode + 1
        return self._shown(), {}

    def step(self, action):
        """Pay ten for each step of the episode so far, and the number of the action."""
        self.time += 1
        over = self.time == (2, 3, 1)[self.episode % 3]
        return self._shown(), float(10 * self.time + action), over and self.episode % 2 == 0, over and self.episode % 2 == 1, {}

    def _shown(self):
        return np.array([self.time, self.episode], np.float32)


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
        return self._shown(len(self.right)), float(over and self.is_right), False, over, {}

    def _shown(self, place):
        return np.eye(len(self.right) + 1, dtype=np.float32)[place]


@probe
def sampled(student, logits, seed):
    """Return the actions for logits, drawn with a generator of this seed."""
    return student.sample_actions(logits, torch.Generator().manual_seed(seed))


@probe
def sampled_twice(student, logits, seeds):
    """Return the actions for two seeds, and whether torch's own generator stands where it stood: the distance that it moved."""
    before = torch.get_rng_state()
    first, second = [student.sample_actions(logits, torch.Generator().manual_seed(seed)) for seed in seeds]
    return first, second, (torch.get_rng_state() != before).sum()


@probe
def collected(student, env, certainty, steps, seed):
    """Collect with a policy that takes action 0 when an episode begins and action 1 afterwards, as certainly as is said."""
    policy = torch.nn.Linear(2, 2)
    with torch.no_grad():
        policy.weight.copy_(certainty * torch.tensor([[-1.0, 0.0], [1.0, 0.0]]))
        policy.bias.copy_(certainty * torch.tensor([0.5, -0.5]))
    return student.collect(env, policy, steps, torch.Generator().manual_seed(seed))


@probe
def collected_of_cart_pole(student, steps, seed):
    """Collect from Gymnasium's CartPole, with a policy that is sure of nothing."""

    class Strict(gymnasium.Wrapper):
        steps_left = 500

        def reset(self, **_):
            return self.env.reset(seed=seed)

        def step(self, action):
            if not self.action_space.contains(action):
                raise TypeError(f"{action!r} is no action of {self.action_space}")
            self.steps_left -= 1
            observation, reward, *rest = self.env.step(action)
            return observation, np.float64(reward), *rest

    policy = torch.nn.Linear(4, 2)
    torch.nn.init.zeros_(policy.weight)
    return student.collect(Strict(gymnasium.make("CartPole-v1")), policy, steps, torch.Generator().manual_seed(seed))


@probe
def gradient_of_values(student, to_go, values, upstream):
    """Return the gradient that a learned baseline gets of the advantages; zeros where they are constants."""
    values.requires_grad_()
    out = student.advantages(to_go, values, False)
    return torch.autograd.grad(out, values, upstream)[0] if out.requires_grad else torch.zeros_like(values)


@probe
def gradient_of_advantage(student, logits, actions, advantage):
    """Return the gradient that the advantages get of the loss; zeros where they are constants."""
    loss = student.policy_loss(logits.requires_grad_(), actions, advantage.requires_grad_())
    found = torch.autograd.grad(loss, advantage, allow_unused=True)[0] if loss.requires_grad else None
    return torch.zeros_like(advantage) if found is None else found


@probe
def estimates(student, table, states, actions, rewards, baseline):
    """Return the gradient of the loss of each trajectory with respect to the table of logits, weighed with reward-to-go less baseline."""
    found = []
    for s, a, r in zip(states, actions, rewards, strict=True):
        leaf, ends = table.clone().requires_grad_(), torch.arange(len(r)) == len(r) - 1
        loss = student.policy_loss(leaf[s], a, student.rewards_to_go(r, ends, 1.0) - baseline)
        found.append(torch.autograd.grad(loss, leaf)[0] if loss.requires_grad else torch.zeros_like(leaf))
    return torch.stack(found)


@probe
def logits_of_snapshots(student, env, observations, steps):
    """Return the logits of each policy that training returns."""
    return [policy(observations).detach() for policy in student.train(env, steps=steps)]


def expected_return(table, rewards):
    """Return the mean return over all trajectories of the chain, each as probable as its actions."""
    chosen = table.log_softmax(-1)[CHAIN_STATES, CHAIN_ACTIONS]
    return (chosen.sum(1).exp() * rewards[CHAIN_STATES, CHAIN_ACTIONS].sum(1)).sum()


def learnt(student, draw, right, corridor, steps, lr):
    """Return the mean reward, of at most 1, of the best policy of a training on doors, and the environment that served it."""
    view = checks.plain(lambda: Doors(right, corridor))
    env = checks.training(student, view, steps=steps, seeds=draw.rng)
    agents = student.train(env, steps=30 * (corridor + 1), gamma=0.9, lr=lr)
    # With many trial episodes, for a policy that has seen too few of the signs must not look like the best.
    return checks.best_return(agents, view, episodes=40, seeds=draw.rng, method="act", trial_episodes=60, together=20, hint=2)


@task("rewards_to_go")
class TestRewardsToGo:
    def test_handout_example(self, student):
        """The two episodes of the handout."""
        checks.close(student.rewards_to_go(REWARDS, ENDS, 0.5), TO_GO, what="The reward-to-go of each step", hint=1)

    def test_return_of_an_episode(self, student):
        """Undiscounted, the first step has the return of the whole episode, and each later one has less behind it."""
        rewards, ends = torch.tensor([3.0, 0.0, 4.0, 1.0]), torch.tensor([False, False, False, True])
        checks.close(student.rewards_to_go(rewards, ends, 1.0), torch.tensor([8.0, 5.0, 5.0, 1.0]), what="The reward-to-go", hint=2)

    def test_episodes_do_not_mix(self, student, draw):
        """Two episodes, one behind the other, have the rewards-to-go that each has alone."""
        first, second = draw("first"), draw("second")
        ends = [torch.arange(len(rewards)) == len(rewards) - 1 for rewards in (first, second)]
        alone = [student.rewards_to_go(*episode, 0.9) for episode in zip((first, second), ends, strict=True)]
        alone = [
            checks.shape(one, one_of.shape, what="The reward-to-go", hint=1) for one, one_of in zip(alone, (first, second), strict=True)
        ]
        both = student.rewards_to_go(torch.cat([first, second]), torch.cat(ends), 0.9)
        checks.close(both, torch.cat(alone), what="The reward-to-go of two episodes", hint=1)

    @kind("property")
    def test_long_episode(self, student):
        """A thousand steps that pay 1 approach 1 / (1 - gamma) from the end on, in single precision too."""
        rewards, ends = torch.ones(1000), torch.arange(1000) == 999
        expected = (1 - 0.5 ** torch.arange(1000, 0, -1, dtype=torch.float64)) / 0.5
        checks.close(student.rewards_to_go(rewards, ends, 0.5), expected.float(), what="The reward-to-go of a long episode", hint=3)


@task("sample_actions")
class TestSampleActions:
    def test_frequencies(self, student, draw):
        """Each action comes as often as the softmax says, in every row by its own logits."""
        logits, count = draw("rows=3 actions=4") / 2, 4000
        got = sampled(student, logits[:, None].expand(3, count, 4).clone(), int(draw.rng.integers(2**31)))
        actions = checks.shape(got, (3, count), torch.int64, what="The tensor of actions", hint=1)
        for row, (drawn, probabilities) in enumerate(zip(actions, logits.softmax(-1), strict=True)):
            checks.frequencies(drawn, probabilities, count=count, what=f"The actions of row {row}", hint=2)

    @kind("property")
    def test_generator_decides_alone(self, student, draw):
        """Equal seeds give equal actions, other seeds others, and torch's own generator is left alone."""
        logits, seed = draw("rows=60 actions=4"), int(draw.rng.integers(2**31))
        first, again, moved = checks.unpack(sampled_twice(student, logits, [seed, seed]), 3)
        checks.shape(first, (60,), torch.int64, what="The tensor of actions", hint=1)
        checks.equal(again, first, what="The actions for the same seed", hint=3)
        checks.equal(moved, torch.tensor(0), what="The number of bytes that changed in torch's own generator", hint=3)
        checks.that((sampled(student, logits, seed + 1) != first).any(), "Another generator gives the same actions.", hint=3)


@task("collect")
class TestCollect:
    def test_rows_belong_together(self, student):
        """Each row holds what was seen, what was then done, what was paid for it, and whether that was the end."""
        env = checks.training(student, checks.plain(Clock), steps=100, seeds=np.random.default_rng(0))
        found = checks.unpack(collected(student, env, 1000.0, 7, 0), 4, hint=1)
        seen = [[0, 1], [1, 1], [2, 1], [0, 2], [0, 3], [1, 3], [0, 4], [1, 4], [2, 4]]
        ends = [False, False, True, True, False, True, False, False, True]
        checks.close(found[0], torch.tensor(seen, dtype=torch.float32), what="`observations`", hint=2)
        checks.equal(found[1], torch.tensor([0, 1, 1, 0, 0, 1, 0, 1, 1]), what="`actions`", hint=2)
        checks.close(found[2], torch.tensor([10.0, 21, 31, 10, 10, 21, 10, 21, 31]), what="`rewards`", hint=2)
        checks.equal(found[3], torch.tensor(ends), what="`ends`", hint=2)

    def test_budget(self, student):
        """The end of the budget cuts an episode off: its last step ends it."""
        for wanted in (7, 20):
            env = checks.training(student, checks.plain(Clock), steps=8, seeds=np.random.default_rng(0))
            found = checks.unpack(collected(student, env, 1000.0, wanted, 0), 4, hint=1)
            checks.close(found[2], torch.tensor([10.0, 21, 31, 10, 10, 21, 10, 21]), what="`rewards`", hint=3)
            checks.equal(found[3], torch.tensor([False, False, True, True, False, True, False, True]), what="`ends`", hint=3)

    def test_cart_pole(self, student):
        """Gymnasium's own CartPole takes whole numbers for actions; here it pays with numbers of NumPy, as some environments do."""
        found = checks.unpack(collected_of_cart_pole(student, 30, 0), 4, hint=1)
        count = len(checks.shape(found[1], found[1].shape if type(found[1]) is torch.Tensor else (), torch.int64, what="`actions`", hint=2))
        checks.that(count >= 30, "At least 30 steps should be made.", shown=f"It is {count}.", hint=1)
        checks.shape(found[0], (count, 4), torch.float32, what="`observations`", hint=2)
        checks.close(found[2], torch.ones(count), what="`rewards`", hint=2)

    @kind("property")
    def test_actions_are_drawn(self, student, draw):
        """A policy that is sure of nothing takes each action half of the time."""
        env = checks.training(student, checks.plain(Clock), steps=1000, seeds=draw.rng)
        actions = checks.unpack(collected(student, env, 0.0, 400, int(draw.rng.integers(2**31))), 4, hint=1)[1]
        count = len(checks.shape(actions, actions.shape if type(actions) is torch.Tensor else (), torch.int64, what="`actions`", hint=1))
        even = torch.full((2,), 0.5, dtype=torch.float64)
        checks.frequencies(actions, even, count=count, what="The actions of a policy with equal logits", hint=1)


@task("advantages")
class TestAdvantages:
    def test_handout_example(self, student):
        """The rewards-to-go of the handout less their mean, and then divided by their standard deviation."""
        checks.close(student.advantages(TO_GO, None, False), ADVANTAGE, what="The tensor of advantages", hint=1)
        checks.close(student.advantages(TO_GO), ADVANTAGE / SPREAD, what="The tensor of normalised advantages", rtol=1e-6, hint=2)

    def test_learned_baseline(self, student):
        """Of each step, what was expected there is taken away."""
        values = torch.tensor([3.0, 3, 3, 1, 1], dtype=torch.float64)
        expected = torch.tensor([-0.25, 0.5, 0, 3, -1], dtype=torch.float64)
        checks.close(student.advantages(TO_GO, values, False), expected, what="The tensor of advantages over a learned baseline", hint=1)

    def test_nothing_is_better(self, student):
        """Where all steps turned out alike, or there is one alone, the advantages are zeros."""
        for rewards in (torch.full((4,), 2.5), torch.tensor([7.0])):
            checks.close(
                student.advantages(rewards), torch.zeros_like(rewards), what="The tensor of normalised advantages of equal steps", hint=2
            )

    def test_nearly_alike(self, student):
        """Two steps whose rewards differ by as little as the 1e-8 in the formula have half of the advantage that they had without it."""
        tiny = torch.tensor([1e-8, -1e-8], dtype=torch.float64)
        expected = torch.tensor([0.5, -0.5], dtype=torch.float64)
        checks.close(student.advantages(tiny), expected, what="The tensor of normalised advantages of two nearly equal steps", hint=2)

    @kind("property")
    def test_baseline_is_a_constant(self, student, draw):
        """No gradient flows from the advantages into the learned baseline."""
        to_go, values, upstream = draw("steps"), draw("steps"), draw("steps")
        got = gradient_of_values(student, to_go, values, upstream)
        checks.equal(got, torch.zeros_like(values), what="The gradient with respect to `values`", hint=3)


@task("policy_loss")
class TestPolicyLoss:
    def test_handout_example(self, student):
        """With action 0 three times as probable as action 1, the loss of the handout's steps is -0.36 ln 3."""
        logits = torch.tensor([math.log(3), 0], dtype=torch.float64).expand(5, 2).clone()
        expected = torch.tensor(-0.36 * math.log(3), dtype=torch.float64)
        checks.close(student.policy_loss(logits, ACTIONS, ADVANTAGE), expected, what="The loss of the handout's example", hint=2)

    def test_single_step(self, student):
        """One step with three equal logits and an advantage of 2 has the loss 2 ln 3."""
        got = student.policy_loss(torch.zeros(1, 3, dtype=torch.float64), torch.tensor([1]), torch.tensor([2.0], dtype=torch.float64))
        checks.close(got, torch.tensor(2 * math.log(3), dtype=torch.float64), what="The loss of a single step", hint=1)

    @kind("gradient")
    def test_bandit_is_exact_on_average(self, student, draw):
        """Over all actions of a bandit, the mean of the estimate is the gradient of the expected reward, whatever the baseline."""
        logits, rewards = draw("actions"), draw("actions")
        count, p = len(rewards), logits.softmax(0)
        states, actions = torch.zeros(count, 1, dtype=torch.long), torch.arange(count)[:, None]
        for baseline in (0.0, 5.0):
            got = estimates(student, logits[None], states, actions, rewards[:, None], baseline)
            found = checks.shape(got, (count, 1, count), what="The tensor of gradients of the loss, one for each action,", hint=2)
            mean = (p[:, None] * found[:, 0]).sum(0)
            checks.close(mean, -p * (rewards - p @ rewards), what=f"The mean gradient of the loss with the baseline {baseline:g}", hint=2)

    @kind("gradient")
    def test_chain_is_exact_on_average(self, student, draw):
        """Over all trajectories of a chain of three states, the mean of the estimate is the gradient of the expected return."""
        table, rewards = draw("states=3 actions=2").requires_grad_(), draw("states=3 actions=2")
        true = torch.autograd.grad(expected_return(table, rewards), table)[0]
        table = table.detach()
        found = chain_estimates(student, table, rewards, 0.7)
        mean = (chain_probabilities(table)[:, None, None] * found).sum(0)
        checks.close(mean, -true, what="The mean gradient of the loss over all trajectories", hint=2)

    @kind("gradient")
    def test_baseline_takes_the_variance(self, student):
        """Rewards of 10 and 12 with even odds: the variance of the estimate is 60.5, and nothing is left of it with a baseline of 11."""
        logits, rewards = torch.zeros(1, 2, dtype=torch.float64), torch.tensor([[10.0], [12.0]], dtype=torch.float64)
        states, actions = torch.zeros(2, 1, dtype=torch.long), torch.tensor([[0], [1]])
        for baseline, variance in ((0.0, 60.5), (11.0, 0.0)):
            got = checks.shape(
                estimates(student, logits, states, actions, rewards, baseline), (2, 1, 2), what="The stack of gradients", hint=2
            )
            found = (got - got.mean(0)).square().sum((1, 2)).mean()
            expected = torch.tensor(variance, dtype=torch.float64)
            checks.close(found, expected, what=f"The variance of the estimate with the baseline {baseline:g}", hint=2)

    @kind("gradient")
    def test_advantage_is_a_constant(self, student, draw):
        """No gradient flows from the loss into the advantages."""
        logits, actions, advantage = draw("steps actions"), draw.integers("steps", high=2), draw("steps")
        got = gradient_of_advantage(student, logits, actions, advantage)
        checks.equal(got, torch.zeros_like(advantage), what="The gradient with respect to `advantage`", hint=3)

    @kind("property")
    def test_large_logits(self, student):
        """A policy that is almost sure has finite log probabilities of what it never does."""
        logits, advantage = torch.tensor([[2000.0, 0.0], [0.0, 2000.0]]), torch.tensor([1.0, -3.0])
        got = student.policy_loss(logits, torch.tensor([1, 1]), advantage)
        checks.close(got, torch.tensor(1000.0), what="The loss of very large logits", hint=3)


def chain_probabilities(table):
    """Return the probability of each trajectory of the chain."""
    return table.log_softmax(-1)[CHAIN_STATES, CHAIN_ACTIONS].sum(1).exp()


def chain_estimates(student, table, rewards, baseline):
    """Return the gradient of the summed loss of each trajectory of the chain: the loss is a mean over its steps."""
    got = estimates(student, table, CHAIN_STATES, CHAIN_ACTIONS, rewards[CHAIN_STATES, CHAIN_ACTIONS], baseline)
    return LENGTH * checks.shape(got, (8, 3, 2), what="The tensor of gradients of the loss, one for each trajectory,", hint=2)


@task("train")
class TestTrain:
    def test_doors(self, student, draw):
        """With a reward at once, the policy learns which door belongs to which sign."""
        score = learnt(student, draw, [2, 0, 1], 0, 600, 0.05)
        checks.that(score >= 0.9, "After 600 steps the right door should be known.", shown=f"It is taken {score:.0%} of the time.", hint=2)

    def test_doors_and_a_corridor(self, student, draw):
        """With a reward one step later, the door still gets the merit of it."""
        score = learnt(student, draw, [1, 2, 0, 1], 1, 2400, 0.02)
        claim = "After 2,400 steps the right door should be known, though the reward comes one step later."
        checks.that(score >= 0.9, claim, shown=f"It is taken {score:.0%} of the time.", hint=2)

    def test_snapshots(self, student, draw):
        """Training uses its whole budget and returns copies of the policy from different times."""
        env = checks.training(student, checks.plain(lambda: Doors([0, 1], 0)), steps=200, seeds=draw.rng)
        found = logits_of_snapshots(student, env, torch.eye(3), 20)
        many = isinstance(found, list) and 2 <= len(found) <= 20
        checks.that(many, "Training should return a list of 2 to 20 policies.", hint=3)
        first, *_, last = [checks.shape(one, (3, 3), torch.float32, what="The logits of a policy", hint=1) for one in found]
        checks.that((first != last).any(), "The first policy and the last one are the same: each should be a copy of its time.", hint=3)
        checks.that(env.stage.spent == 200, "Training should go on until the budget is spent.", shown=f"{env.stage.spent} of 200.", hint=1)


@task("integration")
class TestIntegration:
    def test_own_pieces(self, student, draw):
        """Your own pieces together learn which door to take."""
        score = learnt(student, draw, draw.rng.integers(3, size=4).tolist(), 1, 2400, 0.02)
        checks.that(score >= 0.9, "Your pieces together should know the right door.", shown=f"It is taken {score:.0%} of the time.")
