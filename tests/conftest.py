"""Fixtures that several test files share: a course of one toy, and the back-ends that start on this machine."""

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from grader.course import Course, load_course
from grader.workflow.build import build

collect_ignore = ["toy", "attacks", "benchmarks"]
NEED_ALL = bool(os.environ.get("GRADER_TESTS_NEED_ALL"))
TOY = Path(__file__).with_name("toy")
IN_OTHER_PROCESSES = (
    "sandbox",
    "worker",
    "test_figures.py",
    "test_rehearsal.py",
    "test_runner.py",
    "test_sitting.py",
    "test_trials.py",
    "test_published.py",
)
"""Where the code that is tested runs in processes of its own, and its coverage is measured there."""
_SWITCH = "COVERAGE_PROCESS_CONFIG"
_setting: list[str] = []


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Let other tests' processes run unmeasured: each submission is a fork that would write a file, 40 % of a gate's CPU time."""
    if (setting := os.environ.pop(_SWITCH, None)) is not None:
        _setting[:] = [setting]
    if _setting and item.path.relative_to(Path(__file__).parent).parts[0] in IN_OTHER_PROCESSES:
        os.environ[_SWITCH] = _setting[0]


@pytest.fixture(scope="session")
def toy_course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """A course of one toy, with its starter built. To be read, not written."""
    return make_course(tmp_path_factory.mktemp("course"))


@pytest.fixture
def own_course(tmp_path: Path) -> Course:
    """A course of one toy that a test may change."""
    return make_course(tmp_path)


@pytest.fixture(scope="session")
def new_course():
    """What makes a course of one toy in a folder: for a fixture of a whole module."""
    return make_course


def make_course(folder: Path) -> Course:
    """Copy the toy course to `folder`, with its starter built."""
    for name in ("assignments", "solutions"):
        shutil.copytree(TOY / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(_starter(), folder / "starter")
    return load_course(folder)


@cache
def _starter() -> Path:
    """Build the toy's starter once a process: taking fingerprints runs its tests."""
    folder = Path(tempfile.mkdtemp(prefix="toy-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    for name in ("assignments", "solutions"):
        shutil.copytree(TOY / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    build(load_course(folder), ["toy"])
    return folder / "starter"


@pytest.fixture(scope="session")
def toy_reference() -> str:
    """The text of the toy's reference."""
    return (TOY / "solutions" / "toy" / "toy.py").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Debian's Chromium, driven by Playwright. Where it is absent tests are skipped, unless they all are needed."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        lacking("There is no Chromium here; Debian's package is chromium.")
    playwright = pytest.importorskip("playwright.sync_api") if not NEED_ALL else __import__("playwright.sync_api").sync_api
    quiet = ("gpu", "quic", "background-networking", "component-update", "sync")
    with playwright.sync_playwright() as driver:
        chromium = driver.chromium.launch(
            executable_path=program, args=["--no-sandbox", "--no-first-run", *(f"--disable-{what}" for what in quiet)]
        )
        yield chromium
        chromium.close()


def lacking(what: str) -> None:
    """Skip a test for what this machine lacks; fail it where GRADER_TESTS_NEED_ALL says that nothing may be skipped."""
    if NEED_ALL:
        pytest.fail(f"{what} GRADER_TESTS_NEED_ALL is set.")
    pytest.skip(what)
