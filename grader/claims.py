"""Turns the name of a thing in an inbox into whose it says that it is."""

import re
from dataclasses import dataclass
from enum import StrEnum

from grader.archive import ending_of
from grader.roster import id_fault


class Naming(StrEnum):
    """Who gave the things their names: the student or the instructor (`plain`), Canvas or Moodle; `auto` tells them by their form."""

    AUTO = "auto"
    PLAIN = "plain"
    CANVAS = "canvas"
    MOODLE = "moodle"


@dataclass(frozen=True, kw_only=True)
class Claim:
    """What a name says. `number` is an id or an LMS's number, empty where there is none; `people` are full names, the likeliest first."""

    naming: Naming
    number: str
    people: tuple[str, ...] = ()
    about: str = ""  # what stands behind `__` in a plain name
    original: str = ""  # what the student called the file, of a file that an LMS named
    upload: int = 0  # Canvas counts its files: the higher number came later
    is_late: bool = False  # Canvas says so
    text: str = ""  # what it is that an LMS wrote itself, such as `a text typed into Moodle`


# Canvas: sortable name without spaces, LATE, number of the user, number of the file, name of the file. Where hand-ins are
# anonymous, the name is `anon` and the number five letters and digits.
_CANVAS = re.compile(r"(?P<name>.+?)(?P<late>_LATE)?_(?P<number>[0-9]+)_(?P<upload>[0-9]+)_(?P<original>.+)", re.DOTALL)
_CANVAS_ANONYMOUS = re.compile(r"(?P<late>LATE_)?(?P<number>anon_[0-9A-Za-z]{5})_(?P<upload>[0-9]+)_(?P<original>.+)", re.DOTALL)
_CANVAS_TEXT = re.compile(r"(?P<name>.+?)(?P<late>_LATE)?_(?P<number>[0-9]+)_(?P<kind>text|link)\.html", re.DOTALL)

# Moodle: full name (of a group: its name; or both with a hyphen between them), number of the participant, plugin; then the file's
# name, or nothing for a folder. Who is in no group has no number.
_MOODLE = re.compile(
    r"(?P<name>.+?)(?:_(?P<number>[0-9]+))?_assignsubmission_(?P<kind>[a-z0-9]+)(?:_(?P<original>.*))?", re.DOTALL
)  # fmt: skip


def claim(name: str, is_folder: bool, naming: Naming) -> Claim | None:
    """Return what `name` says under `naming`; None if it does not have that form. Every name has the plain form."""
    if naming is Naming.PLAIN:
        return _plain(name, is_folder)
    if naming is Naming.CANVAS:
        return _canvas(name)
    if naming is Naming.MOODLE:
        return _moodle(name, is_folder)
    return _moodle(name, is_folder) or _canvas(name) or _plain(name, is_folder)


def _plain(name: str, is_folder: bool) -> Claim:
    """Claim the folder's name; of a file its name without ending, up to the first `__`. What cannot be an id may be a full name."""
    stem, about = name, ""
    if not is_folder:
        stem, _, about = name[: len(name) - len(ending_of(name))].partition("__")
    return Claim(naming=Naming.PLAIN, number=stem, people=(stem,) if id_fault(stem) else (), about=about)


def _canvas(name: str) -> Claim | None:
    if text := _CANVAS_TEXT.fullmatch(name):
        kind = "a text typed into Canvas" if text["kind"] == "text" else "a link given to Canvas"
        return Claim(naming=Naming.CANVAS, number=text["number"], people=(text["name"],), is_late=bool(text["late"]), text=kind)
    found = _CANVAS_ANONYMOUS.fullmatch(name) or _CANVAS.fullmatch(name)
    if found is None:
        return None
    return Claim(
        naming=Naming.CANVAS,
        number=found["number"],
        people=(found["name"],) if "name" in found.groupdict() else (),
        original=found["original"],
        upload=int(found["upload"][:30]),
        is_late=bool(found["late"]),
    )


def _moodle(name: str, is_folder: bool) -> Claim | None:
    found = _MOODLE.fullmatch(name)
    if found is None or not (is_folder or found["original"]):
        return None
    full, kind = found["name"], found["kind"]
    parts = full.split("-")
    return Claim(
        naming=Naming.MOODLE,
        number=found["number"] or "",
        people=(full, *("-".join(parts[i:]) for i in range(1, len(parts)))),
        original=found["original"] or "",
        text="" if kind == "file" else f"a part of the hand-in that Moodle calls {kind}",
    )
