"""The judge steps the environment of a training: it looks like Gymnasium's, is counted, and gives nothing away to who cheats."""

import ast
from pathlib import Path

import gymnasium
import numpy as np
import pytest
from gymnasium.vector import AutoresetMode, SyncVectorEnv

from grader import checks
from grader.errors import CourseError
from grader.limits import Limits
from grader.result import Failure, Verdict
from grader.sandbox.backend import Backend, probe
from grader.sandbox.box import Box
from grader.sandbox.inproc import InProcess
from grader.sandbox.leash import Worker
from grader.sandbox.student import Student

pytestmark = pytest.mark.slow

BACKENDS = [backend for backend in Backend if probe(backend) is None]
CHEATS = sorted(Path(__file__).with_name("cheats").glob("*.py"))
LIMITS = Limits(cpu_s=1, wall_s=30)
BUDGET = 2000
LOW = 60.0  # the level "simple" of the topics that play CartPole
TEXT = '''
import numpy as np


def spend(env):
    """Return the lengths of whole episodes, and what is left."""
    lengths, length = [], 0
    env.reset()
    while env.steps_left:
        _, reward, terminated, truncated, _ = env.step(0)
        length += int(reward)
        if terminated or truncated:
            lengths.append(length)
            length = 0
            env.reset()
    return lengths, env.steps_left


def spend_together(env, steps):
    """Return everything that comes back, and which last observations were told."""
    rows = [env.reset()[0]]
    for t in range(steps):
        *row, info = env.step(np.full(env.num_envs, t % 2))
        final = {int(i): info["final_obs"][i] for i in np.flatnonzero(info.get("_final_obs", []))}
        rows.append([*row, final])
    return rows, env.steps_left


def overrun(env):
    made = 0
    while True:
        env.step(np.zeros(env.num_envs, int)) if made else env.reset()
        made += 1


def firsts(env):
    return [env.reset(seed=seed)[0] for seed in (3, 3, 4, None, None)]


def tries(env, actions):
    """Return what each action is refused with."""
    env.reset()
    said = []
    for action in actions:
        try:
            env.step(action)
            said.append("")
        except ValueError as error:
            said.append(str(error))
    return said, env.steps_left


def without_reset(env):
    env.step(0)


def looks(env):
    return [repr(env.observation_space), repr(env.action_space), env.spec is None, env.unwrapped is env, env.steps_left]
'''


class Steps(gymnasium.Env):
    """An environment of known episodes: copy after copy lasts one step longer; it shows its time and ends or is cut off in turn."""

    observation_space = gymnasium.spaces.Box(-np.inf, np.inf, (2,), np.float32)
    action_space = gymnasium.spaces.Discrete(2)

    def __init__(self, length):
        self.length, self.time, self.episode = length, 0, 0

    def reset(self, *, seed=None, options=None):
        self.time, self.episode = 0, self.episode + 1
        return self._shown(), {}

    def step(self, action):
        self.time += 1
        over = self.time == self.length
        return self._shown(), float(10 * self.time + action), over and self.episode % 2 == 0, over and self.episode % 2 == 1, {}

    def _shown(self):
        return np.array([self.time, self.episode], np.float32)


@pytest.fixture(scope="module", params=BACKENDS)
def box(request):
    """One warm box."""
    with Box(request.param, hidden=[]) as box:
        yield box


@pytest.fixture
def start(box):
    """A function that starts a submission in a wiped box."""
    box.wipe()
    started = []

    def start(text=TEXT):
        worker = Worker(box, {"op": "load", "name": "toy", "module": text, "given": None}, task=None, limits=LIMITS, tests=5)
        started.append(worker)
        worker.begin(1)
        return worker

    yield start
    for worker in started:
        worker.close()


@pytest.fixture(params=["worker", "inproc"])
def student(request, start):
    """A submission behind the wall, and in this process: the same must come of both."""
    return Student(InProcess("toy", TEXT) if request.param == "inproc" else start())


def test_the_judge_counts_every_step(student):
    """All of the budget can be used, in whole episodes of rewards that the judge gave; then nothing is left on either side."""
    env = checks.training(student, checks.plain("CartPole-v1"), steps=300, seeds=np.random.default_rng(0))
    lengths, left = student.spend(env)
    assert left == 0
    assert env.stage.spent == 300
    assert 250 < sum(lengths) <= 300
    assert all(8 <= length <= 11 for length in lengths), "always pushed to one side, it falls in about ten steps"


@pytest.mark.parametrize("mode", ["next_step", "same_step"])
def test_copies_step_as_gymnasiums_do(student, mode):
    """Observations, rewards, ends and last observations are those of Gymnasium's own vector environment, in both modes of autoreset."""
    copies, steps = 3, 12
    lengths = iter([9, 2, 3, 4])  # the first is looked at for its spaces alone
    view = checks.plain(lambda: Steps(next(lengths)))
    env = checks.training(student, view, steps=1000, seeds=np.random.default_rng(0), copies=copies, autoreset=mode)
    rows, left = student.spend_together(env, steps)
    own = SyncVectorEnv([lambda i=i: Steps(2 + i) for i in range(copies)], autoreset_mode=AutoresetMode[mode.upper()])
    assert np.array_equal(rows[0], own.reset()[0])
    real = 0
    was_over = np.zeros(copies, bool)
    for t in range(steps):
        *expected, info = own.step(np.full(copies, t % 2))
        *got, final = rows[t + 1]
        for one, other in zip(got, expected, strict=True):
            assert np.array_equal(one, other), (mode, t)
        wanted = {int(i): info["final_obs"][i] for i in np.flatnonzero(info.get("_final_obs", []))}
        assert final.keys() == wanted.keys()
        assert all(np.array_equal(final[i], wanted[i]) for i in wanted)
        real += int((~was_over).sum()) if mode == "next_step" else copies
        was_over = expected[2] | expected[3]
    assert left == 1000 - real
    assert env.stage.spent == real


def test_a_budget_that_is_spent_is_told_in_a_sentence(start):
    """The exception and the verdict both say what was spent; the copies never make a step that the budget does not hold."""
    student = Student(start())
    env = checks.training(student, checks.plain("CartPole-v1"), steps=50, seeds=np.random.default_rng(0), copies=8, autoreset="same_step")
    with pytest.raises(Failure) as told:
        student.overrun(env)
    assert told.value.verdict is Verdict.RAISED
    assert told.value.message.startswith("The training budget of 50 steps is spent")
    assert "RuntimeError" in told.value.message
    assert env.stage.spent == 48


def test_seeds_repeat_but_are_not_gymnasiums(student):
    """Equal seeds begin alike, others and none at all otherwise; no first state is the one that the plain environment has for the seed."""
    env = checks.training(student, checks.plain("CartPole-v1"), steps=10, seeds=np.random.default_rng(0))
    three, again, four, one, other = student.firsts(env)
    assert np.array_equal(three, again)
    known = gymnasium.make("CartPole-v1").reset(seed=3)[0]
    states = [three, four, one, other, known]
    assert len({tuple(state) for state in states}) == len(states)


def test_what_is_no_action_is_refused_with_a_reason(student):
    """A fraction, a flag, text, a list or a number outside is refused and costs nothing; whole numbers of any library are actions."""
    env = checks.training(student, checks.plain("CartPole-v1"), steps=100, seeds=np.random.default_rng(0))
    said, left = student.tries(env, [0.5, True, "left", [1], np.zeros(2, int), None, 2, -1, 1, np.int32(0), np.array(1)])
    assert all("whole number from 0 to 1" in reason for reason in said[:8])
    assert said[8:] == ["", "", ""]
    assert left == 97


def test_a_step_needs_an_episode(student):
    """A step before the first reset raises and says what to do."""
    with pytest.raises(Failure, match="reset the environment before"):
        student.without_reset(checks.training(student, checks.plain("CartPole-v1"), steps=10, seeds=np.random.default_rng(0)))


def test_it_looks_like_gymnasium_and_tells_nothing(start):
    """Spaces are there; behind a mask the bounds, which would tell the places apart, are not; nothing can be unwrapped."""
    student = Student(start())
    rng = np.random.default_rng(0)
    observations, actions, *rest = student.looks(checks.training(student, checks.masked("CartPole-v1", rng), steps=10, seeds=rng))
    assert observations == "Box(-inf, inf, (4,), float32)"
    assert actions == "Discrete(2)"
    assert rest == [True, True, 10]


def test_an_unknown_autoreset_is_the_authors_fault(start):
    """The message names what there is."""
    with pytest.raises(CourseError, match="next_step or same_step"):
        checks.training(Student(start()), checks.plain("CartPole-v1"), steps=1, seeds=np.random.default_rng(0), copies=2, autoreset="later")


def test_training_ends_where_a_test_or_an_evaluation_begins(start):
    """A next test's worker may still hold the environment; it is refused, which is no forgery."""
    worker = start(
        "KEPT = []\n\n\ndef keep(env):\n    KEPT.append(env)\n\n\ndef use():\n    return KEPT[0].reset()[0]\n\n\ndef act(o):\n    return 0\n"
    )
    student, rng = Student(worker), np.random.default_rng(0)
    view = checks.plain("CartPole-v1")
    student.keep(checks.training(student, view, steps=10, seeds=rng))
    assert student.use().shape == (4,)
    checks.rollout(student.act, view, 1, rng)
    with pytest.raises(Failure, match="The training is over"):
        student.use()
    worker.begin(2)
    with pytest.raises(Failure, match="The training is over") as told:
        student.use()
    assert told.value.verdict is Verdict.RAISED


@pytest.mark.parametrize("path", CHEATS, ids=lambda path: path.stem)
def test_cheat(start, path):
    """It gets what its file says, no step beyond the budget is made, and the next submission plays as if it had not been there."""
    text = path.read_text(encoding="utf-8")
    deserves = next(ast.literal_eval(n.value) for n in ast.parse(text).body if isinstance(n, ast.Assign) and n.targets[0].id == "DESERVES")
    student, rng = Student(start(text)), np.random.default_rng(8)
    view = checks.masked("CartPole-v1", rng)
    env = checks.training(student, view, steps=BUDGET, seeds=rng)
    try:
        score = checks.best_return(student.train(env), view, episodes=5, seeds=rng)
        found = "low" if score < LOW else f"gained {score}"
    except Failure as failure:
        found = failure.verdict.value
    assert found == deserves
    assert env.stage.spent <= BUDGET
    after = checks.rollout(Student(start("def act(o):\n    return int(3 * o[2] + o[3] > 0)\n")).act, "CartPole-v1", 1, [1])
    assert after.returns == (500.0,)
