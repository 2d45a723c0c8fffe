"""Turns letters and the census of a class into HTML pages that need nothing else: no script, no request, no markup of what is shown."""

import base64
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import cache
from itertools import groupby
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from grader.assignment import Kind
from grader.census import Bin, Census
from grader.lateness import shown_time
from grader.letters import Letter, PartLine, Pick
from grader.limits import Limits
from grader.printable import printable, printable_lines
from grader.prose import prose
from grader.render import points
from grader.result import State

DIGITS = 12
WHOLE = {"integration": "your pieces together", "quiz": "the quiz", "written": "the answer in words"}
KINDS = {Kind.SPEED_CUDA.value: "speed on a GPU", "integration": "your pieces together", "written": "in your words"}
WIDTH, HEIGHT, TOP, BOTTOM, GAP = 420, 200, 24, 24, 6


@dataclass(frozen=True, kw_only=True)
class Column:
    """A bar of the histogram, in the units of its picture."""

    low: int
    count: int
    x: float
    y: float
    width: float
    height: float

    @property
    def middle(self) -> float:
        """Where its number stands."""
        return self.x + self.width / 2


@dataclass(frozen=True, kw_only=True)
class Chart:
    """A histogram as a picture, and the same in words."""

    columns: tuple[Column, ...]
    median: float
    words: str
    width: int = WIDTH
    height: int = HEIGHT
    left: int = 12
    right: int = WIDTH - 22
    top: int = TOP
    floor: int = HEIGHT - BOTTOM
    gap: int = GAP


def letter_page(letter: Letter) -> bytes:
    """Return the page of a student."""
    return _encoded(_environment().get_template("letter.html").render(letter=letter))


def class_page(census: Census, zone: tzinfo) -> bytes:
    """Return the page of a class, which is for its instructor."""
    return _encoded(_environment().get_template("class.html").render(census=census, zone=zone))


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("grader"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, finalize=_shown
    )
    environment.filters |= {
        "breakable": _breakable, "by_entry": _by_entry, "chart": _chart, "data_uri": _data_uri, "digits": _digits,
        "kind": _kind, "lead": _lead, "limits": _limits, "listed": _listed, "moment": _moment, "number": _number, "points": _points,
        "prose": prose, "sentence": _sentence, "ticked": _ticked, "tiles": _tiles, "verdict": _verdict,
    }  # fmt: skip
    return environment


def _shown(value: Any) -> Any:
    """Return what a template prints: nothing invisible is in it, whoever wrote it."""
    if value is None:
        return ""
    return value if isinstance(value, Markup) or not isinstance(value, str) else printable_lines(value)


def _encoded(page: str) -> bytes:
    return page.encode("utf-8")


def _points(value: float | None) -> str:
    return "" if value is None else points(value)


def _number(value: float) -> str:
    return f"{value:.10g}"


def _moment(moment: datetime, zone: tzinfo) -> str:
    return shown_time(moment.astimezone(zone))


def _digits(digest: str) -> str:
    return digest.removeprefix("sha256:")[:DIGITS]


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:].rstrip('.')}." if text else ""


def _kind(part: str) -> str:
    name = part.rpartition(".")[2]
    return KINDS.get(name, name)


def _breakable(name: str) -> Markup:
    """Return a long name that may break where its words end."""
    shown = escape(printable(name))
    for mark in (".", "::", "_"):
        shown = shown.replace(mark, escape(mark) + Markup("<wbr>"))
    return shown


def _ticked(text: str) -> Markup:
    """Return a sentence with what stands between backticks as code."""
    shown = str(escape(printable_lines(text)))
    return Markup(re.sub(r"`([^`\n]+)`", r"<code>\1</code>", shown))  # noqa: S704 - escaped above


def _data_uri(png: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(png).decode('ascii')}"


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:40]) + (f" and {len(names) - 40} more" if len(names) > 40 else "")


def _limits(limits: Limits) -> str:
    return (
        f"a test may use {limits.cpu_s:g} s of processor time ({limits.wall_s:g} s in all), {limits.memory_mib} MiB of memory, "
        f"{limits.output_mib} MiB of output, {limits.disk_mib} MiB of disk, {limits.processes} processes; a task may have others"
    )


def _by_entry(parts: Iterable[PartLine]) -> Iterator[tuple[str, list[PartLine]]]:
    """Yield the parts of each task together, what is no task's under an empty name."""
    for entry, group in groupby(parts, key=lambda part: part.part.rpartition(".")[0]):
        yield entry, list(group)


def _lead(letter: Letter) -> str:
    """Return the first sentence of a letter: where things stand, and where the most is to gain."""
    if letter.trouble:
        return letter.trouble.partition("\n")[0]
    decided = [part for part in letter.parts if part.state is not State.PENDING]
    earned = [part for part in decided if part.state is State.EARNED]
    if len(earned) == len(decided):
        return "Everything is right. Well done!" if len(decided) == len(letter.parts) else "Everything is right so far. Well done!"
    lost: dict[str, float] = {}
    for part in decided:
        entry = f"`{name}`" if (name := part.part.rpartition(".")[0]) else WHOLE.get(part.part, part.part)
        lost[entry] = lost.get(entry, 0) + part.points - part.earned
    most = max(lost, key=lambda entry: lost[entry])
    start = f"{len(earned)} of {len(decided)} parts are earned" if earned else "No part is earned yet"
    return f"{start}. The most to gain is in {most}: {points(lost[most])} {'point' if lost[most] == 1 else 'points'}."


def _verdict(pick: Pick) -> str:
    """Return in words what a tick, or none, says about an option."""
    if pick.is_right is None:
        return "picked" if pick.is_picked else ""
    if pick.is_picked:
        return "picked, and right" if pick.is_right else "picked, but wrong"
    return "right, but not picked" if pick.is_right else "rightly not picked"


def _tiles(census: Census) -> Iterator[tuple[str, str]]:
    """Yield the numbers that an instructor looks for first."""
    yield "handed in", str(len(census.rows))
    if census.missing is not None:
        yield "of the roster missing", str(len(census.missing))
    yield "graded", str(len(census.graded))
    if census.final and census.raw:
        yield "median, final", f"{points(census.final.median)} %"
        yield "middle half, final", f"{census.final.quarter:.0f} to {census.final.three_quarters:.0f} %"
        yield "median, raw", f"{points(census.raw.median)} %"
        yield "middle half, raw", f"{census.raw.quarter:.0f} to {census.raw.three_quarters:.0f} %"
    yield "late", str(len(census.late))
    yield "with points pending", str(len(census.pending))
    yield "refused files", str(len(census.refused))


def _chart(census: Census) -> Chart:
    blank = Chart(columns=(), median=0, words="")
    step = (blank.right - blank.left) / len(census.bins)
    tallest = max(one.count for one in census.bins) or 1
    columns = tuple(_column(one, blank.left + number * step, step, tallest) for number, one in enumerate(census.bins))
    counted = [f"{one.count} from {one.low} to {one.high}" for one in census.bins if one.count]
    median = census.final.median if census.final else 0
    words = f"Median {points(median)} percent. Students by percent: {', '.join(counted)}."
    return Chart(columns=columns, median=round(blank.left + median / 100 * (blank.right - blank.left), 1), words=words)


def _column(one: Bin, left: float, step: float, tallest: int) -> Column:
    floor = HEIGHT - BOTTOM
    height = (floor - TOP - 18) * one.count / tallest
    return Column(
        low=one.low,
        count=one.count,
        x=round(left + GAP / 2, 1),
        y=round(floor - height, 1),
        width=round(step - GAP, 1),
        height=round(height, 1),
    )
