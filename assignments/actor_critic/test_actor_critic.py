"""Public grader of `actor_critic`."""

import itertools
import math

import gymnasium
import numpy as np
import torch

from grader import checks
from grader.plugin import kind, probe, task

# The four steps of the handout: the second is cut off, the fourth terminates.
REWARDS = torch.tensor([1.0, 1.0, 1.0, 2.0], dtype=torch.float64)
VALUES = torch.tensor([3.0, 2.0, 2.0, 1.0], dtype=torch.float64)
NEXT_VALUES = torch.tensor([2.0, 6.0, 1.0, 8.0], dtype=torch.float64)
TRUNCATED = torch.tensor([False, True, False, False])
TERMINATED = torch.tensor([False, False, False, True])

FIELDS = ("observations", "actions", "rewards", "terminated", "truncated", "next_observations", "real")
BUDGET, COPIES = 2048, 8
LOOSE = {"rtol": 1e-6, "atol": 1e-6}  # a factor like 0.9 * ~terminated is a float32 of torch's


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
    """Two shops, told apart by a sign: one action sells the shop for 1, which is the end; the other earns 0.8 and ends the visit alone."""

    observation_space = gymnasium.spaces.Box(-1, 1, (1,), np.float32)
    action_space = gymnasium.spaces.Discrete(2)

    def reset(self, *, seed=None, options=None):
        """Begin an episode."""
        self.selling = (seed or 0) % 2
        return self._shown(), {}

    def step(self, action):
        """Make one step."""
        is_sold = int(action) == self.selling
        return self._shown(), 1.0 if is_sold else 0.8, is_sold, not is_sold, {}

    def _shown(self):
        return np.array([2 * self.selling - 1], np.float32)


@probe
def play(student, env, *steps):
    """Return the fields of rollouts that follow each other; the action is the time that the observation shows, odd or even."""
    found, start = [], None
    for count in steps:
        rollout, start = student.collect(env, lambda observations: observations[:, 0].long() % 2, count, start)
        found.append(list(rollout))
    return found


@probe
def play_cart_pole(student, mode, steps, seed):
    """Return the fields of a rollout of Gymnasium's own vector environment: two poles, pushed to the right, fall again and again."""
    mode = gymnasium.vector.AutoresetMode[mode.upper()]
    env = gymnasium.make_vec("CartPole-v1", num_envs=2, vectorization_mode="sync", vector_kwargs={"autoreset_mode": mode})
    start = env.reset(seed=seed)[0], np.zeros(2, bool)
    return list(student.collect(env, lambda observations: torch.ones(len(observations), dtype=torch.int64), steps, start)[0])


@probe
def n_step_arguments(student, rewards, next_values, terminated, truncated, gamma, n):
    """Return the arguments as they are after the call."""
    student.n_step_returns(rewards, next_values, terminated, truncated, gamma, n)
    return [rewards, next_values, terminated, truncated, gamma, n]


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
def advantages_of(student, env, steps):
    """Return the advantages of a rollout, by a critic that values an observation at the sum of its numbers, and what was real."""
    rollout, _ = student.collect(env, lambda observations: observations[:, 0].long() % 2, steps)
    values, next_values = rollout.observations.sum(-1), rollout.next_observations.sum(-1)
    found = student.gae(rollout.rewards, values, next_values, rollout.terminated, rollout.truncated, 0.9, 0.8)
    return [found, rollout.real]


class Chain:
    """A Markov chain of three states, and every way that it can go in a few steps, with its probability."""

    def __init__(self, rng, steps):
        moves = rng.uniform(0.1, 1.0, (3, 4))  # the last column: the chain terminates
        self.moves = torch.from_numpy(moves / moves.sum(axis=1, keepdims=True))
        self.rewards, self.values = (torch.from_numpy(rng.normal(0, 1, 3)) for _ in range(2))
        ways = [self._way(start, turns) for start in range(3) for turns in itertools.product(range(4), repeat=steps)]
        ways = [way for way in ways if way[0] > 0]
        self.weights = torch.tensor([way[0] for way in ways], dtype=torch.float64)
        self.here, self.there, over = torch.tensor([way[1] for way in ways]).permute(2, 1, 0)  # (steps, ways)
        self.terminated = over.bool()

    def _way(self, state, turns):
        """Return the probability of a way, and the steps (state, following state, over); what comes after the end is another episode."""
        weight, rows, is_over = 1.0, [], False
        for turn in turns:
            if is_over:
                weight *= turn == 0
                rows.append((0, 0, 0))
                continue
            weight, is_over = weight * float(self.moves[state, turn]), turn == 3
            rows.append((state, 0 if is_over else turn, int(is_over)))
            state = turn
        return weight, rows

    def onward(self, values, gamma):
        """Return what each state is worth on the way to states that are worth `values`."""
        return self.rewards + gamma * self.moves[:, :3] @ values

    def true_values(self, gamma):
        """Return the values that are worth what they lead to: a system of three equations."""
        return torch.linalg.solve(torch.eye(3, dtype=torch.float64) - gamma * self.moves[:, :3], self.rewards)

    def mean(self, estimates):
        """Return the expectation of estimates (ways,), for each state that the chain may start in."""
        return torch.zeros(3, dtype=torch.float64).index_add(0, self.here[0], self.weights * estimates)


def clocks(*lengths):
    """Return a view of clocks; the copies of a training get these lengths in turn."""
    waiting = iter([1, *lengths])  # the first is made to look at its spaces
    return checks.plain(lambda: Clock(next(waiting)))


def fields(found):
    """Return the seven fields of one rollout."""
    return dict(zip(FIELDS, checks.unpack(found, len(FIELDS), what="The rollout", hint=1), strict=True))


def check_rows(found, observations, rewards, terminated, truncated, reached, real):
    """Require these rows; where nothing was played, nothing but `real` is looked at."""
    got, real = fields(found), torch.tensor(real).bool()
    checks.equal(got["real"], real, what="`real`", hint=2)
    observations, reached = (torch.tensor(rows, dtype=torch.float32) for rows in (observations, reached))
    expected = {
        "observations": observations,
        "actions": observations[..., 0].long() % 2,
        "rewards": torch.tensor(rewards, dtype=torch.float32),
        "terminated": torch.tensor(terminated).bool(),
        "truncated": torch.tensor(truncated).bool(),
        "next_observations": reached,
    }
    for name, rows in expected.items():
        field = checks.shape(got[name], rows.shape, rows.dtype, what=f"`{name}`", hint=1)
        checks.equal(field[real], rows[real], what=f"`{name}`, row by row where a step was played,", hint=2)


@task("td_errors")
class TestTdErrors:
    def test_handout_example(self, student):
        """The four steps of the handout are -1, 2, -0.5 and 1 better than predicted."""
        expected = torch.tensor([-1.0, 2.0, -0.5, 1.0], dtype=torch.float64)
        got = student.td_errors(REWARDS, VALUES, NEXT_VALUES, TERMINATED, 0.5)
        checks.close(got, expected, what="The tensor of TD errors of the handout", hint=1, **LOOSE)

    def test_true_values_expect_nothing(self, student, draw):
        """With the true values of a chain of three states, the TD errors of all ways cancel, state by state."""
        chain = Chain(draw.rng, 1)
        values = chain.true_values(0.9)
        errors = student.td_errors(chain.rewards[chain.here], values[chain.here], values[chain.there], chain.terminated, 0.9)
        errors = checks.shape(errors, chain.here.shape, what="The tensor of TD errors", hint=1)
        checks.close(chain.mean(errors[0]), torch.zeros(3, dtype=torch.float64), what="The expected TD error", hint=2, **LOOSE)


@task("n_step_returns")
class TestNStepReturns:
    def test_handout_example(self, student):
        """One, two and many steps ahead, as in the handout."""
        for n, expected in ((1, [2.0, 4.0, 1.5, 2.0]), (2, [3.0, 4.0, 2.0, 2.0]), (9, [3.0, 4.0, 2.0, 2.0])):
            got = student.n_step_returns(REWARDS, NEXT_VALUES, TERMINATED, TRUNCATED, 0.5, n)
            checks.close(got, torch.tensor(expected, dtype=torch.float64), what=f"The tensor of returns for n = {n}", hint=1, **LOOSE)

    def test_whole_episodes_need_no_critic(self, student):
        """Where n reaches the end of the episode, the return is the discounted sum of the rewards: Monte Carlo."""
        rewards, nothing = torch.ones(4, 1, dtype=torch.float64), torch.zeros(4, 1, dtype=torch.bool)
        end = nothing.clone()
        end[-1] = True
        got = student.n_step_returns(rewards, 5 * rewards, end, nothing, 0.5, 4)
        expected = torch.tensor([[1.875], [1.75], [1.5], [1.0]], dtype=torch.float64)
        checks.close(got, expected, what="The tensor of returns of a whole episode", hint=2, **LOOSE)

    def test_every_way_of_a_chain(self, student, draw):
        """Over all ways that a chain can go, the return of n steps is n steps of its equations, whatever the critic says."""
        chain, gamma = Chain(draw.rng, 4), 0.8
        expected = chain.values
        cut = torch.zeros_like(chain.terminated)
        for n in (1, 2, 3, 4):
            expected = chain.onward(expected, gamma)
            got = student.n_step_returns(chain.rewards[chain.here], chain.values[chain.there], chain.terminated, cut, gamma, n)
            got = checks.shape(got, chain.here.shape, what="The tensor of returns", hint=1)
            checks.close(chain.mean(got[0]), expected, what=f"The expected return of n = {n}", hint=2, **LOOSE)

    @kind("property")
    def test_the_next_episode_is_out_of_sight(self, student, draw):
        """What comes after the end of an episode, by termination or by cutting, changes nothing before it."""
        rewards, next_values = draw("steps=6 copies"), draw("steps copies")
        nobody = torch.zeros(rewards.shape, dtype=torch.bool)
        ended = nobody.clone()
        ended[2] = True
        for name, flags in (("terminated", (ended, nobody)), ("truncated", (nobody, ended))):
            see = {"axis": 0, "rng": draw.rng, "what": f"The return of an episode that is {name} in row 2", "hint": 3}
            checks.unseen(lambda r, f=flags: student.n_step_returns(r, next_values, *f, 0.9, 4), rewards, at=[3, 4], by=[0, 1, 2], **see)
            checks.seen(lambda r, f=flags: student.n_step_returns(r, next_values, *f, 0.9, 4), rewards, at=2, by=0, **see)

    @kind("property")
    def test_arguments_are_kept(self, student, draw):
        """The call changes none of its arguments."""
        flags = [draw.mask("steps copies", share=0.3) for _ in range(2)]
        names = ("rewards", "next_values", "terminated", "truncated", "gamma", "n")
        checks.arguments_kept(n_step_arguments, student, draw("steps copies"), draw("steps copies"), *flags, 0.9, 3, names=names, hint=3)


@task("gae")
class TestGae:
    def test_handout_example(self, student):
        """The advantages of the handout, an episode that is cut off and one that terminates."""
        expected = torch.tensor([-0.5, 2.0, -0.25, 1.0], dtype=torch.float64)[:, None]
        given = [column[:, None] for column in (REWARDS, VALUES, NEXT_VALUES, TERMINATED, TRUNCATED)]
        checks.close(student.gae(*given, 0.5, 0.5), expected, what="The tensor of advantages of the handout", hint=1, **LOOSE)

    def test_lambda_zero_is_the_td_error(self, student, draw):
        """With lambda = 0 nothing but the step itself counts."""
        rewards, values, next_values = draw("steps copies"), draw("steps copies"), draw("steps copies")
        nobody = torch.zeros(rewards.shape, dtype=torch.bool)
        expected = rewards + 0.9 * next_values - values
        checks.close(
            student.gae(rewards, values, next_values, nobody, nobody, 0.9, 0.0), expected, what="GAE with lambda = 0", hint=1, **LOOSE
        )

    def test_lambda_one_is_return_minus_value(self, student):
        """With lambda = 1 values inside the episode cancel: a reward of 1 in each step comes to 1.875, 1.75, 1.5, 1, less the value."""
        rewards = torch.ones(4, 2, dtype=torch.float64)
        values = torch.tensor([[3.0, 1.0], [2.0, 0.0], [5.0, -1.0], [4.0, 2.0]], dtype=torch.float64)
        next_values = torch.cat([values[1:], values[:1]])
        ended = torch.zeros(4, 2, dtype=torch.bool)
        ended[-1] = True
        returns = torch.tensor([1.875, 1.75, 1.5, 1.0], dtype=torch.float64)[:, None]
        got = student.gae(rewards, values, next_values, ended, torch.zeros_like(ended), 0.5, 1.0)
        checks.close(got, returns - values, what="GAE with lambda = 1", hint=2, **LOOSE)

    def test_every_way_of_a_chain(self, student, draw):
        """Over all ways that a chain can go, GAE adds up the expected TD errors of its states."""
        chain, gamma, lam = Chain(draw.rng, 4), 0.9, 0.7
        error = chain.onward(chain.values, gamma) - chain.values
        expected = torch.zeros_like(error)
        for _ in range(4):
            expected = error + gamma * lam * chain.moves[:, :3] @ expected
        rewards, cut = chain.rewards[chain.here], torch.zeros_like(chain.terminated)
        got = student.gae(rewards, chain.values[chain.here], chain.values[chain.there], chain.terminated, cut, gamma, lam)
        got = checks.shape(got, chain.here.shape, what="The tensor of advantages", hint=1)
        checks.close(chain.mean(got[0]), expected, what="The expected advantage", hint=2, **LOOSE)

    @kind("property")
    def test_copies_do_not_mix(self, student, draw):
        """No copy's advantage depends on another copy."""
        rewards, values, next_values = draw("steps copies"), draw("steps copies"), draw("steps copies")
        flags = [draw.mask("steps copies", share=0.2) for _ in range(2)]
        checks.independent(lambda r: student.gae(r, values, next_values, *flags, 0.9, 0.8), rewards, axis=1, rng=draw.rng, hint=3)

    @kind("property")
    def test_one_environment(self, student):
        """A single environment needs no axis of copies."""
        expected = torch.tensor([-0.5, 2.0, -0.25, 1.0], dtype=torch.float64)
        got = student.gae(REWARDS, VALUES, NEXT_VALUES, TERMINATED, TRUNCATED, 0.5, 0.5)
        checks.close(got, expected, what="The tensor of advantages of one environment", hint=3, **LOOSE)


@task("collect")
class TestCollect:
    def test_next_step(self, student, draw):
        """Under NEXT_STEP the call after the end of an episode plays nothing; two clocks of 2 and 3 steps show where."""
        env = checks.training(student, clocks(2, 3), steps=100, seeds=draw.rng, copies=2)
        check_rows(
            play(student, env, 5)[0],
            observations=[[[0, 1], [0, 1]], [[1, 1], [1, 1]], [[2, 1], [2, 1]], [[0, 2], [3, 1]], [[1, 2], [0, 2]]],
            rewards=[[10, 10], [21, 21], [0, 30], [10, 0], [21, 10]],
            terminated=[[0, 0], [0, 0], [0, 0], [0, 0], [1, 0]],
            truncated=[[0, 0], [1, 0], [0, 1], [0, 0], [0, 0]],
            reached=[[[1, 1], [1, 1]], [[2, 1], [2, 1]], [[0, 2], [3, 1]], [[1, 2], [0, 2]], [[2, 2], [1, 2]]],
            real=[[1, 1], [1, 1], [0, 1], [1, 0], [1, 1]],
        )

    def test_same_step(self, student, draw):
        """Under SAME_STEP every call plays, and the last observation of an episode is found in `info`."""
        env = checks.training(student, clocks(2, 3), steps=100, seeds=draw.rng, copies=2, autoreset="same_step")
        check_rows(
            play(student, env, 4)[0],
            observations=[[[0, 1], [0, 1]], [[1, 1], [1, 1]], [[0, 2], [2, 1]], [[1, 2], [0, 2]]],
            rewards=[[10, 10], [21, 21], [10, 30], [21, 10]],
            terminated=[[0, 0], [0, 0], [0, 0], [1, 0]],
            truncated=[[0, 0], [1, 0], [0, 1], [0, 0]],
            reached=[[[1, 1], [1, 1]], [[2, 1], [2, 1]], [[1, 2], [3, 1]], [[2, 2], [1, 2]]],
            real=[[1, 1], [1, 1], [1, 1], [1, 1]],
        )

    def test_real_steps_are_what_the_budget_counts(self, student, draw):
        """As many rows are real as steps were taken from the budget."""
        env = checks.training(student, clocks(1, 2, 5), steps=100, seeds=draw.rng, copies=3)
        real = checks.shape(fields(play(student, env, 11)[0])["real"], (11, 3), torch.bool, what="`real`", hint=2)
        claim = "The number of rows marked as real is not the number of steps that the environment counted."
        checks.that(int(real.sum()) == env.stage.spent, claim, hint=2)

    def test_cart_pole(self, student):
        """Two poles of Gymnasium's own fall a few times; under SAME_STEP the last observation of each is one of a pole that has fallen."""
        for mode in ("next_step", "same_step"):
            got = fields(play_cart_pole(student, mode, 40, 0))
            reached = checks.shape(got["next_observations"], (40, 2, 4), torch.float32, what="`next_observations`", hint=1)
            terminated = checks.shape(got["terminated"], (40, 2), torch.bool, what="`terminated`", hint=1)
            checks.shape(got["rewards"], (40, 2), torch.float32, what="`rewards`", hint=1)
            real = checks.shape(got["real"], (40, 2), torch.bool, what="`real`", hint=2)
            count = int((~real).sum())
            claim = f"Under {mode.upper()} a row is unreal where an episode ended in the row before, and nowhere else."
            checks.that(
                count == (int(terminated[:-1].sum()) if mode == "next_step" else 0), claim, shown=f"{count} rows are unreal.", hint=2
            )
            angles = reached[terminated][:, 2].abs()
            claim = f"Under {mode.upper()} an observation at the end of an episode is not one of a pole that has fallen."
            checks.that(len(angles) > 0 and bool((angles > 0.2).all()), claim, hint=3)

    @kind("property")
    def test_goes_on_where_it_stopped(self, student, draw):
        """Rollouts of 2, 1 and 4 rows, each from where the one before stopped, are one rollout of 7."""
        for autoreset in ("next_step", "same_step"):
            whole, parts = (
                play(student, checks.training(student, clocks(2, 3), steps=99, seeds=draw.rng, copies=2, autoreset=autoreset), *steps)
                for steps in ((7,), (2, 1, 4))
            )
            whole, parts = fields(whole[0]), [fields(part) for part in parts]
            for name in ("real", "observations", "rewards", "next_observations"):
                dtype = torch.bool if name == "real" else torch.float32
                sizes = (2, 2) if name.endswith("observations") else (2,)
                pieces = [
                    checks.shape(part[name], (rows, *sizes), dtype, what=f"`{name}`", hint=3)
                    for part, rows in zip(parts, (2, 1, 4), strict=True)
                ]
                expected = checks.shape(whole[name], (7, *sizes), dtype, what=f"`{name}`", hint=3)
                checks.equal(torch.cat(pieces), expected, what=f"`{name}` of three rollouts in a row", hint=3)


@task("entropy")
class TestEntropy:
    def test_handout_example(self, student):
        """Probabilities of 3/4 and 1/4 have 0.562 nats, four equal ones log 4, a certain one none."""
        logits = torch.tensor([[math.log(3), 0.0], [0.0, 0.0], [40.0, 0.0]], dtype=torch.float64)
        expected = torch.tensor([0.75 * math.log(4 / 3) + 0.25 * math.log(4), math.log(2), 41 * math.exp(-40)], dtype=torch.float64)
        checks.close(student.entropy(logits), expected, what="The tensor of entropies", hint=1)
        checks.close(student.entropy(torch.zeros(4, dtype=torch.float64)), torch.tensor(math.log(4), dtype=torch.float64), hint=1)

    def test_a_forbidden_action_adds_nothing(self, student):
        """An action with the logit minus infinity has probability 0 and leaves the entropy of the others."""
        logits = torch.tensor([[1.0, -math.inf, 1.0], [-math.inf, -math.inf, 3.0]], dtype=torch.float64)
        expected = torch.tensor([math.log(2), 0.0], dtype=torch.float64)
        checks.close(student.entropy(logits), expected, what="The entropy with forbidden actions", hint=2)

    @kind("property")
    def test_large_logits(self, student, draw):
        """Logits in the thousands overflow nothing, and a number added to all of them changes nothing."""
        logits = draw("batch actions")
        once = checks.shape(student.entropy(logits), (draw.sizes["batch"],), what="The tensor of entropies", hint=2)
        checks.close(student.entropy(logits + 4000), once, rtol=1e-8, what="The tensor of entropies, logits shifted,", hint=2)
        extreme = torch.tensor([[1000.0, -1000.0, 0.0], [1000.0, 1000.0, -1000.0]], dtype=torch.float64)
        expected = torch.tensor([0.0, math.log(2)], dtype=torch.float64)
        checks.close(student.entropy(extreme), expected, what="The tensor of entropies of extreme logits", hint=2)

    @kind("gradient")
    def test_slopes(self, student, draw):
        """The gradient is the slope of the entropy."""
        checks.gradients(entropy_and_gradients, student, {"logits": draw("batch actions")}, rng=draw.rng, hint=3)

    @kind("gradient")
    def test_slopes_are_finite(self, student):
        """Where an action is forbidden or nearly certain, the gradient is still a number."""
        logits = torch.tensor([[0.0, -math.inf, 0.0], [1000.0, 0.0, -1000.0]], dtype=torch.float64)
        _, gradients = checks.unpack(entropy_and_gradients(student, torch.ones(2, dtype=torch.float64), logits), 2, hint=3)
        (gradient,) = checks.unpack(gradients, 1, what="The list of gradients", hint=3)
        checks.close(gradient, torch.zeros_like(logits), what="The gradient of the entropy", hint=3)


@task("actor_critic_loss")
class TestActorCriticLoss:
    def test_handout_example(self, student):
        """The step of the handout gains 2.4 or loses 3, depending on the sign of its advantage."""
        logits = torch.tensor([[math.log(3), 0.0]], dtype=torch.float64)
        zero, action = torch.zeros(1, dtype=torch.float64), torch.tensor([0])
        old = torch.tensor([math.log(0.5)], dtype=torch.float64)
        for advantage, loss in ((2.0, -2.4), (-2.0, 3.0)):
            got = student.actor_critic_loss(logits, zero, action, zero + advantage, zero, old, 0.2, 0.0, 0.0)
            expected = torch.tensor(loss, dtype=torch.float64)
            checks.close(got, expected, what=f"The loss of a step with the advantage {advantage:g}", hint=2)

    def test_three_terms(self, student):
        """Without old probabilities the loss is -log p times advantage, plus the critic's error, less the entropy."""
        logits = torch.zeros(2, 4, dtype=torch.float64)
        values, returns = torch.tensor([1.0, 2.0], dtype=torch.float64), torch.tensor([4.0, 3.0], dtype=torch.float64)
        advantages, actions = torch.tensor([2.0, 1.0], dtype=torch.float64), torch.tensor([3, 1])
        got = student.actor_critic_loss(logits, values, actions, advantages, returns, value_weight=0.5, entropy_weight=0.1)
        expected = torch.tensor(1.5 * math.log(4) + 0.5 * 5.0 - 0.1 * math.log(4), dtype=torch.float64)
        checks.close(got, expected, what="The loss of A2C", hint=1)

    @kind("gradient")
    def test_clip_in_four_quarters(self, student):
        """Only where the ratio has left the interval in the direction that the advantage wants, the gradient is zero."""
        ratios = torch.tensor([1.5, 1.5, 0.5, 0.5], dtype=torch.float64)
        advantages = torch.tensor([1.0, -1.0, 1.0, -1.0], dtype=torch.float64)
        logits, old = torch.zeros(4, 2, dtype=torch.float64), (0.5 / ratios).log()
        zeros, actions = torch.zeros(4, dtype=torch.float64), torch.zeros(4, dtype=torch.long)
        given = (logits, zeros, actions, advantages, zeros, old, 0.2, 0.0, 0.0)
        _, gradients = checks.unpack(loss_and_gradients(student, torch.ones((), dtype=torch.float64), *given), 2, hint=2)
        gradient = checks.unpack(gradients, 2, what="The list of gradients", hint=2)[0]
        slope = torch.tensor([0.0, 1.5, -0.5, 0.0], dtype=torch.float64) / 8  # ratio (1 - p) advantage, a quarter of it each
        checks.close(gradient, torch.stack([slope, -slope], dim=1), what="The gradient with respect to the logits", hint=2)

    @kind("gradient")
    def test_ratio_one_is_the_policy_gradient(self, student, draw):
        """Where the policy is still the old one, and where nothing is clipped, PPO climbs as A2C does."""
        logits, values, advantages, returns = draw("batch actions"), draw("batch"), draw("batch"), draw("batch")
        actions = draw.integers("batch", high=draw.sizes["actions"])
        old = logits.log_softmax(-1).gather(-1, actions[:, None])[:, 0]
        found = []
        for given in (None, old):
            weights = (values, actions, advantages, returns, given, 0.2, 0.5, 0.01)
            _, gradients = checks.unpack(loss_and_gradients(student, torch.ones((), dtype=torch.float64), logits, *weights), 2, hint=3)
            gradient = checks.unpack(gradients, 2, what="The list of gradients", hint=3)[0]
            found.append(checks.shape(gradient, logits.shape, what="The gradient with respect to the logits", hint=3))
        checks.close(found[1], found[0], what="The gradient of PPO at ratio 1, beside that of A2C,", hint=3)

    @kind("gradient")
    def test_slopes(self, student, draw):
        """The gradients with respect to logits and values are the slopes of the loss of A2C."""
        inputs = {"logits": draw("batch actions"), "values": draw("batch")}
        actions = draw.integers("batch", high=draw.sizes["actions"])
        checks.gradients(loss_and_gradients, student, inputs, actions, draw("batch"), draw("batch"), None, rng=draw.rng, hint=3)


@task("train")
class TestTrain:
    def test_a_cut_episode_goes_on(self, student, draw):
        """Who takes the end of the visit for the end of the shop sells it; it is worth far more when it is kept."""
        view = checks.plain(Shops)
        agents = student.train(checks.training(student, view, steps=BUDGET, seeds=draw.rng, copies=COPIES))
        latest = list(agents[-1:]) if isinstance(agents, list | tuple) else agents
        number = checks.best_return(latest, view, episodes=20, seeds=draw.rng, together=20, hint=1)
        claim = "The latest agent takes 1 and terminates. To earn 0.8 and be cut off is better, since the shop goes on."
        checks.that(number < 0.99, claim, shown="It earns 1 in every episode.", hint=3)
        claim = f"After {BUDGET} steps the latest agent has not learned to keep either shop."
        checks.that(math.isclose(number, 0.8), claim, shown=f"It earns {number:.3g} on average, expected 0.8.", hint=2)


@task("integration")
class TestIntegration:
    def test_either_autoreset(self, student, draw):
        """Whatever the autoreset mode, the same two episodes have the same advantages."""
        found = []
        for autoreset in ("next_step", "same_step"):
            env = checks.training(student, clocks(3, 3), steps=99, seeds=draw.rng, copies=2, autoreset=autoreset)
            rows = 7 if autoreset == "next_step" else 6
            advantages, real = checks.unpack(advantages_of(student, env, rows), 2)
            real = checks.shape(real, (rows, 2), torch.bool, what="`real`")
            advantages = checks.shape(advantages, (rows, 2), torch.float32, what="The tensor of advantages")
            checks.that(int(real.sum()) == 12, "Two copies that play two episodes of 3 steps should make 12 real rows.")
            found.append(advantages[real].reshape(6, 2))
        checks.close(found[0], found[1], what="The tensor of advantages under NEXT_STEP, beside those under SAME_STEP,")
