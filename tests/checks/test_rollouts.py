"""A rollout's returns are the judge's own, one agent at a time or a batch together, and what is no action is wrong with a reason."""

import gymnasium
import numpy as np
import pytest
from gymnasium.envs.classic_control import CartPoleEnv

from grader import checks
from grader.errors import CourseError
from grader.limits import Limits
from grader.result import Failure, Verdict
from grader.sandbox.backend import Backend, probe
from grader.sandbox.box import Box
from grader.sandbox.inproc import InProcess
from grader.sandbox.leash import Worker
from grader.sandbox.student import Student, leash_of

pytestmark = pytest.mark.slow

BACKENDS = [backend for backend in Backend if probe(backend) is None]
TEXT = '''
import numpy as np
import torch


def known(o):
    return int(3 * o[2] + o[3] > 0)


def known_batch(o):
    SIZES.append(len(o))
    return (3 * o[:, 2] + o[:, 3] > 0).astype(np.int64)


def clumsy_batch(o):
    """Balance for as long as the cart is where its number says, so that episodes end apart."""
    return (3 * o[:, 2] + o[:, 3] > 4 * np.abs(o[:, 0])).astype(np.int64)


def clumsy(o):
    return int(clumsy_batch(o[None])[0])


SIZES = []


def sizes():
    return SIZES


class Policy:
    def __init__(self, side):
        self.side = side

    def __call__(self, o):
        return self.side

    def act(self, o):
        return known(o)


def policy(side):
    return Policy(side)


def policies(sides):
    return [Policy(side) for side in sides]


def swing(o):
    return np.array([2 * np.tanh(o[2])], np.float32)


def batch_of_two(o):
    return torch.zeros(2, dtype=torch.int64)


def nan(o):
    return np.array([np.nan], np.float32)


def far(o):
    return torch.tensor([2.5])


def flat(o):
    return 1.0


def text(o):
    return "left"


def objects(o):
    return np.array([1], dtype=object)


def third(o):
    return 2


def raises(o):
    raise ValueError


number = 5
'''


@pytest.fixture(scope="module", params=BACKENDS)
def box(request):
    """One warm box."""
    with Box(request.param, hidden=[]) as box:
        yield box


@pytest.fixture(params=["worker", "inproc"])
def student(request, box):
    """A submission behind the wall, and in this process: the same must come of both."""
    if request.param == "inproc":
        yield Student(InProcess("toy", TEXT))
        return
    box.wipe()
    limits = Limits(cpu_s=20, wall_s=60)
    worker = Worker(box, {"op": "load", "name": "toy", "module": TEXT, "given": None}, task=None, limits=limits, tests=5)
    worker.begin(1)
    yield Student(worker)
    worker.close()


def own_returns(seeds, act):
    """Play the same episodes here, with nothing of ours between."""
    env, returns = gymnasium.make("CartPole-v1"), []
    for seed in seeds:
        state, total, over = env.reset(seed=seed)[0], 0.0, False
        while not over:
            state, reward, terminated, truncated, _ = env.step(act(state))
            total, over = total + reward, terminated or truncated
        returns.append(total)
    return tuple(returns)


def clumsy(o):
    return int(3 * o[2] + o[3] > 4 * abs(o[0]))


def test_returns_are_those_of_the_environment(student):
    """Seed by seed the returns are what the library gives for the same actions; one that never falls is cut off at its time limit."""
    seeds = [3, 1, 4, 15]
    played = checks.rollout(student.clumsy, "CartPole-v1", 4, seeds)
    assert played.returns == own_returns(seeds, clumsy)
    assert len(set(played.returns)) > 1
    assert played.lengths == tuple(map(int, played.returns))
    assert checks.rollout(student.known, "CartPole-v1", 1, [9]).returns == (500.0,)


@pytest.mark.parametrize("together", [1, 3, 20])
def test_a_batch_plays_the_same_episodes(student, together):
    """Ended episodes drop out and waiting ones take their places: each return is the one that its seed has alone."""
    seeds = list(range(8))
    played = checks.rollout(student.clumsy_batch, "CartPole-v1", 8, seeds, together=together)
    assert played.returns == own_returns(seeds, clumsy)


def test_a_batch_shrinks_to_what_is_left(student):
    """Episodes of one length end together: full batches, then the rest alone."""
    checks.rollout(student.known_batch, "CartPole-v1", 5, range(5), together=3)
    assert student.sizes() == [3] * 500 + [2] * 500


def test_seeds_may_be_drawn(student):
    """A generator gives as many seeds as episodes; the same generator's state gives the same returns."""
    first, again, other = (checks.rollout(student.clumsy, "CartPole-v1", 3, np.random.default_rng(n)).returns for n in (1, 1, 2))
    assert first == again != other
    with pytest.raises(CourseError, match="needs as many seeds"):
        checks.rollout(student.clumsy, "CartPole-v1", 3, [1, 2])


def test_agents_may_be_objects_and_their_methods(student):
    """An object that the submission made is called itself, or by a method."""
    policy = student.policy(0)
    assert checks.rollout(policy, "CartPole-v1", 2, [1, 2]).mean < 15
    assert checks.rollout(policy.act, "CartPole-v1", 1, [1]).returns == (500.0,)


def test_continuous_actions(student):
    """A float32 array within the bounds is an action; through a mask the same rule is another one."""
    plain = checks.rollout(student.swing, "Pendulum-v1", 2, [1, 2])
    assert plain.lengths == (200, 200)
    assert plain.mean < 0
    masked = [checks.rollout(student.swing, checks.masked("Pendulum-v1", np.random.default_rng(n)), 2, [1, 2]).mean for n in range(4)]
    assert len({round(mean) for mean in masked}) > 1


def test_without_a_time_limit_an_episode_ends_too(student):
    """What never ends is cut off."""
    played = checks.rollout(student.known, checks.plain(CartPoleEnv), 1, [1], most_steps=700)
    assert played.lengths == (700,)


@pytest.mark.parametrize(
    ("name", "env_id", "sentence"),
    [
        ("third", "CartPole-v1", "whole number from 0 to 1; yours is outside"),
        ("flat", "CartPole-v1", "one whole number from 0 to 1"),
        ("text", "CartPole-v1", "one whole number from 0 to 1"),
        ("nan", "Pendulum-v1", "not finite"),
        ("far", "Pendulum-v1", "outside the bounds of the action space: squash"),
        ("flat", "Pendulum-v1", r"floating-point numbers of shape \(1,\)"),
        ("third", "Pendulum-v1", r"floating-point numbers of shape \(1,\)"),
    ],
)
def test_what_is_no_action_is_wrong(student, name, env_id, sentence):
    """The verdict is `wrong` and the sentence teaches, without a value in it; what came is shown apart."""
    with pytest.raises(Failure, match=sentence) as told:
        checks.rollout(getattr(student, name), env_id, 1, [1])
    assert told.value.verdict is Verdict.WRONG
    assert told.value.shown.startswith("It is ")


def test_a_batch_of_another_size_is_wrong(student):
    """As many actions as observations."""
    with pytest.raises(Failure, match="one for each observation") as told:
        checks.rollout(student.batch_of_two, "CartPole-v1", 3, [1, 2, 3], together=3)
    assert told.value.verdict is Verdict.WRONG


@pytest.mark.parametrize(
    ("name", "verdict"), [("raises", Verdict.RAISED), ("nothing", Verdict.MISSING), ("number", Verdict.WRONG), ("objects", Verdict.WRONG)]
)
def test_an_agent_that_does_not_answer(student, name, verdict):
    """What raises, does not exist, is no function or returns an array of objects has its verdict."""
    with pytest.raises(Failure) as told:
        checks.rollout(getattr(student, name), "CartPole-v1", 1, [1])
    assert told.value.verdict is verdict


def test_the_best_snapshot_is_played_again(student):
    """Of several agents the best in a trial counts, on fresh episodes; a single one is not tried."""
    view, rng = checks.plain("CartPole-v1"), np.random.default_rng(0)
    assert checks.best_return(student.policies([0, 1, 0]), view, episodes=3, seeds=rng) < 15
    assert checks.best_return(student.policies([0]), view, episodes=1, seeds=rng, method="act") == 500
    assert checks.best_return(student.policy(0), view, episodes=3, seeds=rng) < 15
    assert leash_of(student).last_call == "your agent(…)"


@pytest.mark.parametrize("count", [0, 21])
def test_too_many_snapshots_and_none_are_wrong(student, count):
    """A list of no agents, and of more than twenty, is refused before it costs time."""
    with pytest.raises(Failure, match="1 to 20 agents"):
        checks.best_return(student.policies([0] * count), checks.plain("CartPole-v1"), episodes=1, seeds=np.random.default_rng(0))
