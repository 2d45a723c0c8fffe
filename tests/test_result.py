"""Claims about the JSON of a result."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.errors import HarnessError
from grader.result import Outcome, PartScore, Result, State, Verdict, from_json, to_json

RESULT = Result(
    topic="self_attention", submission="sha256:5f", grader="sha256:a1", key="sha256:77", backend="bubblewrap", device="cpu",
    torch="2.13.0+cpu", started_at="2026-11-21T10:02:11Z", cpu_s=1.31, wall_s=1.92, complete=True, earned=92.33, possible=100.0,
    pending=0.0,
    parts=(PartScore(part="attend.gradient", points=5, earned=0.0, state=State.LOST),),
    tests=(Outcome(id="hidden::T::t[long]", part="attend.gradient", verdict=Verdict.WRONG, message="错", hint=2, detail="d"),),
)  # fmt: skip


def test_the_layout_is_that_of_the_contract() -> None:
    """Keys stand in the contract's order, whole points are written without a fraction."""
    record = json.loads(to_json(RESULT))
    assert list(record) == [
        "format", "topic", "submission", "grader", "key", "backend", "device", "torch", "started_at", "cpu_s", "wall_s",
        "complete", "earned", "possible", "pending", "parts", "tests",
    ]  # fmt: skip
    assert record["format"] == 1
    assert list(record["parts"][0]) == ["part", "points", "earned", "state"]
    assert list(record["tests"][0]) == [
        "id", "part", "verdict", "cpu_s", "wall_s", "memory_mib", "message", "suspected", "hint", "detail",
    ]  # fmt: skip
    assert '"possible": 100,' in to_json(RESULT).decode()
    assert '"earned": 92.33,' in to_json(RESULT).decode()
    assert "错" in to_json(RESULT).decode()


@given(st.text(), st.none() | st.floats(0, 100), st.sampled_from(Verdict))
def test_a_result_comes_back_as_it_was(message: str, earned: float | None, verdict: Verdict) -> None:
    """Reading what was written gives the same result, whatever a message holds."""
    test = replace(RESULT.tests[0], message=message, verdict=verdict)
    result = replace(RESULT, earned=earned, complete=earned is not None, tests=(test,))
    assert from_json(to_json(result)) == result


def test_half_a_character_survives() -> None:
    """A lone surrogate, which student code can print, is neither lost nor fatal."""
    result = replace(RESULT, tests=(replace(RESULT.tests[0], message="\udc80"),))
    assert from_json(to_json(result)) == result


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_a_number_that_is_none_is_never_written(number: float) -> None:
    """NaN in a result is our fault, in points or in a measurement."""
    with pytest.raises(HarnessError, match="not finite"):
        to_json(replace(RESULT, wall_s=number))
    with pytest.raises(HarnessError, match="not finite"):
        to_json(replace(RESULT, earned=number))


@pytest.mark.parametrize(
    "data",
    [
        b"", b"[]", b"{}", b"\xff", b"[" * 100_000,
        to_json(RESULT)[:-40],
        to_json(RESULT).replace(b'"format": 1', b'"format": 2'),
        to_json(RESULT).replace(b"1.92", b"NaN"),
        to_json(RESULT).replace(b'"wrong"', b'"excellent"'),
        to_json(RESULT).replace(b"92.33", b'"92"'),
        to_json(RESULT).replace(b'"topic"', b'"tropic"'),
    ],
)  # fmt: skip
def test_what_is_no_result_is_refused(data: bytes) -> None:
    """A damaged file, another format or an unknown verdict is a `HarnessError`."""
    with pytest.raises(HarnessError, match="no result"):
        from_json(data)
