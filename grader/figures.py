"""Turns a submission behind the wall into the picture that its topic's `figure.py` makes of it, or into why there is none.

The script is trusted and draws here, in a fork of the judge; the student's code answers it from the box, as in any test.
What it answers may be anything, so the fork is held: processor time, memory, wall time, and the size of the picture.
"""

import io
import os
import resource
import signal
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from grader import plugin
from grader.assignment import Assignment, Kind
from grader.orders import Drawn, Order
from grader.printable import printable
from grader.result import Failure, Verdict
from grader.sandbox.box import Box
from grader.sandbox.student import Student
from grader.seat import FIGURE, INTEGRATION, Test
from grader.submitted import UNREADABLE, Submitted, unreadable

CPU_S = 10
WALL_S = 60  # beyond what the student's code may take
MEMORY_MIB = 1024  # beyond what the judge holds already
PICTURE_BYTES = 2 << 20
DOTS_PER_INCH = 110
# Nothing is put in but what is given: the picture is of the student's own pieces together.
TEST = Test(id=FIGURE, entry=INTEGRATION, kind=Kind.CORRECTNESS)


@dataclass
class Easel:
    """A topic's `figure.py`, imported by a judge that is asked for a picture."""

    assignment: Assignment
    script: Path
    reference: str
    _figure: Callable[[Student], Any] | None = field(default=None, init=False)

    def set_up(self) -> str:
        """Import matplotlib and the script, once; return what is wrong with them, or nothing."""
        if self._figure is None:
            try:
                self._figure = _imported(self.script, self.assignment.topic)
            except Exception as error:  # noqa: BLE001 - an author's script may raise anything
                return f"{self.script.name} of {self.assignment.topic} cannot be used: {type(error).__name__}: {error}"
        return ""

    def draw(self, order: Order, box: Box) -> Drawn:
        """Draw with a submission, in a fork that ends afterwards."""
        submitted = Submitted(self.assignment, self.reference, order, box, Counter({INTEGRATION: 1}))
        try:
            with _held(self.assignment.limits.wall_s + WALL_S):
                return Drawn(png=self._picture(submitted.student(TEST)))
        except UNREADABLE as error:
            return Drawn(why=unreadable(error).message)
        except Failure as failure:
            return Drawn(why=failure.message)
        finally:
            submitted.close()

    def _picture(self, student: Student) -> bytes:
        buffer = io.BytesIO()
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of NaN, of glyphs that no font has: the picture shows them
                drawing = self._figure(student) if self._figure else None
                is_blank = not drawing.get_axes()  # type: ignore[union-attr]
                # Without the version of matplotlib in it, equal values give equal bytes.
                drawing.savefig(buffer, format="png", dpi=DOTS_PER_INCH, bbox_inches="tight", metadata={"Software": None})  # type: ignore[union-attr]
        except Failure:
            raise
        except Exception as error:  # values of a student's side may break a drawing in any way
            raise _undrawable(f"{type(error).__name__}: {printable(str(error).strip().partition(chr(10))[0], 200)}") from error
        if is_blank:
            raise _undrawable("nothing is on the picture")
        if buffer.tell() > PICTURE_BYTES:
            raise _undrawable(f"the picture has more than {PICTURE_BYTES >> 20} MiB")
        return buffer.getvalue()


def ended(exit_code: int) -> Drawn:
    """Return what the end of a fork that drew, and told nothing, means."""
    if exit_code > 0:
        return Drawn(trouble=f"the fork that draws ended with exit code {exit_code}")
    if -exit_code in (signal.SIGXCPU, signal.SIGALRM):
        return Drawn(why=_undrawable(f"that took more than {CPU_S} s").message)
    return Drawn(why=_undrawable("that needed more memory than a drawing may use").message)


def _imported(script: Path, topic: str) -> Callable[[Student], Any]:
    import matplotlib as mpl

    mpl.use("agg")
    from matplotlib.figure import Figure

    figure: Callable[[Student], Any] = plugin.import_file(script, f"figure_{topic}").figure
    blank = Figure(figsize=(1, 1))
    blank.add_subplot()
    blank.savefig(io.BytesIO(), format="png")  # loads fonts and writers once for all forks
    return figure


def _undrawable(how: str) -> Failure:
    return Failure(Verdict.WRONG, f"Your code's values could not be drawn: {how}.")


@contextmanager
def _held(wall_s: float) -> Iterator[None]:
    """Hold this process while it draws. The kernel ends it where Python would not get to it: deep inside a renderer."""
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _limit(resource.RLIMIT_CPU, CPU_S + _used_cpu_s())
    _limit(resource.RLIMIT_DATA, _data_bytes() + (MEMORY_MIB << 20))
    signal.setitimer(signal.ITIMER_REAL, wall_s)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)  # half an answer would be none
        for kind in (resource.RLIMIT_CPU, resource.RLIMIT_DATA):
            resource.setrlimit(kind, (resource.getrlimit(kind)[1],) * 2)


def _limit(kind: int, value: int) -> None:
    hard = resource.getrlimit(kind)[1]
    resource.setrlimit(kind, (value if hard == resource.RLIM_INFINITY else min(value, hard), hard))


def _used_cpu_s() -> int:
    """Return what the fork has used so far, as whole seconds: the kernel counts from its start."""
    times = os.times()
    return round(times.user + times.system)


def _data_bytes() -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmData:"):
            return int(line.split()[1]) << 10
    return 0
