"""Turns a submission into a result: starts a judge process for its topic, reads its outcomes, adds them up."""

import contextlib
import os
import select
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction
from importlib.metadata import version
from pathlib import Path
from typing import Any, Self

import msgspec
import pytest

from grader.assignment import Assignment, load_assignment
from grader.course import Course
from grader.digests import grader_digest, key_digest
from grader.errors import CourseError, HarnessError
from grader.margins import Margins
from grader.orders import Done, Drawn, Noted, Order
from grader.plugin import PUBLISHED_KEY
from grader.quiz import read_answers_key, read_quiz, score_quiz
from grader.result import Outcome, Result, State, Verdict
from grader.sandbox.backend import Backend
from grader.sandbox.devices import CPU
from grader.scoring import score
from grader.studies import Fate
from grader.submission import Submission
from grader.trials import Answer, Trial, mutants_of

START_TIMEOUT_S = 120.0
SILENCE_S = 300.0
Progress = Callable[[Outcome], None]


@dataclass(frozen=True)
class Studied:
    """A grading, and by the id of each test that ran how near it came to its thresholds."""

    result: Result
    margins: dict[str, Margins]


class JudgeProcess:
    """A warm judge of one topic. Not to be shared between threads."""

    def __init__(self, course: Course, topic: str, backend: Backend, turns: Path | None = None, device: str = CPU) -> None:
        self.course, self.topic, self.backend, self.turns, self.device = course, topic, backend, turns, device
        self.assignment: Assignment = load_assignment(course, topic)
        self.digest = grader_digest(course, topic)
        self._process: subprocess.Popen[bytes] | None = None
        self._unread = b""
        self._noted: dict[str, Margins] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def grade(self, submission: Submission, key: bytes, progress: Progress | None = None) -> Result:
        """Grade one submission. A fault of the harness is told in the result: `complete` is false and `earned` is None."""
        outcomes: list[Outcome] = []
        order = Order(module=submission.module, key=key, device=self.device)
        done, started_at, wall_s = self._conducted(order, outcomes, progress)
        return self._result(submission, key, outcomes, done, started_at, wall_s)

    def study(
        self,
        submission: Submission,
        key: bytes,
        asked: Sequence[str] | None = None,
        known: Sequence[Outcome] = (),
        *,
        suspects: bool = False,
    ) -> Studied:
        """Grade, and say how near each test came to its thresholds.

        With `asked`, ids of tests, no others are run: their outcomes are `known`, from a submission that is the same there.
        Nobody reads the feedback, so no mistake is searched for, unless with `suspects`: that is a large part of what failing costs.
        """
        self._noted = {}
        outcomes: list[Outcome] = []
        only = None if asked is None else list(asked)
        order = Order(module=submission.module, key=key, device=self.device, study=True, only=only, suspects=suspects)
        done, started_at, wall_s = self._conducted(order, outcomes, None)
        return Studied(self._result(submission, key, [*outcomes, *known], done, started_at, wall_s), self._noted)

    def complete(self, submission: Submission, key: bytes, so_far: Result, progress: Progress | None = None) -> Result:
        """Run what a result still waits for on this judge's device; every other outcome is copied as it stands."""
        fresh: list[Outcome] = []
        order = Order(module=submission.module, key=key, device=self.device, only=list(waiting(so_far)))
        done, started_at, wall_s = self._conducted(order, fresh, progress)
        outcomes = [new for old in so_far.tests for new in ([old] if old.id not in waiting(so_far) else _of(old.id, fresh))]
        return self._result(submission, key, outcomes, done, started_at, so_far.wall_s + wall_s)

    def _conducted(self, order: Order, outcomes: list[Outcome], progress: Progress | None) -> tuple[Done, datetime, float]:
        started_at, began_s = datetime.now(UTC), time.monotonic()
        try:
            self.start()
            began_s = time.monotonic()  # starting a judge is no work on this submission
            done = self._judge(order, outcomes, progress)
        except HarnessError as error:
            self.close()
            done = Done(expected=[(o.id, o.part) for o in outcomes], trouble=str(error))
        return done, started_at, time.monotonic() - began_s

    def draw(self, submission: Submission) -> Drawn:
        """Draw the topic's figure with a submission. What the harness could not do is told in it."""
        try:
            self.start()
            # The key of a student's machine: the picture is the one that they see there.
            self._order(Order(module=submission.module, key=PUBLISHED_KEY, draw=True))
            while "why" not in (answer := self._next(SILENCE_S)):
                pass  # what a fork that failed says is said again at its end
            return msgspec.convert(answer, Drawn)
        except HarnessError as error:
            self.close()
            return Drawn(trouble=str(error))

    def seen_inputs(self) -> set[str]:
        """Return the digests, as `mechanical.recorder` makes them, of all inputs that the public tests give the reference.

        They are run under the published key, as on a student's machine. `CourseError` if the reference fails one, or none calls it.
        """
        return {digest for answer in self._tried(Trial(inputs=True)) for digest in answer.seen}

    def fates(self, *, again: Sequence[Fate] = (), shares: int = 1, told: Callable[[], None] | None = None) -> tuple[Fate, ...]:
        """Return the fate of every mutant of the topic's tasks, in their order; `told` is called after each.

        With `again` of these alone: each is tried at the test that killed it, and at that one only; at every test where it was no test.
        """
        found = []
        for answer in self._tried(Trial(again={fate.digest: fate.killer for fate in again} or None, shares=shares)):
            if answer.fate is not None:
                found.append(answer.fate)
                if told:
                    told()
        order = {mutant.digest: i for i, mutant in enumerate(mutants_of(self.course, self.assignment))}
        return tuple(sorted(found, key=lambda fate: order[fate.digest]))

    def _tried(self, trial: Trial) -> Iterator[Answer]:
        """Yield what a judge answers to a trial; raise at its end what went wrong. `CourseError` if the tests cannot be collected."""
        try:
            self.start()
        except HarnessError as error:
            with contextlib.suppress(subprocess.TimeoutExpired):  # one that is silent may never end
                if self._process is not None:
                    self._process.wait(timeout=2)
            if self._process is not None and self._process.returncode == pytest.ExitCode.USAGE_ERROR:
                raise CourseError(f"The tests of {self.topic} cannot be run. {error}") from error
            raise
        self._order(trial)
        troubles: list[Exception] = []
        while True:
            answer = msgspec.convert(self._next(SILENCE_S), Answer)
            troubles += [CourseError(answer.fault)] if answer.fault else []
            troubles += [HarnessError(answer.trouble)] if answer.trouble else []
            if answer.is_end and troubles:
                raise troubles[0]
            if answer.is_end:
                return
            yield answer

    def start(self) -> None:
        """Start the judge unless it runs. `HarnessError` with its last words if it does not start."""
        if self._process is not None:
            return
        reading, writing = os.pipe()
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the judge
        environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        environment.pop("PYTEST_ADDOPTS", None)
        arguments = [
            str(self.course.root),
            self.topic,
            self.backend.value,
            str(writing),
            self.device,
            *([str(self.turns)] if self.turns else []),
        ]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "grader.sitting", *arguments],
            stdin=subprocess.PIPE,
            stdout=self._log,
            stderr=self._log,
            pass_fds=[writing],
            env=environment,
            start_new_session=True,  # Ctrl-C is for the harness, which then ends its judges in order
        )
        os.close(writing)
        self._answers = reading
        self._unread = b""
        self._next(START_TIMEOUT_S)

    def close(self) -> None:
        """End the judge and its box."""
        if self._process is None:
            return
        process, self._process = self._process, None
        with contextlib.suppress(OSError):
            if process.stdin:
                process.stdin.close()
        try:
            process.wait(timeout=2)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        os.close(self._answers)
        self._log.close()

    def kill(self) -> None:
        """End the judge now, from any thread; the grading that runs fails as a fault of the harness."""
        if self._process is not None:
            self._process.kill()

    def _judge(self, order: Order, outcomes: list[Outcome], progress: Progress | None) -> Done:
        self._order(order)
        trouble = ""
        while True:
            answer = self._next(SILENCE_S)
            if "id" in answer:
                outcome = msgspec.convert(answer, Outcome)
                outcomes.append(outcome)
                if progress:
                    progress(outcome)
            elif "noted" in answer:
                noted = msgspec.convert(answer, Noted)
                self._noted[noted.noted] = Margins(noted.used, noted.runs)
            elif "expected" in answer:
                done = msgspec.convert(answer, Done)
                return Done(expected=done.expected, trouble=trouble or done.trouble)
            else:
                trouble = answer.get("trouble", trouble)

    def _order(self, order: Order | Trial) -> None:
        try:
            if self._process is None or self._process.stdin is None:
                raise OSError("it is not running")
            self._process.stdin.write(msgspec.json.encode(order) + b"\n")
            self._process.stdin.flush()
        except OSError as error:
            raise HarnessError(f"The judge of {self.topic} has ended: {self._last_words()}") from error

    def _next(self, timeout_s: float) -> dict[str, Any]:
        """Return the next whole line that the judge writes."""
        while b"\n" not in self._unread:
            ready, _, _ = select.select([self._answers], [], [], timeout_s)
            chunk = os.read(self._answers, 1 << 16) if ready else b""
            if not chunk:
                what = "has ended" if ready else f"has been silent for {timeout_s:g} s"
                raise HarnessError(f"The judge of {self.topic} {what}: {self._last_words()}")
            self._unread += chunk
        line, self._unread = self._unread.split(b"\n", 1)
        answer: dict[str, Any] = msgspec.json.decode(line)
        return answer

    def _last_words(self) -> str:
        with contextlib.suppress(OSError, ValueError):
            self._log.seek(0)
            return self._log.read()[-3000:].decode(errors="replace").strip() or "it left no message"
        return "it left no message"

    def _result(
        self, submission: Submission, key: bytes, outcomes: list[Outcome], done: Done, started_at: datetime, wall_s: float
    ) -> Result:
        seen = {outcome.id for outcome in outcomes}
        lost = [
            Outcome(id=name, part=part, verdict=Verdict.HARNESS, message="The grader itself failed here.", detail=done.trouble)
            for name, part in done.expected
            if name not in seen
        ]
        if done.trouble and not lost:
            lost = [Outcome(id="judge", part="judge", verdict=Verdict.HARNESS, message="The grader itself failed.", detail=done.trouble)]
        tests = (*outcomes, *lost)
        quiz = _quiz(self.course, self.assignment, submission)
        total = score(self.assignment, tests, [name for name, _ in done.expected], quiz, written=submission.written, cuda=self.course.cuda)
        return Result(
            topic=self.topic,
            submission=submission.digest,
            grader=self.digest,
            key=key_digest(key),
            backend=self.backend.value,
            device=self.device,
            torch=version("torch"),
            started_at=started_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            cpu_s=round(sum(o.cpu_s for o in tests), 3),
            wall_s=round(wall_s, 3),
            complete=total.complete,
            earned=total.earned,
            possible=total.possible,
            pending=total.pending,
            parts=total.parts,
            tests=tests,
        )


class JudgePool:
    """One warm judge for each thread of a pool: an executor's threads grade side by side without sharing a box.

    `workers` is how many threads it should have: what was asked for, but no more than there are cores. With more, a verdict
    would depend on the load.
    """

    def __init__(self, course: Course, topic: str, backend: Backend, *, workers: int = 1, device: str = CPU) -> None:
        self._course, self._topic, self._backend, self._device = course, topic, backend, device
        self.workers = max(1, min(workers, len(os.sched_getaffinity(0))))
        self._turns = tempfile.TemporaryDirectory(prefix="grader-turns-") if self.workers > 1 else None
        self._own = threading.local()
        self._all: list[JudgeProcess] = []
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for judge in self._all:
            judge.close()
        if self._turns:
            self._turns.cleanup()

    def interrupt(self) -> None:
        """End every judge at once; what is being graded comes to nothing and is graded again next time."""
        for judge in self._all:
            judge.kill()

    def grade(self, submission: Submission, key: bytes) -> Result:
        """Grade on this thread's judge."""
        return self._judge().grade(submission, key)

    def complete(self, submission: Submission, key: bytes, so_far: Result) -> Result:
        """Run on this thread's judge what a result still waits for."""
        return self._judge().complete(submission, key, so_far)

    def study(
        self,
        submission: Submission,
        key: bytes,
        asked: Sequence[str] | None = None,
        known: Sequence[Outcome] = (),
        *,
        suspects: bool = False,
    ) -> Studied:
        """Grade on this thread's judge, and say how near each test came to its thresholds; `JudgeProcess.study` says the rest."""
        return self._judge().study(submission, key, asked, known, suspects=suspects)

    def seen_inputs(self) -> set[str]:
        """Return on this thread's judge what `JudgeProcess.seen_inputs` does."""
        return self._judge().seen_inputs()

    def fates(self, *, again: Sequence[Fate] = ()) -> tuple[Fate, ...]:
        """Return on this thread's judge what `JudgeProcess.fates` does, in as many forks as there are workers."""
        return self._judge().fates(again=again, shares=self.workers)

    def draw(self, submission: Submission) -> Drawn:
        """Draw the figure on this thread's judge."""
        return self._judge().draw(submission)

    def _judge(self) -> JudgeProcess:
        judge: JudgeProcess | None = getattr(self._own, "judge", None)
        if judge is None:
            turns = Path(self._turns.name) if self._turns else None
            judge = self._own.judge = JudgeProcess(self._course, self._topic, self._backend, turns, self._device)
            with self._lock:
                self._all.append(judge)
        return judge


def waiting(result: Result) -> tuple[str, ...]:
    """Return the tests that a result waits for a device with: of parts that can still be earned."""
    parts = {part.part for part in result.parts if part.state is State.PENDING}
    return tuple(test.id for test in result.tests if test.verdict is Verdict.PENDING and test.part in parts)


def _of(name: str, outcomes: Sequence[Outcome]) -> list[Outcome]:
    return [outcome for outcome in outcomes if outcome.id == name]


def _quiz(course: Course, assignment: Assignment, submission: Submission) -> Fraction | None:
    """Return the points of the answers; None where the topic has no quiz."""
    if assignment.quiz is None:
        return None
    questions = read_quiz(course.assignment_dir(assignment.topic) / "quiz.toml")
    keys = read_answers_key(course.solution_dir(assignment.topic) / "quiz_answers.toml")
    return sum((one.earned for one in score_quiz(questions, keys, submission.answers)), Fraction(0))
