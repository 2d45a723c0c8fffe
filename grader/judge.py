"""Turns a topic's test files into outcomes of submission after submission: pytest collects once, each is judged in a fork of it.

`grader.sitting` runs it for `grader.runner`, which speaks to it in JSON lines: one `Order` in, outcomes and one `done` out.
Trusted from end to end: student code runs in the box alone.
"""

import os
import random
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext, suppress
from dataclasses import replace
from typing import IO

import msgspec
import numpy as np
import pytest
import torch

from grader import draw as draws
from grader import figures, forbidden, plugin, splice
from grader.assignment import Assignment, Kind
from grader.catalogue import read_catalogue
from grader.catching import Catching
from grader.course import Course, Cuda
from grader.errors import HarnessError
from grader.limits import Limits
from grader.margins import recording
from grader.orders import Done, Drawn, Noted, Order
from grader.result import Failure, LateFailure, Outcome, Verdict
from grader.sandbox import devices
from grader.sandbox.box import Box
from grader.sandbox.inproc import InProcess
from grader.sandbox.leash import Usage
from grader.seat import INTEGRATION, Seat, Test, task_of, unknown_parts
from grader.signatures import find_seen
from grader.stumbles import Stumbles
from grader.submitted import NOTHING, UNREADABLE, Submitted, device_limits, given_code, put_in_names, unreadable
from grader.suspects import Suspects
from grader.trials import Answer, Trial
from grader.turns import Turns
from grader.worker import forks
from grader.worker.zygote import warm

# What ran out of time or memory twice is not asked again: a class must not wait for one endless loop.
EXHAUSTED = {Verdict.TIMEOUT: "time", Verdict.MEMORY: "memory"}
TIMES_TO_BELIEVE = 2
JUDGE_GRACE_S = 30.0
# Parts of pytest that a judge has no use for. Each would cost every test of every submission.
UNUSED = ("cacheprovider", "faulthandler", "unraisableexception", "threadexception", "logging", "warnings", "doctest", "unittest",
          "junitxml", "pastebin", "stepwise", "setuponly", "setupplan", "debugging", "subtests")  # fmt: skip
WAITS = "This waits for a GPU: it is graded later, on a machine that has one."


class Judge(Catching):
    """The pytest plugin that takes the place of pytest's own loop over the tests."""

    def __init__(self, course: Course, assignment: Assignment, box: Box, orders: IO[bytes], answers: int, turns: Turns | None) -> None:
        topic = assignment.topic
        self.course, self.assignment, self.box, self.orders, self.answers = course, assignment, box, orders, answers
        self.device = box.accelerator
        self.reference = (course.solution_dir(topic) / f"{topic}.py").read_text(encoding="utf-8")
        self.suspects = Suspects.of(topic, [task.entry for task in self.assignment.tasks], read_catalogue(course, topic), self._loaded)
        self.stumbles = Stumbles(topic, self._in_process)
        self.easel = figures.Easel(self.assignment, course.assignment_dir(topic) / "figure.py", self.reference)
        self.submitted: Submitted | None = None
        self.forbidden: dict[str, Failure | None] = {}
        self.exhausted: Counter[tuple[str, Verdict]] = Counter()
        self.suspected = ""
        self.usage = NOTHING
        self.uncollected: list[str] = []
        self.turns = turns
        self.late_for_sure = False

    def pytest_configure(self, config: pytest.Config) -> None:
        """Say that the sandbox holds the limits here: a student's endless loop must not look like a fault of the judge."""
        config.stash[plugin.JUDGED] = True

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Keep why a test file does not collect."""
        if report.failed:
            self.uncollected.append(report.longreprtext)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Check that tests and points agree before anything is judged."""
        tests = {item.nodeid: item.stash[plugin.TEST] for item in session.items if plugin.TEST in item.stash}
        if self.uncollected:
            raise pytest.UsageError("\n".join(self.uncollected))
        faults = unknown_parts(self.assignment, tests)
        faults += [f"{item.nodeid} has no @task" for item in session.items if plugin.TEST not in item.stash]
        if faults:
            raise pytest.UsageError("\n".join(faults))

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Judge orders until there are no more. pytest's own loop does not run."""
        items = _in_order(session.items, self.assignment, self.course.cuda)
        expected = [(item.stash[plugin.TEST].id, item.stash[plugin.TEST].part) for item in items]
        torch.set_num_threads(1)
        warm()
        for entry in {item.stash[plugin.TEST].entry for item in items}:
            given_code(self.reference, put_in_names(self.assignment, entry))  # compiled once for all submissions
        for item in items:
            _ = item.location  # worked out once: a fork would do it again for each submission
        forks.settle(forks.open_map())
        self.box.await_ready()
        self._say({"ready": True})
        for line in self.orders:
            order = msgspec.json.decode(line, type=Order | Trial)
            with self.turns.side_by_side() if self.turns else nullcontext():
                if isinstance(order, Trial):
                    self._say(Answer(is_end=True, trouble=self._prove_in_fork(session, items, order)))
                    continue
                trouble = self._draw_in_fork(order) if order.draw else self._judge_in_fork(session, items, order)
                self.box.wipe()
            if not order.draw:
                self._say(Done(expected=expected, trouble=trouble))
        return True

    def _judge_in_fork(self, session: pytest.Session, items: list[pytest.Item], order: Order) -> str:
        """Return what went wrong with the judge itself; empty if nothing did."""
        code = self._in_fork(lambda: self._conduct(session, items, order))
        return f"the judge of this submission ended with exit code {code}" if code else ""

    def _prove_in_fork(self, session: pytest.Session, items: list[pytest.Item], trial: Trial) -> str:
        """Try what the course itself wrote, with another plugin in this one's place; return what went wrong with the fork."""

        def prove() -> None:
            from grader.proving import Bench  # only for who verifies a topic

            bench, plugins = Bench(self.course, self.assignment, items, self._say), session.config.pluginmanager
            plugins.unregister(self)
            plugins.unregister(name="pytest_timeout")  # its clock is the one that ends a mutant
            plugins.register(bench)
            bench.prove(trial)

        code = self._in_fork(prove)
        return f"the fork that tries what the course itself wrote ended with exit code {code}" if code else ""

    def _draw_in_fork(self, order: Order) -> str:
        """Tell what became of a figure, also where drawing it ended the fork; nothing is left to be said at its end."""
        if trouble := self.easel.set_up():
            self._say(Drawn(trouble=trouble))
        elif code := self._in_fork(lambda: self._say(self.easel.draw(order, self.box))):
            self._say(figures.ended(code))
        return ""

    def _in_fork(self, work: Callable[[], None]) -> int:
        """Do the work in a fork; return its exit code, the negative signal where one ended it."""
        sys.stdout.flush()
        pid = os.fork()
        if pid == 0:
            code = 1
            try:
                work()
                code = 0
            except BaseException as error:  # noqa: BLE001 - a fork must never return into its parent's loop
                self._say({"trouble": f"{type(error).__name__}: {error}"})
            finally:
                os._exit(code)
        _, status = os.waitpid(pid, 0)
        return os.waitstatus_to_exitcode(status)

    def _conduct(self, session: pytest.Session, items: list[pytest.Item], order: Order) -> None:
        tests = Counter(item.stash[plugin.TEST].entry for item in items)
        self.submitted = Submitted(self.assignment, self.reference, order, self.box, tests)
        seat: Seat = self.submitted
        session.config.stash[plugin.SEAT] = seat
        items = [item for item in items if order.only is None or item.stash[plugin.TEST].id in order.only]
        held: list[tuple[pytest.Item, Outcome]] = []
        for item, following in zip(items, [*items[1:], None], strict=True):
            held.append((item, self._outcome(item, following)))
            if following is None or following.stash[plugin.TEST].entry != item.stash[plugin.TEST].entry or not self._forbids(item):
                for outcome in self._observed(held, following):
                    self._say(outcome)
                held.clear()
        self.submitted.close()
        self.box.leave()

    def _forbids(self, item: pytest.Item) -> tuple[str, ...]:
        """Return what the task of a test forbids."""
        task = task_of(self.assignment, item.stash[plugin.TEST])
        return task.forbid if task else ()

    def _observed(self, held: list[tuple[pytest.Item, Outcome]], following: pytest.Item | None) -> list[Outcome]:
        """Run a test of a task again and see what really runs; a forbidden call among it is the outcome of all its tests.

        Of the tests that passed, the first hidden one, whose inputs nobody knows; what it comes to now counts for nothing.
        """
        outcomes = [outcome for _, outcome in held]
        forbid = self._forbids(held[0][0])
        passed = [item for item, outcome in held if outcome.verdict is Verdict.PASSED and outcome.part.endswith(f".{Kind.CORRECTNESS}")]
        if not forbid or not passed:
            return outcomes
        item = next((item for item in passed if not item.stash[plugin.TEST].is_public), passed[0])
        item.session._setupstate.teardown_exact(item)
        records: object = None
        with self.submitted_now.observed() as ask:
            self._run(item, following)
            with suppress(Failure):
                records = ask()
        lines = self.submitted_now.order.module.count("\n") + 1
        failure = _named_calls(find_seen(records, forbid, lines))
        return [_outcome(held_item.stash[plugin.TEST], failure, NOTHING) for held_item, _ in held] if failure else outcomes

    def _outcome(self, item: pytest.Item, following: pytest.Item | None) -> Outcome:
        test = item.stash[plugin.TEST]
        unasked = self._unasked(test)
        if unasked is not None:
            # pytest left what this test shares with the one before it set up; a test that does not run must let go of it.
            item.session._setupstate.teardown_exact(following)
            return _outcome(test, unasked, NOTHING)
        self._run(item, following)
        if isinstance(self.caught, LateFailure) and self.turns and not self.late_for_sure:
            # Others worked meanwhile. Only what is late alone is late; once that is known, it is believed.
            with self.turns.alone(lambda: self._say({"waiting": test.id})):
                self._run(item, following)
            self.late_for_sure = isinstance(self.caught, LateFailure)
        failure = _failure(self.caught)
        if failure is not None and failure.verdict in EXHAUSTED:
            self.exhausted[test.part, failure.verdict] += 1
        worker = self.submitted_now.worker
        return _outcome(test, failure, self.usage, worker.last_call if worker else "", self.suspected, worker.remark if worker else "")

    def _run(self, item: pytest.Item, following: pytest.Item | None) -> None:
        """Run one test, and keep what it came to."""
        test = item.stash[plugin.TEST]
        _seed_all(draws.seed(self.submitted_now.key, self.assignment.topic, test.id, "judge"))
        self.caught, self.suspected, self.usage = None, "", NOTHING
        with recording() as margins:
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        if self.submitted_now.order.study:
            self._say(Noted(noted=test.id, used=margins.used, runs=margins.runs))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Iterator[None]:
        """Keep what a test raised, as an object, and whose mistake it looks like."""
        try:
            return (yield)
        except Failure as failure:
            self.caught, self.usage = failure, self.submitted_now.usage()
            if self.submitted_now.order.suspects:
                self.suspected = self.suspects.sentence(item, item.stash[plugin.TEST], failure, self.submitted_now.key)
            raise
        except BaseException as error:
            self.caught = error  # first: whatever ends what follows, this test has not passed
            worker, test = self.submitted_now.worker, item.stash[plugin.TEST]
            self.usage = self.submitted_now.usage()
            self.caught = self.stumbles.failure(item, test, error, worker.returned if worker else (), self.submitted_now.key) or error
            raise
        finally:
            self.usage = self.usage if self.usage is not NOTHING else self.submitted_now.usage()

    @property
    def submitted_now(self) -> Submitted:
        """The submission of this fork."""
        if self.submitted is None:
            raise HarnessError("No submission is being judged.")
        return self.submitted

    def _unasked(self, test: Test) -> Failure | None:
        """Return the failure of a test whose answer is known without running it."""
        if test.kind is Kind.SPEED_CUDA and self.device is None:
            return Failure(Verdict.PENDING, WAITS)
        # Without its correctness a task's other parts are blocked, whatever they would say.
        for verdict, what in EXHAUSTED.items():
            times = max(self.exhausted[test.part, verdict], self.exhausted[f"{test.entry}.{Kind.CORRECTNESS}", verdict])
            if times >= TIMES_TO_BELIEVE:
                return Failure(verdict, f"Not run: {times} tests had run out of {what} already.")
        if test.entry not in self.forbidden:
            self.forbidden[test.entry] = self._forbidden(test)
        return self.forbidden[test.entry]

    def _forbidden(self, test: Test) -> Failure | None:
        task = task_of(self.assignment, test)
        try:
            text = self.submitted_now.module_for(test.entry)
        except UNREADABLE as error:
            return unreadable(error)
        if task is None or not task.forbid:
            return None
        hits = [hit for hit in forbidden.find_forbidden(text, task.entry, task.forbid) if hit.certain]
        return _named_calls(hits)

    def _loaded(self, module: str, entry: str) -> tuple[str, bytes | None]:
        """Return a module's text with `given` and needs put in, and the code of what is put in."""
        names = put_in_names(self.assignment, entry)
        return splice.put_in(module, names), given_code(self.reference, names)

    def _in_process(self, entry: str) -> InProcess:
        """Return the reference in this process, as a task must see it."""
        module, given = self._loaded(self.reference, entry)
        return InProcess(self.assignment.topic, module, given=given)

    def _say(self, message: object) -> None:
        os.write(self.answers, msgspec.json.encode(message) + b"\n")


def _failure(caught: BaseException | None) -> Failure | None:
    if caught is None or isinstance(caught, Failure):
        return caught
    detail = f"{type(caught).__name__}: {caught}"
    return Failure(Verdict.HARNESS, "The grader itself failed here; your instructor has been told.", detail=detail)


def _outcome(test: Test, failure: Failure | None, usage: Usage, call: str = "", suspected: str = "", remark: str = "") -> Outcome:
    passed = Outcome(
        id=test.id,
        part=test.part,
        verdict=Verdict.PASSED,
        cpu_s=round(usage.cpu_s, 4),
        wall_s=round(usage.wall_s, 4),
        memory_mib=round(usage.memory_mib, 1),
    )
    if failure is None:
        return replace(passed, message=remark)
    message, called = failure.message, f"called: {call}" if call else ""
    if test.is_public:
        message = "\n".join(filter(None, [message, called, failure.shown]))
    detail = "\n".join(filter(None, [called, failure.detail]))
    return replace(passed, verdict=failure.verdict, message=message, suspected=suspected, hint=failure.hint, detail=detail)


def _named_calls(hits: Sequence[forbidden.Hit]) -> Failure | None:
    """Return what forbidden calls mean for every test of their task."""
    if not hits:
        return None
    said = "; ".join(f"{hit.call} at line {hit.line}" if hit.line else hit.call for hit in hits[:3])
    return Failure(Verdict.FORBIDDEN, f"This task is about writing it yourself, and your code calls {said}.", detail=said)


def _in_order(items: list[pytest.Item], assignment: Assignment, cuda: Cuda = Cuda.GRADE) -> list[pytest.Item]:
    """Return the tests task by task, so that one worker serves a task; the integration last. Parts that the course drops have none."""
    order = [*(task.entry for task in assignment.tasks), INTEGRATION]
    kept = [item for item in items if cuda is not Cuda.DROP or item.stash[plugin.TEST].kind is not Kind.SPEED_CUDA]
    return sorted(kept, key=lambda item: order.index(item.stash[plugin.TEST].entry))


def _seed_all(seed: int) -> None:
    random.seed(seed)
    np.random.seed(seed % 2**32)
    torch.default_generator.manual_seed(seed % 2**63)


def sit(course: Course, assignment: Assignment, box: Box, orders: IO[bytes], answers: int, turns: Turns | None) -> int:
    """Collect the topic's tests, judge what comes in, and return pytest's exit code."""
    judge = Judge(course, assignment, box, orders, answers, turns)
    files = [str(path) for path in course.test_files(assignment.topic)]
    plugins = [*(f"no:{name}" for name in UNUSED), "pytest_timeout"]
    arguments = ["-qq", "-c", os.devnull, "--rootdir", str(course.root), "--import-mode=importlib", "--capture=no", "--noconftest"]
    arguments += ["--strict-markers", *(word for name in plugins for word in ("-p", name))]
    arguments += [f"--timeout={_longest_s(assignment, box.accelerator)}", "--timeout-method=signal"]
    return int(pytest.main([*arguments, *files], plugins=[plugin, judge]))


def _longest_s(assignment: Assignment, device: devices.Accelerator | None) -> float:
    limits: list[Limits] = [assignment.limits, *(task.limits for task in assignment.tasks)]
    limits = [device_limits(limit, device) for limit in limits] if device else limits
    return 3 * max(limit.wall_s for limit in limits) + JUDGE_GRACE_S
