"""Claims about fingerprints: a wrong value is recognised, another is not, and nothing but numbers and sentences goes out."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from grader.fingerprints import FILE, FORMAT, MOST_NUMBERS, alike, digest_of, fingerprint, read, suspect, written

SHORT = torch.arange(6, dtype=torch.float64).reshape(2, 3)
LONG = torch.from_numpy(np.random.Generator(np.random.PCG64(7)).standard_normal((20, 30)))
TEST = "public::TestScale::test_value[long]"


def known(value: object):
    found = fingerprint(value)
    assert found is not None
    return found


def file_of(tmp_path: Path, *mistakes: tuple[str, object]) -> Path:
    path = tmp_path / FILE
    path.write_bytes(written({TEST: [(sentence, known(value)) for sentence, value in mistakes]}, "sha256:ab"))
    return path


@pytest.mark.parametrize(
    "value", [SHORT, LONG, LONG.numpy(), LONG.float(), LONG > 0, LONG.to(torch.complex128), torch.arange(100), 7 / 3, torch.tensor(7 / 3)]
)
def test_a_value_is_alike_itself_through_the_file(tmp_path: Path, value: object) -> None:
    """Also after rounding and JSON, and with the rounding errors of another machine."""
    path = file_of(tmp_path, ("It is this one.", value))
    assert suspect(path, TEST, value) == "It is this one."
    if isinstance(value, torch.Tensor) and value.is_floating_point():
        assert suspect(path, TEST, value * (1 + 1e-9)) == "It is this one."


@pytest.mark.parametrize(
    "other",
    [
        LONG.T.contiguous(),
        LONG.flip(0),
        -LONG,
        LONG + 1e-3,
        LONG.float(),
        LONG.numpy(),
        LONG[:-1],
        LONG.roll(1, 1),
        LONG.where(LONG < 2, torch.nan),
    ],
)
def test_another_value_is_not(tmp_path: Path, other: object) -> None:
    """Other numbers, order, shape, dtype or kind: projections see them all."""
    assert suspect(file_of(tmp_path, ("It is this one.", LONG)), TEST, other) == ""


@given(st.integers(0, 599), st.integers(0, 599))
def test_swapping_two_entries_shows(i: int, j: int) -> None:
    """A projection is no checksum that forgets the order."""
    swapped = LONG.clone().reshape(-1)
    swapped[[i, j]] = swapped[[j, i]]
    assert alike(known(LONG), known(swapped.reshape(LONG.shape))) == (i == j)


def test_not_finite_values_have_fingerprints_of_their_own() -> None:
    """NaN where another has infinity, or in another place, is not alike."""
    nan, inf, elsewhere = SHORT.clone(), SHORT.clone(), SHORT.clone()
    nan[0, 0], inf[0, 0], elsewhere[0, 1] = torch.nan, torch.inf, torch.nan
    assert alike(known(nan), known(nan.clone()))
    assert not any(alike(known(nan), known(other)) for other in (inf, -inf, elsewhere, SHORT))


@pytest.mark.parametrize("value", [None, 3.0, 2, True, torch.nan, "text", [1, 2], torch.tensor(-0.5), torch.zeros(0), np.array(["a", "b"])])
def test_what_says_too_little_has_none(value: object) -> None:
    """A whole number or a half fits many mistakes; what is no array and no number is not compared."""
    assert fingerprint(value) is None


def test_two_mistakes_of_one_value_name_none(tmp_path: Path) -> None:
    """Where the value cannot tell, nothing is said; the same sentence twice is one."""
    assert suspect(file_of(tmp_path, ("One.", SHORT), ("Two.", SHORT)), TEST, SHORT) == ""
    assert suspect(file_of(tmp_path, ("One.", SHORT), ("One.", SHORT)), TEST, SHORT) == "One."


def test_a_missing_or_foreign_file_costs_a_sentence_and_no_more(tmp_path: Path) -> None:
    """Students' folders are edited, cut and versioned: never an error from here."""
    assert suspect(tmp_path / FILE, TEST, SHORT) == ""
    path = file_of(tmp_path, ("One.", SHORT))
    assert suspect(path, "public::Other::test", SHORT) == ""
    whole = path.read_bytes()
    for data in (
        b"",
        b"[]",
        b"{}",
        whole[:-30],
        whole.replace(b'"format": %d' % FORMAT, b'"format": 0'),
        b"\xff\xfe",
        whole.replace(b"[[0,", b"[[9,"),
    ):
        path.write_bytes(data)
        assert suspect(path, TEST, SHORT) == ""


def test_the_file_holds_numbers_and_sentences(tmp_path: Path) -> None:
    """No more than 64 numbers of a value, and the digest of what they were taken of."""
    data = file_of(tmp_path, ("好: it is this one.", LONG)).read_bytes()
    record = json.loads(data)
    assert set(record) == {"format", "digest", "mistakes", "tests"}
    assert record["mistakes"] == ["好: it is this one."]
    assert digest_of(data) == "sha256:ab"
    assert all(len(found.numbers) <= MOST_NUMBERS for rows in read(data).values() for _, found in rows)
    assert digest_of(b"no json") == ""
