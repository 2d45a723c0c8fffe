"""Turns values that mistakes give for published inputs into fingerprints, and a student's wrong value into the mistake that gives it.

A fingerprint holds numbers and a sentence: no code, no file name. It lets a student's own machine, where the catalogue of
mistakes is withheld, say what a wrong value looks like.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

FORMAT = 2
FILE = "fingerprints.json"
MOST_NUMBERS = 64  # a longer value is told by its projections
PROJECTIONS = 6
ALIKE = 1e-6
DIGITS = 9


@dataclass(frozen=True, kw_only=True)
class Fingerprint:
    """A value in few numbers: all of them, or its length and random projections. `odd` digests where it is not finite."""

    kind: str
    dtype: str
    shape: tuple[int, ...]
    numbers: tuple[float, ...]
    norm: float
    odd: str = ""


Mistakes = Mapping[str, Sequence[tuple[str, Fingerprint]]]
"""By test id, the sentence of each mistake with the fingerprint of what it gives."""


def fingerprint(value: object) -> Fingerprint | None:
    """Return the fingerprint of a value that is `telling`; None for anything else."""
    if not telling(value):
        return None
    array = _array(value)
    assert array is not None
    flat = np.ascontiguousarray(array).reshape(-1)
    numbers = (flat.view(flat.real.dtype) if array.dtype.kind == "c" else flat).astype(np.float64)
    finite = np.isfinite(numbers)
    kinds = np.select([np.isnan(numbers), numbers == np.inf, numbers == -np.inf], [1, 2, 3], 0).astype(np.uint8)
    odd = "" if finite.all() else sha256(kinds.tobytes()).hexdigest()[:16]
    numbers = np.where(finite, numbers, 0.0)
    short = numbers if numbers.size <= MOST_NUMBERS else _directions(numbers.size) @ numbers
    return Fingerprint(
        kind=type(value).__name__,
        dtype=str(array.dtype),
        shape=array.shape,
        numbers=tuple(_rounded(number) for number in short),
        norm=_rounded(float(np.linalg.norm(numbers))),
        odd=odd,
    )


def telling(value: object) -> bool:
    """Say whether a value can tell one mistake from another: a tensor or an array of two numbers or more, or one odd number.

    A single number tells if it is neither whole nor a half: 0, 1 and 0.5 come of too much.
    """
    array = _array(value)
    if array is None or array.dtype.kind not in "biufc" or array.size == 0:
        return False
    if array.size > 1:
        return True
    twice = 2 * complex(array.item())
    return bool(np.isfinite(twice)) and abs(twice - round(twice.real)) > 2 * ALIKE * (1 + abs(twice))


def alike(one: Fingerprint, other: Fingerprint) -> bool:
    """Say whether two fingerprints are of the same kind of value with nearly the same numbers."""
    if (one.kind, one.dtype, one.shape, one.odd) != (other.kind, other.dtype, other.shape, other.odd):
        return False
    within = ALIKE * (1 + max(one.norm, other.norm))
    pairs = zip((*one.numbers, one.norm), (*other.numbers, other.norm), strict=True)
    return all(abs(a - b) <= within for a, b in pairs)


def suspect(path: Path, test_id: str, got: object) -> str:
    """Return the sentence of the one mistake that gives `got` in this test; empty if there is none, several, or no such file."""
    if not path.is_file() or (found := fingerprint(got)) is None:
        return ""
    sentences = {sentence for sentence, known in read(path.read_bytes()).get(test_id, ()) if alike(found, known)}
    return sentences.pop() if len(sentences) == 1 else ""


def written(mistakes: Mapping[str, Iterable[tuple[str, Fingerprint]]], digest: str) -> bytes:
    """Return the file of fingerprints; `digest` says of which files they were taken."""
    sentences = sorted({sentence for found in mistakes.values() for sentence, _ in found})
    number = {sentence: index for index, sentence in enumerate(sentences)}
    tests = {
        test: [[number[sentence], *_fields(known)] for sentence, known in sorted(found, key=lambda pair: pair[0])]
        for test, found in sorted(mistakes.items())
    }
    lines = ",\n".join(f"  {json.dumps(test)}: {json.dumps(prints, separators=(',', ':'))}" for test, prints in tests.items())
    return (
        f'{{\n "format": {FORMAT},\n "digest": {json.dumps(digest)},\n "mistakes": {json.dumps(sentences, ensure_ascii=False, indent=2)},\n'
        f' "tests": {{\n{lines}\n }}\n}}\n'
    ).encode()


def read(data: bytes) -> Mistakes:
    """Return what `written` wrote; nothing of a file of another format, which costs a student a sentence and no more."""
    try:
        record: dict[str, Any] = json.loads(data)
        if record["format"] != FORMAT:
            return {}
        sentences = record["mistakes"]
        return {test: [(sentences[row[0]], _fingerprint(row[1:])) for row in rows] for test, rows in record["tests"].items()}
    except (ValueError, KeyError, TypeError, IndexError):
        return {}


def digest_of(data: bytes) -> str:
    """Return of which files the fingerprints of a file were taken; empty if it is none."""
    try:
        return str(json.loads(data)["digest"])
    except (ValueError, KeyError, TypeError):
        return ""


def _array(value: object) -> "np.ndarray[Any, Any] | None":
    """Return the numbers of a tensor, an array or a float; None for anything else."""
    import torch  # here, because who only reads a file of fingerprints has no need of it

    if isinstance(value, torch.Tensor):
        return value.detach().cpu().numpy()
    return np.asarray(value) if isinstance(value, np.ndarray | float) else None


def _fields(known: Fingerprint) -> list[object]:
    return list(asdict(known).values())


def _fingerprint(row: Sequence[Any]) -> Fingerprint:
    kind, dtype, shape, numbers, norm, odd = row
    return Fingerprint(kind=kind, dtype=dtype, shape=tuple(shape), numbers=tuple(numbers), norm=norm, odd=odd)


def _directions(size: int) -> "np.ndarray[Any, np.dtype[np.float64]]":
    """Return (PROJECTIONS, size): random directions that depend on the size alone, so that a swap of two entries shows."""
    return np.random.Generator(np.random.PCG64(size)).standard_normal((PROJECTIONS, size))


def _rounded(number: float) -> float:
    return float(f"{number:.{DIGITS}g}")
