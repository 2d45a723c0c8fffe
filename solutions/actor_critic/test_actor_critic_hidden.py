"""Hidden grader of `actor_critic`."""

import gymnasium
import numpy as np
import pytest
import torch
from gymnasium.vector import AutoresetMode, SyncVectorEnv

from grader import checks
from grader.plugin import kind, probe, task

BUDGET, COPIES = 4096, 8  # under SAME_STEP, so every step is real: as many rollouts as half of it under NEXT_STEP
LOOSE = {"rtol": 1e-6, "atol": 1e-6}  # a factor like 0.9 * ~terminated is a float32 of torch's
POLE_STEPS, POLE_LIMIT = 7_000, 120


class Clock(gymnasium.Env):
    """Episodes of a known length: it shows its time and the number of the episode; odd ones are cut off, even ones terminate."""

    observation_space = gymnasium.spaces.Box(-np.inf, np.inf, (2,), np.float32)
    action_space = gymnasium.spaces.Discrete(2)

    def __init__(self, length):
        self.length, self.time, self.episode = length, 0, 0

    def reset(self, *, seed=None, options=None):
        """Begin an episode."""
        self.time, self.episode = 0, self.episode + 1
        return np.array([self.time, self.episode], np.float32), {}

    def step(self, action):
        """Make one step."""
        self.time += 1
        over, is_odd = self.time == self.length, self.episode % 2 == 1
        return np.array([self.time, self.episode], np.float32), 10.0 * self.time + action, over and not is_odd, over and is_odd, {}


class Shops(gymnasium.Env):
    """Two shops, one at a time: the action that sells depends on which it is; selling ends, keeping earns less and is only cut off."""

    observation_space = gymnasium.spaces.Box(-1, 1, (2,), np.float32)
    action_space = gymnasium.spaces.Discrete(2)

    def reset(self, *, seed=None, options=None):
        """Begin an episode."""
        self.sells = (seed or 0) % 2
        return self._shown(), {}

    def step(self, action):
        """Make one step."""
        is_sold = int(action) == self.sells
        return self._shown(), 1.0 if is_sold else 0.8, is_sold, not is_sold, {}

    def _shown(self):
        return np.array([2 * self.sells - 1, 0.5], np.float32)


class Roads(Shops):
    """The same shops at the end of a road that costs 2: the row of a call that only begins an episode belittles the shop before it."""

    observation_space = gymnasium.spaces.Box(-1, 1, (3,), np.float32)

    def reset(self, *, seed=None, options=None):
        """Begin an episode."""
        self.arrived = False
        return super().reset(seed=seed)

    def step(self, action):
        """Arrive, or deal."""
        if self.arrived:
            return super().step(action)
        self.arrived = True
        return self._shown(), -2.0, False, False, {}

    def _shown(self):
        return np.append(super()._shown(), np.float32(self.arrived))


@probe
def play(student, env, *steps):
    """Return the fields of rollouts that follow each other; the action is the time that the observation shows, odd or even."""
    found, start = [], None
    for count in steps:
        rollout, start = student.collect(env, lambda observations: observations[:, 0].long() % 2, count, start)
        found.append(list(rollout))
    return found


@probe
def gae_arguments(student, rewards, values, next_values, terminated, truncated, gamma, lam):
    """Return the arguments as they are after the call."""
    student.gae(rewards, values, next_values, terminated, truncated, gamma, lam)
    return [rewards, values, next_values, terminated, truncated, gamma, lam]


@probe
def entropy_and_gradients(student, upstream, logits):
    """Return the entropies, and the gradient of their sum weighted with `upstream`."""
    out = student.entropy(logits.requires_grad_())
    if upstream is None or not out.requires_grad:
        return out, []
    return out, torch.autograd.grad(out, [logits], upstream, allow_unused=True)


@probe
def loss_and_gradients(student, upstream, logits, values, actions, advantages, returns, old_log_probs, *weights):
    """Return the loss, and its gradients with respect to the logits and the values, weighted with `upstream`."""
    leaves = [logits.requires_grad_(), values.requires_grad_()]
    out = student.actor_critic_loss(*leaves, actions, advantages, returns, old_log_probs, *weights)
    if upstream is None or not out.requires_grad:
        return out, []
    return out, torch.autograd.grad(out, leaves, upstream, allow_unused=True)


@probe
def gradients_of_constants(student, logits, values, actions, advantages, returns, old_log_probs):
    """Return the gradients with respect to what the loss is to take as constants; zeros where none arrives."""
    logits, values = logits.requires_grad_(), values.requires_grad_()
    constants = [advantages.requires_grad_(), returns.requires_grad_(), old_log_probs.requires_grad_()]
    out = [
        student.actor_critic_loss(logits, values, actions, *constants),
        student.actor_critic_loss(logits, values, actions, *constants[:2]),
    ]
    found = torch.autograd.grad(sum(out), constants, allow_unused=True)
    return [torch.zeros_like(value) if gradient is None else gradient for value, gradient in zip(constants, found, strict=True)]


@probe
def whole_step(student, env, weights, steps):
    """Return the loss of one rollout, and its gradients: a linear actor, a linear critic, real rows alone."""
    weights = weights.float().requires_grad_()
    rollout, _ = student.collect(env, lambda observations: observations[:, 0].long() % 2, steps)
    x, after = rollout.observations / 5, rollout.next_observations / 5
    given = (rollout.terminated, rollout.truncated, 0.9)
    values = (x @ weights[:, 0]).detach()
    advantages = student.gae(rollout.rewards, values, (after @ weights[:, 0]).detach(), *given, 0.8)
    returns = student.n_step_returns(rollout.rewards, (after @ weights[:, 0]).detach(), *given, 3)
    x, actions, advantages, returns = (column[rollout.real] for column in (x, rollout.actions, advantages, returns))
    loss = student.actor_critic_loss(x @ weights[:, 1:], x @ weights[:, 0], actions, advantages, returns)
    return loss, torch.autograd.grad(loss, weights)[0]


def clocks(*lengths):
    """Return a view of clocks; the copies of a training get these lengths in turn."""
    waiting = iter([1, *lengths])  # the first is made to look at its spaces
    return checks.plain(lambda: Clock(next(waiting)))


def own_clocks(lengths, autoreset):
    """Return Gymnasium's own vector environment of the same clocks."""
    return SyncVectorEnv([lambda length=length: Clock(length) for length in lengths], autoreset_mode=AutoresetMode[autoreset.upper()])


def some_lengths(draw):
    """Draw how long the episodes of four clocks are."""
    return [int(length) for length in draw.rng.permutation(np.arange(1, 8))[:4]]


def batch(draw, far=False):
    """Draw what a loss takes; `far`: the old policy differs so much that some ratios are clipped."""
    logits, values, advantages, returns = draw("batch actions"), draw("batch"), draw("batch"), draw("batch")
    actions = draw.integers("batch", high=draw.sizes["actions"])
    old = logits.log_softmax(-1).gather(-1, actions[:, None])[:, 0]
    # Kinks lie at a ratio of 0.8 and 1.2: these stay away from them.
    apart = torch.from_numpy(draw.rng.choice([-0.6, -0.1, 0.1, 0.6], len(old))) if far else 0.0
    return {"logits": logits, "values": values}, (actions, advantages, returns, old - apart)


def pole():
    """Return CartPole with a time limit that training reaches: what is cut off there matters."""
    return gymnasium.make("CartPole-v1", max_episode_steps=POLE_LIMIT, disable_env_checker=True)


def known(observation):
    """Act as anybody can look up: 3 times the angle plus its velocity says where the pole falls."""
    return int(3 * observation[2] + observation[3] > 0)


@task("td_errors")
class TestTdErrors:
    def test_reference(self, student, reference, draw):
        """The TD errors of drawn steps, some of which terminate."""
        given = (draw("steps copies"), draw("steps copies"), draw("steps copies"), draw.mask("steps copies", share=0.4))
        checks.close(student.td_errors(*given, 0.93), reference.td_errors(*given, 0.93), what="The tensor of TD errors", hint=2, **LOOSE)


@task("n_step_returns")
class TestNStepReturns:
    @pytest.mark.parametrize("n", [1, 3, 40])
    def test_reference(self, student, reference, draw, n):
        """The returns of drawn steps, some of which end their episode in one way or the other."""
        flags = [draw.mask("steps=8 copies", share=0.15) for _ in range(2)]
        given = (draw("steps copies"), draw("steps copies"), *flags, 0.93, n)
        checks.close(
            student.n_step_returns(*given), reference.n_step_returns(*given), what=f"The tensor of returns for n = {n}", hint=2, **LOOSE
        )

    @kind("property")
    def test_one_environment(self, student, reference, draw):
        """A single environment needs no axis of copies, and its numbers keep their precision."""
        flags = [draw.mask("steps=8", share=0.2) for _ in range(2)]
        given = (draw("steps").float(), draw("steps").float(), *flags, 0.93, 3)
        expected = reference.n_step_returns(*given)
        checks.close(student.n_step_returns(*given), expected, what="The tensor of returns of one environment in single precision", hint=3)


@task("gae")
class TestGae:
    @pytest.mark.parametrize("lam", [0.0, 0.6, 1.0])
    def test_reference(self, student, reference, draw, lam):
        """The advantages of drawn steps, some of which end their episode in one way or the other."""
        flags = [draw.mask("steps=8 copies", share=0.15) for _ in range(2)]
        given = (draw("steps copies"), draw("steps copies"), draw("steps copies"), *flags, 0.93, lam)
        checks.close(student.gae(*given), reference.gae(*given), what="The tensor of advantages", hint=2, **LOOSE)

    def test_double_sum(self, student, draw):
        """Each advantage is the sum of the TD errors of its episode from there on, each fainter by gamma times lambda."""
        rewards, values, next_values = draw("steps=7 copies"), draw("steps copies"), draw("steps copies")
        terminated, truncated = (draw.mask("steps copies", share=0.15) for _ in range(2))
        deltas = rewards + 0.9 * next_values * ~terminated - values
        expected = torch.zeros_like(rewards)
        for copy in range(rewards.shape[1]):
            for t in range(len(rewards)):
                for k in range(t, len(rewards)):
                    expected[t, copy] += (0.9 * 0.8) ** (k - t) * deltas[k, copy]
                    if terminated[k, copy] or truncated[k, copy]:
                        break
        got = student.gae(rewards, values, next_values, terminated, truncated, 0.9, 0.8)
        checks.close(got, expected, what="The tensor of advantages", hint=2, **LOOSE)

    @kind("property")
    def test_arguments_are_kept(self, student, draw):
        """The call changes none of its arguments."""
        flags = [draw.mask("steps copies", share=0.3) for _ in range(2)]
        given = (draw("steps copies"), draw("steps copies"), draw("steps copies"), *flags, 0.9, 0.8)
        names = ("rewards", "values", "next_values", "terminated", "truncated", "gamma", "lam")
        checks.arguments_kept(gae_arguments, student, *given, names=names, hint=3)

    @kind("property")
    def test_single_precision(self, student, reference, draw):
        """Single precision in, single precision out, also for a rollout of one step."""
        for steps in (1, 8):
            values = [torch.from_numpy(draw.rng.standard_normal((steps, 3))).float() for _ in range(3)]
            flags = [torch.from_numpy(draw.rng.random((steps, 3)) < 0.3) for _ in range(2)]
            expected = reference.gae(*values, *flags, 0.93, 0.9)
            checks.close(student.gae(*values, *flags, 0.93, 0.9), expected, what="The tensor of advantages in single precision", hint=3)


@task("collect")
class TestCollect:
    @pytest.mark.parametrize("autoreset", ["next_step", "same_step"])
    def test_reference(self, student, reference, draw, autoreset):
        """What four clocks of drawn lengths show, in either autoreset mode."""
        lengths, steps = some_lengths(draw), int(draw.rng.integers(9, 16))
        env = checks.training(student, clocks(*lengths), steps=100, seeds=draw.rng, copies=4, autoreset=autoreset)
        (got,), (expected,) = play(student, env, steps), play(reference, own_clocks(lengths, autoreset), steps)
        got, real = checks.unpack(got, 7, what="The rollout", hint=1), expected[-1]
        checks.equal(got[-1], real, what="`real`", hint=2)
        names = ("observations", "actions", "rewards", "terminated", "truncated", "next_observations")
        for name, found, wanted in zip(names, got, expected, strict=False):
            found = checks.shape(found, wanted.shape, wanted.dtype, what=f"`{name}`", hint=1)
            checks.equal(found[real], wanted[real], what=f"`{name}`, row by row where a step was played,", hint=2)

    @kind("property")
    def test_many_rollouts(self, student, reference, draw):
        """Rollouts of one row each, from where the one before stopped."""
        lengths = some_lengths(draw)
        env = checks.training(student, clocks(*lengths), steps=100, seeds=draw.rng, copies=4)
        ones = (1,) * 10
        for got, expected in zip(play(student, env, *ones), play(reference, own_clocks(lengths, "next_step"), *ones), strict=True):
            checks.equal(checks.unpack(got, 7, what="The rollout", hint=3)[-1], expected[-1], what="`real`", hint=3)


@task("entropy")
class TestEntropy:
    def test_reference(self, student, reference, draw):
        """The entropies of drawn logits, with two axes before the last."""
        logits = 3 * draw("steps copies actions")
        checks.close(student.entropy(logits), reference.entropy(logits), what="The tensor of entropies", hint=1)

    @kind("property")
    def test_single_precision(self, student, reference, draw):
        """Logits in the thousands in single precision."""
        logits = 1000 * draw("batch actions").float()
        checks.close(student.entropy(logits), reference.entropy(logits), what="The tensor of entropies of large logits", atol=1e-3, hint=2)

    @kind("gradient")
    def test_gradients(self, student, reference, draw):
        """The gradients of the entropies, where one action of each row is forbidden."""
        logits = draw("batch actions")
        logits[torch.arange(len(logits)), draw.integers("batch", high=draw.sizes["actions"])] = -torch.inf
        checks.gradients_like(entropy_and_gradients, student, reference, {"logits": logits}, rng=draw.rng, hint=3)


@task("actor_critic_loss")
class TestActorCriticLoss:
    @pytest.mark.parametrize("way", ["a2c", "ppo"])
    def test_reference(self, student, reference, draw, way):
        """The loss of a drawn batch, of A2C and of PPO with some ratios out of the interval."""
        inputs, (actions, advantages, returns, old) = batch(draw, far=True)
        given = (*inputs.values(), actions, advantages, returns, old if way == "ppo" else None, 0.2, 0.7, 0.3)
        checks.close(student.actor_critic_loss(*given), reference.actor_critic_loss(*given), what=f"The loss of {way.upper()}", hint=2)

    def test_defaults(self, student, reference, draw):
        """Who names neither the clip nor the weights gets 0.2, 0.5 and 0.01."""
        inputs, others = batch(draw, far=True)
        expected = reference.actor_critic_loss(*inputs.values(), *others)
        checks.close(student.actor_critic_loss(*inputs.values(), *others), expected, what="The loss with the defaults", hint=1)

    def test_nothing_is_clipped_by_a_wide_interval(self, student, draw):
        """With a clip that no ratio reaches, the gain is the mean of ratio times advantage."""
        inputs, (actions, advantages, returns, old) = batch(draw, far=True)
        ratio = (inputs["logits"].log_softmax(-1).gather(-1, actions[:, None])[:, 0] - old).exp()
        got = student.actor_critic_loss(*inputs.values(), actions, advantages, returns, old, 50.0, 0.0, 0.0)
        checks.close(got, -(ratio * advantages).mean(), what="The loss of PPO that clips nothing", hint=2)

    @kind("gradient")
    @pytest.mark.parametrize("way", ["a2c", "ppo"])
    def test_gradients(self, student, reference, draw, way):
        """The gradients with respect to logits and values."""
        inputs, (actions, advantages, returns, old) = batch(draw, far=True)
        given = (actions, advantages, returns, old if way == "ppo" else None, 0.2, 0.7, 0.3)
        checks.gradients_like(loss_and_gradients, student, reference, inputs, *given, rng=draw.rng, hint=3)

    @kind("gradient")
    def test_constants(self, student, draw):
        """Advantages, returns and old probabilities are constants: no gradient reaches what they were made of."""
        inputs, others = batch(draw)
        found = checks.unpack(gradients_of_constants(student, *inputs.values(), *others), 3, what="The list of gradients", hint=3)
        for name, gradient in zip(("advantages", "returns", "old_log_probs"), found, strict=True):
            checks.close(gradient, torch.zeros_like(others[1]), what=f"The gradient with respect to {name}", hint=3)


@task("train")
class TestTrain:
    def test_two_shops(self, student, draw):
        """It learns to keep either shop, from episodes that are only cut off, and that follow each other without a pause."""
        view = checks.masked(Shops, draw.rng)
        env = checks.training(student, view, steps=BUDGET, seeds=draw.rng, copies=COPIES, autoreset="same_step")
        agents = student.train(env)
        latest = list(agents[-1:]) if isinstance(agents, list | tuple) else agents
        number = checks.best_return(latest, view, episodes=20, seeds=draw.rng, together=20, hint=3)
        claim = "The latest agent does not do what pays in the long run: it should prefer being cut off to terminating."
        checks.that(abs(number - 0.8) < 1e-9, claim, detail=f"earns {number:.4g}", hint=3)

    def test_roads(self, student, draw):
        """Under NEXT_STEP it learns the same, from the rows that were played: the others say that a shop is worth less than nothing."""
        view = checks.masked(Roads, draw.rng)
        agents = student.train(checks.training(student, view, steps=BUDGET, seeds=draw.rng, copies=COPIES))
        latest = list(agents[-1:]) if isinstance(agents, list | tuple) else agents
        number = checks.best_return(latest, view, episodes=20, seeds=draw.rng, together=20, hint=2)
        claim = "Under NEXT_STEP the latest agent does not do what pays in the long run. Look at which rows of a rollout it learns from."
        checks.that(abs(number + 1.2) < 1e-9, claim, detail=f"earns {number:.4g}", hint=2)

    @kind("performance")
    @pytest.mark.parametrize("level", checks.LEVELS)
    def test_level(self, student, draw, level):
        """The best agent of a short training balances the pole."""

        def run(rng):
            view = checks.masked(pole, rng, unfit=known, below=30)
            agents = student.train(checks.training(student, view, steps=POLE_STEPS, seeds=rng, copies=COPIES))
            return checks.best_return(agents, view, episodes=20, seeds=rng, trial_episodes=3, together=20, hint=3)

        checks.levels(student, level, run, draw=draw, hint=3)


@task("integration")
class TestIntegration:
    @pytest.mark.parametrize("autoreset", ["next_step", "same_step"])
    def test_one_update(self, student, reference, draw, autoreset):
        """The loss of a rollout of drawn clocks, and its gradient."""
        lengths, weights = some_lengths(draw), draw("d=2 outputs=3")
        env = checks.training(student, clocks(*lengths), steps=100, seeds=draw.rng, copies=4, autoreset=autoreset)
        got = checks.unpack(whole_step(student, env, weights, 12), 2)
        expected = whole_step(reference, own_clocks(lengths, autoreset), weights, 12)
        for name, found, wanted in zip(("The loss", "The gradient of the loss"), got, expected, strict=True):
            checks.close(found, wanted, what=f"{name} of a rollout", rtol=1e-4)
