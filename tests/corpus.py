"""Turns the files of tests/attacks into attacks with their claims and the verdicts they must get, and into README's table.

The docstring of an attack is one sentence on what it does, then one `key: value` a line; a line that begins with blanks goes on.

    Claim: what it would gain
    Class: one of `AttackClass`
    Stopped by: what is in its way
    double.correctness: lost wrong          the state of a part, and every verdict its tests get beside `passed`;
    double.gradient: blocked                `lost wrong or raised` where either may come; parts not named are earned
    Topic: race                             where it is not `fort`
    Source: as it stands                    the whole submission; otherwise the file is spliced over the reference
    Needs: cuda                             it is run only where there is such a device
    Gets through: why                       it gains something today; the test fails as soon as it no longer does

A key may end with the users and back-ends that it holds for: `double.correctness [landlock user]: lost disk`.

    python tests/corpus.py      prints README's table
"""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

FOLDER = Path(__file__).with_name("attacks")
COURSE = FOLDER / "course"
_DOCSTRING = re.compile(r'\A"""(.*?)"""', re.DOTALL)
_KEY = re.compile(r"([A-Z][a-z]+(?: [a-z]+)?|[A-Za-z_]+(?:\.[a-z_]+)*)(?: \[([a-z ]+)\])?: (.*)")
_WORDS = frozenset({"root", "user", "bubblewrap", "landlock"})


class AttackClass(StrEnum):
    """What kind of thing is attacked."""

    FORGED = "forged answers"
    LYING = "lying objects"
    LIBRARIES = "patched libraries"
    PROTOCOL = "the line's protocol"
    READING = "reading what is hidden"
    SHOWN = "what a student is shown"
    PERSISTENCE = "staying for the next task or submission"
    PROCESSES = "other processes"
    KERNEL = "privileges and the kernel"
    NETWORK = "the network"
    TIME = "time limits"
    MEMORY = "memory"
    DISK = "disk"
    OUTPUT = "output"
    CLOCKS = "clocks that compare speed"
    MODULE = "the module and what is put into it"
    ENDING = "ending the process"
    RANDOM = "predicting inputs"
    SOURCE = "the text of the submission"
    GPU = "the GPU"


@dataclass(frozen=True)
class Expected:
    """What becomes of a part: its state, and the verdicts of its tests that do not pass."""

    state: str
    verdicts: frozenset[str]
    either: bool

    def agrees(self, state: str, verdicts: set[str]) -> bool:
        """Say whether this is what came."""
        wanted = verdicts <= self.verdicts if self.either else verdicts == self.verdicts
        return state == self.state and (wanted or self.state == "blocked")


@dataclass(frozen=True, kw_only=True)
class Attack:
    """One hostile submission."""

    name: str
    text: str
    does: str
    claim: str
    attack_class: AttackClass
    stopped_by: str
    topic: str
    as_it_stands: bool
    needs: str
    entries: Mapping[str, tuple[tuple[frozenset[str], str], ...]]

    def expected(self, where: set[str]) -> dict[str, Expected]:
        """Return the parts that are not earned, for a user and a back-end."""
        found = {key: self._of(key, where) for key in self.entries if "." in key or key == "integration"}
        return {key: _expected(value) for key, value in found.items() if value is not None}

    def gets_through(self, where: set[str]) -> str:
        """Return why the attack gains something today; empty if it does not."""
        return self._of("Gets through", where) or ""

    def _of(self, key: str, where: set[str]) -> str | None:
        return next((value for words, value in self.entries.get(key, ()) if words <= where), None)


def attacks() -> list[Attack]:
    """Return every attack by name. `ValueError` for a docstring that is not as it must be."""
    return [read(path) for path in sorted(FOLDER.glob("*.py"))]


def read(path: Path) -> Attack:
    """Return the attack of one file."""
    text = path.read_text(encoding="utf-8")
    docstring = _DOCSTRING.match(text)
    if docstring is None:
        raise ValueError(f"{path.name} has no docstring")
    does, _, rest = docstring[1].partition("\n\n")
    entries: dict[str, list[tuple[frozenset[str], str]]] = {}
    for line in re.sub(r"\n +", " ", rest).strip().split("\n"):
        parts = _KEY.fullmatch(line)
        if parts is None or not frozenset((parts[2] or "").split()) <= _WORDS:
            raise ValueError(f"{path.name}: cannot read {line!r}")
        entries.setdefault(parts[1], []).append((frozenset((parts[2] or "").split()), parts[3].strip()))
    # What holds for fewer comes first.
    ordered = {key: tuple(sorted(values, key=lambda value: -len(value[0]))) for key, values in entries.items()}
    unknown = {key for key in ordered if "." not in key} - {"integration", *_ONCE}
    if unknown or any(len(values) > 1 for key, values in ordered.items() if key in _ONCE[:-1]):
        raise ValueError(f"{path.name}: {sorted(unknown)} is unknown, or a key occurs twice")
    attack = Attack(
        name=path.stem,
        text=text,
        does=does.strip(),
        claim=ordered["Claim"][0][1],
        attack_class=AttackClass(ordered["Class"][0][1]),
        stopped_by=ordered["Stopped by"][0][1],
        topic=ordered["Topic"][0][1] if "Topic" in ordered else "fort",
        as_it_stands="Source" in ordered,
        needs=ordered["Needs"][0][1] if "Needs" in ordered else "",
        entries=ordered,
    )
    for word in _WORDS:
        attack.expected({word})  # each must be readable
    return attack


_ONCE = ("Claim", "Class", "Stopped by", "Topic", "Source", "Needs", "Gets through")
_STATES = frozenset({"earned", "lost", "blocked"})


def _expected(value: str) -> Expected:
    state, _, verdicts = value.partition(" ")
    if state not in _STATES or (state == "lost") != bool(verdicts):
        raise ValueError(f"{value!r} is no state with its verdicts")
    names = re.split(r",? or |, | and ", verdicts) if verdicts else []
    return Expected(state, frozenset(names), " or " in verdicts)


def table(corpus: list[Attack]) -> str:
    """Return README's table: attack class, what stops it (the commonest first), tested by. † gets through somewhere today."""
    rows = ["| attack | what stops it | tested by |", "|---|---|---|"]
    for attack_class in AttackClass:
        files = [attack for attack in corpus if attack.attack_class is attack_class]
        if files:
            stops = [said for said, _ in Counter(attack.stopped_by for attack in files).most_common()]
            names = " ".join(f"`{attack.name}`{_mark(attack)}" for attack in files)
            rows.append(f"| {attack_class} | {'; '.join(stops)} | {len(files)}: {names} |")
    return "\n".join(rows)


def _mark(attack: Attack) -> str:
    return "†" if "Gets through" in attack.entries else " (on a device)" if attack.needs else ""


if __name__ == "__main__":
    print(table(attacks()))
