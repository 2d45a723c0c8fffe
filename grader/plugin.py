"""Turns a grader's test file into outcomes: the marks, the fixtures `student`, `draw` and `reference`, and how a failure reads.

The same files run in two modes. On a student's machine plain `pytest` finds the module beside the test file and runs it in this
process; a mark from there never enters a book. In the judge (`grader.judge`) a seat with a sandboxed worker is put in its place.
Importing this module is cheap, because pytest loads it wherever the package is installed.
"""

import importlib.util
import inspect
import sys
from collections import Counter
from collections.abc import Callable, Generator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import pytest

if TYPE_CHECKING:
    from types import ModuleType

    from grader.assignment import Assignment, Kind
    from grader.draw import Draw
    from grader.result import Failure
    from grader.sandbox.inproc import InProcess
    from grader.sandbox.student import Student
    from grader.seat import Seat, Test

__all__ = ["kind", "probe", "task"]

PUBLISHED_KEY = b"published"
HIDDEN_SUFFIX = "_hidden"
SLOWNESS = 5
TIMES_TO_BELIEVE = 2  # timeouts of a task; its other tests are not run then
SEAT: "pytest.StashKey[Seat]" = pytest.StashKey()
JUDGED: pytest.StashKey[bool] = pytest.StashKey()
TEST: "pytest.StashKey[Test]" = pytest.StashKey()
_LEASH: "pytest.StashKey[InProcess]" = pytest.StashKey()
_KEPT: pytest.StashKey[dict[str, Any]] = pytest.StashKey()
_TRANSCRIPT: pytest.StashKey[Path] = pytest.StashKey()
_CORRECT = pytest.StashKey[dict[str, bool]]()
_LATE = pytest.StashKey[Counter[str]]()
_UNLOADABLE: "pytest.StashKey[dict[Path, Failure]]" = pytest.StashKey()
_ASSIGNMENTS: "pytest.StashKey[dict[Path, Assignment]]" = pytest.StashKey()
_Marked = TypeVar("_Marked", bound=Callable[..., object])


def task(entry: str) -> Callable[[_Marked], _Marked]:
    """Say which task a test class belongs to: an `entry` of assignment.toml, or `integration`."""
    return pytest.mark.task(entry)


def kind(name: str) -> Callable[[_Marked], _Marked]:
    """Say which part of its task a test belongs to; `correctness` where nothing is said."""
    return pytest.mark.kind(name)


def __getattr__(name: str) -> Any:
    if name == "probe":  # imports torch: only a grader pays for it
        from grader.probes import probe

        return probe
    raise AttributeError(name)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--submission`, and what `grader check` asks for."""
    group = parser.getgroup("grader", "graders of course assignments")
    group.addoption("--submission", metavar="FILE", help="the module to test, instead of the one beside the test file")
    group.addoption("--grader-transcript", metavar="FILE", help="write what each test comes to into FILE, and go on where it ends")


def pytest_configure(config: pytest.Config) -> None:
    """Register the marks of graders."""
    config.addinivalue_line("markers", "task(entry): the task that a test class belongs to")
    config.addinivalue_line("markers", "kind(name): the part of the task that a test belongs to")


def pytest_itemcollected(item: pytest.Item) -> None:
    """Give a grader's test its lasting id."""
    mark = item.get_closest_marker("task")
    if mark is None:
        return
    from grader.assignment import Kind
    from grader.seat import Test

    kind_mark = item.get_closest_marker("kind")
    name = Kind(kind_mark.args[0]) if kind_mark else Kind.CORRECTNESS
    item.stash[TEST] = Test(test_id(item), mark.args[0], name)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On a student's machine, look for the module once, and bound each test in time, since no sandbox does it there."""
    if JUDGED in config.stash:
        return
    if named := config.getoption("--grader-transcript"):
        _go_on(config, items, Path(named))
    for item in items:
        if TEST in item.stash:
            module, assignment = _release(item)
            if not module.is_file():
                raise pytest.UsageError(f"There is no {module.name} beside {item.path.name}. Name your file: pytest --submission FILE")
            if item.get_closest_marker("timeout") is None:
                item.add_marker(pytest.mark.timeout(patience_s(_limits(assignment, item.stash[TEST]))))


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Write down which test begins: a student's code may end the process in it."""
    if TEST in item.stash and _TRANSCRIPT in item.config.stash:
        from grader.transcript import add_running

        add_running(item.config.stash[_TRANSCRIPT], item.stash[TEST].id)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Say on a student's machine what failed, without our frames; remember which tasks are correct, for those that need them."""
    report = yield
    test = item.stash.get(TEST, None)
    if test is None or SEAT in item.config.stash:
        return report
    from grader.result import Failure

    failure = call.excinfo.value if call.excinfo is not None and isinstance(call.excinfo.value, Failure) else None
    if report.failed and str(test.kind) == "correctness":
        item.config.stash.setdefault(_CORRECT, {})[test.entry] = False
    if report.failed and failure is not None:
        item.config.stash.setdefault(_LATE, Counter())[test.entry] += _is_late(failure)
        report.longrepr = explained(item, test, failure)
    if _TRANSCRIPT in item.config.stash and report.when != "teardown" and (report.when == "call" or not report.passed):
        _write_down(item, test, report, failure)
    return report


@pytest.fixture
def student(request: pytest.FixtureRequest) -> "Student":
    """The submission under test: its functions and classes are called like a module's."""
    test = _test(request)
    seat = request.config.stash.get(SEAT, None)
    return _own_student(request, test) if seat is None else seat.student(test)


@pytest.fixture
def draw(request: pytest.FixtureRequest) -> "Draw":
    """Random inputs of this test, drawn from the key: published on a student's machine, the course's own in grading."""
    from grader.draw import Draw, seed

    test = _test(request)
    seat = request.config.stash.get(SEAT, None)
    key = seat.key if seat is not None else PUBLISHED_KEY
    return Draw(seed(key, topic_of(request.path), test.id, "draw"))


@pytest.fixture(scope="session")
def _references() -> dict[Path, "ModuleType"]:
    return {}


@pytest.fixture
def reference(request: pytest.FixtureRequest, _references: dict[Path, "ModuleType"]) -> "ModuleType":
    """The reference solution, called directly in the judge; only a hidden test file has it beside it."""
    path = request.path.with_name(f"{topic_of(request.path)}.py")
    if not request.path.stem.endswith(HIDDEN_SUFFIX):
        raise pytest.UsageError(f"{request.path.name} is published: what needs the reference belongs into the hidden test file")
    if path not in _references:
        _references[path] = import_file(path, f"reference_{path.stem}")
    return _references[path]


def test_id(item: pytest.Item) -> str:
    """Return a test's lasting id: `public::TestAttend::test_causal[long]` or `hidden::…`."""
    half = "hidden" if item.path.stem.endswith(HIDDEN_SUFFIX) else "public"
    return f"{half}::{item.nodeid.split('::', 1)[1]}"


test_id.__test__ = False  # type: ignore[attr-defined]


def topic_of(test_file: Path) -> str:
    """Return the topic of `test_<topic>.py` or `test_<topic>_hidden.py`."""
    return test_file.stem.removeprefix("test_").removesuffix(HIDDEN_SUFFIX)


def import_file(path: Path, name: str) -> "ModuleType":
    """Import one trusted file under a name of its own."""
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


def _test(request: pytest.FixtureRequest) -> "Test":
    test = request.node.stash.get(TEST, None)
    if test is None:
        raise pytest.UsageError(f"{request.node.nodeid} has no @task: only a grader's tests have a student")
    return test  # type: ignore[no-any-return]


def _own_student(request: pytest.FixtureRequest, test: "Test") -> "Student":
    """Return the student's module in this process, freshly loaded for every test."""
    from grader.draw import seed
    from grader.result import Failure, Verdict
    from grader.sandbox.inproc import InProcess
    from grader.sandbox.student import Student

    module, assignment = _release(request.node)
    waiting = _waiting(request.node, assignment, test)
    if waiting:
        pytest.skip(f"waits for {', '.join(waiting)}")
    late = request.config.stash.get(_LATE, Counter())
    if late[test.entry] >= TIMES_TO_BELIEVE:
        raise Failure(Verdict.TIMEOUT, f"Not run: {late[test.entry]} tests of this task had run out of time already.")
    topic = topic_of(request.path)
    own = assignment.task(test.entry) if assignment and test.entry != "integration" else None
    leash = InProcess(topic, _text(module), task=own, kept=request.config.stash.setdefault(_KEPT, {}))
    _load(request.config, module, leash)
    leash.ask({"op": "test", "seed": seed(PUBLISHED_KEY, topic, test.id, "worker")})
    request.node.stash[_LEASH] = leash
    return Student(leash)


def _load(config: pytest.Config, module: Path, leash: "InProcess") -> None:
    """Import the module. What it failed of once is not tried again: an endless loop at its top would cost its time in every test."""
    from grader.result import Failure

    unloadable = config.stash.setdefault(_UNLOADABLE, {})
    if module in unloadable:
        raise unloadable[module] from unloadable[module].__cause__
    try:
        leash.load()
    except Failure as failure:
        unloadable[module] = failure
        raise
    if _TRANSCRIPT in config.stash:
        from grader.transcript import add_loaded

        add_loaded(config.stash[_TRANSCRIPT])


def _waiting(item: pytest.Item, assignment: "Assignment | None", test: "Test") -> list[str]:
    """Return the tasks that a test needs and that are not right yet: nothing can be put in on a student's machine."""
    correct = item.config.stash.get(_CORRECT, {})
    return [need for need in _needs(assignment, test) if not correct.get(need, True)]


def _go_on(config: pytest.Config, items: list[pytest.Item], path: Path) -> None:
    """Leave out what is done already, and remember what it said of the tasks."""
    from grader.transcript import add_parts, read_transcript

    so_far = read_transcript(path)
    if not so_far.parts:
        add_parts(path, {item.stash[TEST].id: item.stash[TEST].part for item in items if TEST in item.stash})
    config.stash[_TRANSCRIPT] = path
    config.stash[_CORRECT] = dict.fromkeys(so_far.failed_entries, False)
    items[:] = [item for item in items if TEST in item.stash and item.stash[TEST].id not in so_far.done]


def _write_down(item: pytest.Item, test: "Test", report: pytest.TestReport, failure: "Failure | None") -> None:
    from grader.result import Outcome, Verdict
    from grader.transcript import add_outcome, add_waiting

    path = item.config.stash[_TRANSCRIPT]
    if report.skipped:
        add_waiting(path, test.id, _waiting(item, _release(item)[1], test))
    elif report.passed:
        add_outcome(path, Outcome(id=test.id, part=test.part, verdict=Verdict.PASSED, wall_s=round(report.duration, 4)))
    elif failure is not None:
        told = _told(item, failure)
        verdict = Verdict.TIMEOUT if _is_late(failure) else failure.verdict
        suspected, message = _suspected(item, test, failure), "\n".join(filter(None, told))
        add_outcome(path, Outcome(id=test.id, part=test.part, verdict=verdict, message=message, suspected=suspected, hint=failure.hint))
    else:
        text = report.longreprtext.strip().splitlines()
        message = f"The check itself failed: {text[-1] if text else 'it left no message'}"
        add_outcome(path, Outcome(id=test.id, part=test.part, verdict=Verdict.HARNESS, message=message))


def explained(item: pytest.Item, test: "Test", failure: "Failure") -> str:
    """Return what a student reads: the claim, what was called, what came back, where to look."""
    claim = inspect.getdoc(getattr(item, "obj", None)) or ""
    lines = [f"{item.name}: {claim.splitlines()[0]}" if claim else item.name, "", *_told(item, failure)]
    suspected = _suspected(item, test, failure)
    lines += [f"Perhaps: {suspected}"] if suspected else []
    lines += [f"Hint {failure.hint} of `{test.entry}` in handout.md may help."] if failure.hint else []
    return "\n".join(lines)


def _told(item: pytest.Item, failure: "Failure") -> list[str]:
    """Return what was wrong, what was called and what came back."""
    leash = item.stash.get(_LEASH, None)
    message, shown = failure.message, failure.shown
    if _is_late(failure):
        message = "Your code did not answer in time. Is there a loop that does not end?"
        shown = "\n".join(line for line in shown.splitlines() if "Timeout" not in line)
    called = [f"called: {leash.last_call}"] if leash is not None and leash.last_call else []
    return [message, *called, *([shown] if shown else [])]


def _is_late(failure: "Failure") -> bool:
    return isinstance(failure.__cause__, pytest.fail.Exception)  # pytest-timeout's


def _suspected(item: pytest.Item, test: "Test", failure: "Failure") -> str:
    """Return the sentence of the mistake that gives the very same value; empty in the repository, where a catalogue does it better."""
    from grader.fingerprints import FILE, suspect

    return suspect(item.path.with_name(FILE), test.id, failure.got)


def module_text(module: Path) -> str:
    """Return the text of a module, or of the module that a notebook holds; `SubmissionError` if it is no text."""
    from grader.errors import SubmissionError
    from grader.notebook import module_of

    if module.suffix == ".ipynb":
        return module_of(module.read_bytes())[0]
    try:
        return module.read_text(encoding="utf-8-sig")  # editors on Windows put a mark before UTF-8
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise SubmissionError(f"{module.name}: line {line} is not UTF-8. Save the file as UTF-8.") from error


def _text(module: Path) -> str:
    """Return what `module_text` does; a file that is no text fails every test with its reason."""
    from grader.errors import SubmissionError
    from grader.result import Failure, Verdict

    try:
        return module_text(module)
    except SubmissionError as error:
        raise Failure(Verdict.INVALID, str(error)) from error


def _release(item: pytest.Item) -> tuple[Path, "Assignment | None"]:
    """Return the module to test and the assignment, from the folder of the test file."""
    from grader.assignment import read_assignment

    topic = topic_of(item.path)
    named = item.config.getoption("--submission")
    module = Path(named) if named else _own_module(item.path.parent, topic)
    # In the repository the hidden file lies in another tree than the assignment.
    tree = item.path.resolve().parents[2] / "assignments" / topic if len(item.path.resolve().parents) > 2 else item.path.parent
    known = item.config.stash.setdefault(_ASSIGNMENTS, {})
    for described in (item.path.with_name("assignment.toml"), tree / "assignment.toml"):
        if described not in known and described.is_file():
            known[described] = read_assignment(described, topic)
        if described in known:
            return module, known[described]
    return module, None


@cache
def _own_module(folder: Path, topic: str) -> Path:
    """Return the student's module or notebook in a release's folder: the one that was changed."""
    from grader.errors import SubmissionError
    from grader.starter import STARTER, read_starter
    from grader.submission import counted_files

    paths = [path for path in (folder / f"{topic}.py", folder / f"{topic}.ipynb") if path.is_file()]
    starter = read_starter(folder / STARTER)
    if len(paths) < 2 or not starter:
        return paths[0] if paths else folder / f"{topic}.py"
    try:
        return folder / counted_files(topic, {path.name: path.read_bytes() for path in paths}, starter).name
    except SubmissionError as error:
        raise pytest.UsageError(str(error)) from error


def _needs(assignment: "Assignment | None", test: "Test") -> tuple[str, ...]:
    if assignment is None or test.entry == "integration":
        return ()
    return assignment.needs_of(test.entry)


def _limits(assignment: "Assignment | None", test: "Test") -> "Limits":
    from grader.limits import Limits

    if assignment is None:
        return Limits()
    return assignment.limits if test.entry == "integration" else assignment.task(test.entry).limits


def patience_s(limits: "Limits") -> float:
    """Return how long a test may take on a student's machine, where nobody measures processor time: five times that."""
    return min(limits.wall_s, SLOWNESS * limits.cpu_s)


if TYPE_CHECKING:
    from grader.limits import Limits
    from grader.probes import probe

    _ = Kind
