"""Turns forty submissions of a light assignment into a table: what grading them costs here, with nbgrader, with pytest in bubblewrap.

Run it on a quiet machine: `python tests/benchmarks/throughput.py`, with `--json` for machines. About four minutes.
Every system gets the same forty texts and the same eight checks, and one thread a process. Three of the forty are hostile (an
endless loop, an `os._exit`, 19 MB of output); ratios are over the 37 others. The floor is the processor time of the checks alone,
called directly in a warm process.
"""

import importlib.util
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
import types
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import click

HERE = Path(__file__).resolve().parent
LIGHT = HERE / "light"
WORKERS = 2
LIMIT_S = 5
QUIET = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
# All but a namespace of processes: with one, bubblewrap does not wait for its child, and nobody could tell what that used.
UNSHARED = ("--unshare-user", "--unshare-ipc", "--unshare-net", "--unshare-uts")


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What one system took: seconds a submission over the 37, seconds for all 40, and how many of the 40 marks are fair."""

    name: str
    wall_s: float
    cpu_s: float
    wall_of_all_s: float
    start_s: float
    fair: int


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--ours-alone", is_flag=True, help="Leave out nbgrader and pytest in bubblewrap, which take minutes.")
def main(as_json: bool, ours_alone: bool) -> None:
    """Measure side by side what grading forty submissions costs."""
    hands, _ = _imported("forty").forty(), _imported("light/plain")  # before there are threads
    systems: list[Callable[[Any, Path], Measured]] = [measure_ours] if ours_alone else [measure_ours, measure_nbgrader, measure_pytest]
    measured = []
    os.environ.update(QUIET)
    for system in systems:
        click.echo(f"{system.__doc__}", err=True)
        with tempfile.TemporaryDirectory(prefix="throughput-") as folder:
            measured.append(system(hands, Path(folder)))
    floor_s = measure_floor(hands)
    said = _said(measured, floor_s, len(hands))
    click.echo(json.dumps(said, indent=1) if as_json else _table(measured, floor_s, said))


def measure_ours(hands: Sequence[Any], folder: Path) -> Measured:
    """`grader`: two slots, judges warm."""
    from grader.course import load_course
    from grader.runner import JudgePool
    from grader.sandbox import clock
    from grader.sandbox.backend import choose
    from grader.submission import Submission
    from grader.workflow.build import build

    shutil.copytree(LIGHT, folder, dirs_exist_ok=True)
    course = load_course(folder)
    build(course, ["light"])
    reference = (folder / "solutions/light/light.py").read_text()
    fair: list[bool] = []

    def grade(module: str, lost: frozenset[str]) -> None:
        result = judges.grade(Submission(topic="light", digest=f"sha256:{0:064}", module=module, answers={}, form="module"), b"benchmark")
        fair.append(result.complete and {part.part for part in result.parts if part.state != "earned"} == lost)

    def cpu_s() -> float:
        return clock.tree_cpu_s(os.getpid()) + time.process_time()

    with JudgePool(course, "light", choose(), workers=WORKERS) as judges, ThreadPoolExecutor(judges.workers) as pool:
        began_s = time.monotonic()
        _wait(pool.submit(grade, reference, frozenset()) for _ in range(judges.workers))
        start_s = time.monotonic() - began_s
        fair.clear()
        began_s, used_s = time.monotonic(), cpu_s()
        _wait(pool.submit(grade, hand.module, hand.lost) for hand in hands if not hand.hostile)
        wall_s, used_s = time.monotonic() - began_s, cpu_s() - used_s
        _wait(pool.submit(grade, hand.module, hand.lost) for hand in hands if hand.hostile)
        all_s = time.monotonic() - began_s
    return _measured("grader", hands, wall_s, used_s, all_s, start_s, sum(fair))


def measure_nbgrader(hands: Sequence[Any], folder: Path) -> Measured:
    """`nbgrader autograde`: one after another, it has no parallel mode."""
    import nbformat

    (folder / "nbgrader_config.py").write_text(
        f"c = get_config()\nc.CourseDirectory.course_id = 'light'\nc.ExecutePreprocessor.timeout = {LIMIT_S}\n"
        "c.ExecutePreprocessor.interrupt_on_timeout = True\n"
    )
    (folder / "source/light").mkdir(parents=True)
    notebook = nbformat.v4.new_notebook(cells=[_code_cell(""), *map(_check_cell, _checks())])
    nbformat.write(notebook, folder / "source/light/light.ipynb")
    environment = {**os.environ, "PYTHONPATH": str(LIGHT), "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    _nbgrader(folder, environment, "generate_assignment", "light")
    release = nbformat.read(folder / "release/light/light.ipynb", as_version=4)
    wall_s = used_s = 0.0
    taken = []
    for hostile in (False, True):
        for hand in hands:
            if hand.hostile == hostile:
                release.cells[0].source = hand.module
                (folder / "submitted" / hand.name / "light").mkdir(parents=True)
                nbformat.write(release, folder / "submitted" / hand.name / "light/light.ipynb")
        began_s, before_s = time.monotonic(), _children_cpu_s()
        _nbgrader(folder, environment, "autograde", "light")
        taken.append((time.monotonic() - began_s, _children_cpu_s() - before_s))
    (wall_s, used_s), (hostile_s, _) = taken
    fair = _fair(hands, {hand.name: _failed_cells(folder, hand.name) for hand in hands})
    return _measured("nbgrader autograde", hands, wall_s, used_s, wall_s + hostile_s, 0.0, fair)


def measure_pytest(hands: Sequence[Any], folder: Path) -> Measured:
    """pytest in bubblewrap: a process a submission, two at a time."""
    failed: dict[str, set[str] | None] = {}

    def grade(hand: Any) -> None:
        room = folder / hand.name
        room.mkdir()
        (room / "light.py").write_text(hand.module)
        shutil.copyfile(LIGHT / "plain.py", room / "plain.py")
        (room / "test_light.py").write_text(
            "import light, plain, pytest\n\n\n@pytest.mark.parametrize('check', plain.CHECKS, ids=lambda check: check.__name__)\n"
            "def test(check):\n    check(light)\n"
        )
        box = ["bwrap", "--ro-bind", "/", "/", "--proc", "/proc", "--dev", "/dev", "--bind", str(room), str(room), *UNSHARED]
        pytest = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--timeout={LIMIT_S}", "--junitxml=report.xml"]
        subprocess.run([*box, "--die-with-parent", "--chdir", str(room), *pytest], capture_output=True, check=False)
        failed[hand.name] = _failed_tests(room / "report.xml")

    began_s, before_s = time.monotonic(), _children_cpu_s()
    with ThreadPoolExecutor(WORKERS) as pool:
        _wait(pool.submit(grade, hand) for hand in hands if not hand.hostile)
        wall_s, used_s = time.monotonic() - began_s, _children_cpu_s() - before_s
        _wait(pool.submit(grade, hand) for hand in hands if hand.hostile)
    return _measured("pytest in bubblewrap", hands, wall_s, used_s, time.monotonic() - began_s, 0.0, _fair(hands, failed))


def measure_floor(hands: Sequence[Any]) -> float:
    """Return the processor seconds a submission of the checks alone, in a process that is warm."""
    import torch

    torch.set_num_threads(1)
    harmless = [hand for hand in hands if not hand.hostile]
    for _ in range(2):  # the first round warms up
        before_s = time.process_time()
        for hand in harmless:
            student = types.ModuleType("light")
            exec(compile(hand.module, "light.py", "exec"), student.__dict__)
            for check in _checks():
                try:
                    check(student)
                except (AssertionError, AttributeError, RuntimeError):
                    continue
        floor_s = (time.process_time() - before_s) / len(harmless)
    return floor_s


def _said(measured: Sequence[Measured], floor_s: float, submissions: int) -> dict[str, Any]:
    ours, *others = measured
    names = {"nbgrader autograde": "nbgrader", "pytest in bubblewrap": "pytest_bwrap"}
    return {
        "submissions": submissions,
        "fair_marks": ours.fair,
        "floor_cpu_s": round(floor_s, 5),
        "overhead_cpu_s": round(ours.cpu_s - floor_s, 5),
        "ratio_wall": {names[other.name]: round(other.wall_s / ours.wall_s, 1) for other in others},
        "cores": len(os.sched_getaffinity(0)),
        "load": os.getloadavg()[0],
        "systems": [asdict(one) for one in measured],
    }


def _table(measured: Sequence[Measured], floor_s: float, said: Mapping[str, Any]) -> str:
    head = ("system", "wall ms", "CPU ms", "a minute", "CPU / floor", "all 40, s", "start, s", "fair of 40", "times ours")
    rows = [
        (
            one.name, f"{one.wall_s * 1e3:.0f}", f"{one.cpu_s * 1e3:.0f}", f"{60 / one.wall_s:.0f}", f"{one.cpu_s / floor_s:.0f}",
            f"{one.wall_of_all_s:.1f}", f"{one.start_s:.1f}", str(one.fair), f"{one.wall_s / measured[0].wall_s:.1f}",
        )
        for one in measured
    ]  # fmt: skip
    widths = [max(len(row[i]) for row in (head, *rows)) for i in range(len(head))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in (head, *rows)]
    foot = (
        f"floor {floor_s * 1e3:.1f} ms of CPU a submission, overhead of ours {said['overhead_cpu_s'] * 1e3:.0f} ms; {said['cores']} cores"
    )
    return "\n".join([*lines, "", foot, "Wall and CPU are for each of the 37 submissions that are not hostile, judges started."])


def _measured(name: str, hands: Sequence[Any], wall_s: float, cpu_s: float, all_s: float, start_s: float, fair: int) -> Measured:
    harmless = sum(not hand.hostile for hand in hands)
    return Measured(name=name, wall_s=wall_s / harmless, cpu_s=cpu_s / harmless, wall_of_all_s=all_s, start_s=start_s, fair=fair)


def _fair(hands: Sequence[Any], failed: Mapping[str, set[str] | None]) -> int:
    """Count the submissions that lost exactly what they deserve to lose. No result at all is never fair."""
    parts = {check.__name__: part for check, part in _imported("light/plain").CHECKS.items()}
    lost = {name: None if names is None else _with_blocked({parts[one] for one in names}) for name, names in failed.items()}
    return sum(lost[hand.name] == hand.lost_without_limit for hand in hands)


def _with_blocked(lost: set[str]) -> set[str]:
    """Return the parts that are not earned: without its correctness a task earns nothing."""
    wrong = {part.partition(".")[0] for part in lost if part.endswith(".correctness")}
    return lost | {part for part in _imported("light/plain").CHECKS.values() if part.partition(".")[0] in wrong}


def _failed_tests(report: Path) -> set[str] | None:
    if not report.exists():
        return None
    cases = ET.parse(report).getroot().iter("testcase")
    found = {case.attrib["name"].partition("[")[2].rstrip("]"): len(case) > 0 for case in cases}
    return {name for name, bad in found.items() if bad} if len(found) == len(_checks()) else None


def _failed_cells(folder: Path, student: str) -> set[str] | None:
    from nbgrader.api import Gradebook, MissingEntry

    with Gradebook(f"sqlite:///{folder / 'gradebook.db'}") as book:
        try:
            notebook = book.find_submission_notebook("light", "light", student)
        except MissingEntry:
            return None
        return {grade.name for grade in notebook.grades if not grade.auto_score}


def _nbgrader(folder: Path, environment: Mapping[str, str], *arguments: str) -> None:
    command = [sys.executable, "-m", "nbgrader", *arguments]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode and arguments[0] != "autograde":  # autograde fails where one submission does
        raise click.ClickException(done.stderr[-2000:])


def _code_cell(text: str) -> Any:
    import nbformat

    meta = {"grade": False, "solution": True, "locked": False, "task": False, "grade_id": "code", "schema_version": 3}
    return nbformat.v4.new_code_cell(text or "### BEGIN SOLUTION\n### END SOLUTION", metadata={"nbgrader": meta})


def _check_cell(check: Callable[..., None]) -> Any:
    import nbformat

    meta = {"grade": True, "solution": False, "locked": True, "task": False, "grade_id": check.__name__, "points": 1, "schema_version": 3}
    return nbformat.v4.new_code_cell(f"import __main__\nimport plain\n\nplain.{check.__name__}(__main__)", metadata={"nbgrader": meta})


def _checks() -> list[Callable[..., None]]:
    return list(_imported("light/plain").CHECKS)


def _imported(name: str) -> Any:
    key = f"benchmark_{Path(name).name}"
    if key not in sys.modules:
        spec = importlib.util.spec_from_file_location(key, HERE / f"{name}.py")
        if spec is None or spec.loader is None:
            raise ImportError(name)
        sys.modules[key] = module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    return sys.modules[key]


def _wait(futures: Iterable[Any]) -> None:
    for future in list(futures):
        future.result()


def _children_cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
