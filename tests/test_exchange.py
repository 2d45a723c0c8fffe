"""Claims about what other programs read: JUnit, Gradescope, GitHub's summary."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Literal

import junitparser
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from pydantic import BaseModel, ConfigDict

from grader.exchange import Refusal, gradescope, junit, markdown
from grader.result import Outcome, PartScore, Result, State, Verdict

HOSTILE = "got </failure> <script>x</script> | `a` @everyone\n```\n\x1b[2J ]]>"
RESULT = Result(
    topic="self_attention", submission="sha256:5f", grader="sha256:a1", key="sha256:77", backend="b", device="cpu", torch="2",
    started_at="2026-11-21T10:02:11Z", cpu_s=1, wall_s=1.92, complete=True, earned=87, possible=95, pending=5,
    parts=(
        PartScore(part="attend.correctness", points=10, earned=10, state=State.EARNED),
        PartScore(part="attend.gradient", points=5, earned=0, state=State.LOST),
        PartScore(part="attend.speed_cuda", points=5, earned=0, state=State.PENDING),
        PartScore(part="quiz", points=8, earned=5.33, state=State.PARTIAL),
    ),
    tests=(
        Outcome(id="public::TestAttend::test_example", part="attend.correctness", verdict=Verdict.PASSED, wall_s=0.25),
        Outcome(id="public::TestAttend::test_gradient", part="attend.gradient", verdict=Verdict.WRONG, message=HOSTILE, detail="secret one"),
        Outcome(id="hidden::TestAttend::test_reference[long]", part="attend.gradient", verdict=Verdict.WRONG, wall_s=0.77,
                message="The gradient is wrong.", suspected="The scale is missing.", hint=2, detail="secret two"),
        Outcome(id="hidden::TestAttend::test_speed", part="attend.speed_cuda", verdict=Verdict.PENDING),
    ),
)  # fmt: skip
BROKEN = replace(
    RESULT, complete=False, earned=None, parts=(),
    tests=(Outcome(id="hidden::TestAttend::test_reference[long]", part="attend.gradient", verdict=Verdict.HARNESS, detail="secret three"),),
)  # fmt: skip
REFUSED = Refusal(topic="self_attention", reason="There is no .py and no .ipynb in it.")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class GradescopeTest(_Strict):
    """A test of Gradescope's documented results.json."""

    score: float | int | None = None
    max_score: float | int | None = None
    status: Literal["passed", "failed"] | None = None
    name: str
    number: str
    output: str
    output_format: Literal["text", "html", "simple_format", "md", "ansi"]
    tags: list[str]
    visibility: Literal["hidden", "after_due_date", "after_published", "visible"]


class Gradescope(_Strict):
    """Gradescope's documented results.json."""

    score: float | int | None = None
    execution_time: float | int | None = None
    output: str
    output_format: Literal["text", "html", "simple_format", "md", "ansi"]
    visibility: Literal["hidden", "after_due_date", "after_published", "visible"]
    stdout_visibility: Literal["hidden", "after_due_date", "after_published", "visible"]
    extra_data: dict[str, object] | None = None
    tests: list[GradescopeTest] | None = None


def suite(told: Result | Refusal, folder: Path) -> junitparser.TestSuite:
    path = folder / "junit.xml"
    path.write_bytes(junit(told))
    [found] = junitparser.JUnitXml.fromfile(str(path))
    return found


def test_junit_is_what_a_reader_of_it_expects(tmp_path: Path) -> None:
    """Counts agree with the cases; what failed has its verdict as type, what waits is skipped; hidden tests have no name and no time."""
    found = suite(RESULT, tmp_path)
    assert (found.tests, found.failures, found.errors, found.skipped) == (5, 3, 0, 1)
    cases = {(case.classname, case.name): case for case in found}
    assert len(cases) == 5
    [wrong] = cases["attend.gradient", "hidden test 1"].result
    assert (wrong.type, wrong.message) == ("wrong", "The gradient is wrong.")
    assert "Perhaps: The scale is missing." in wrong.text
    assert cases["attend.gradient", "hidden test 1"].time is None
    assert cases["attend.correctness", "TestAttend::test_example"].time == 0.25
    assert isinstance(cases["attend.speed_cuda", "hidden test 1"].result[0], junitparser.Skipped)


def test_a_fault_of_the_harness_is_an_error_and_no_failure(tmp_path: Path) -> None:
    """Nobody's test failed: we did."""
    found = suite(BROKEN, tmp_path)
    assert (found.failures, found.errors) == (0, 1)


def test_a_refusal_is_a_failure_with_its_reason(tmp_path: Path) -> None:
    """What cannot be graded is told where the result would be."""
    found = suite(REFUSED, tmp_path)
    assert (found.tests, found.failures) == (1, 1)
    assert REFUSED.reason in next(iter(found)).result[0].text


def test_gradescope_reads_every_field() -> None:
    """The documented fields and types alone; points of parts add up to the score; what is pending has none yet."""
    found = Gradescope.model_validate_json(gradescope(RESULT))
    assert found.score == 87
    parts = {test.name: test for test in found.tests or ()}
    assert (parts["attend.gradient"].score, parts["attend.gradient"].max_score, parts["attend.gradient"].status) == (0, 5, "failed")
    assert parts["attend.speed_cuda"].score is None
    assert "The gradient is wrong." in parts["attend.gradient"].output


def test_a_fault_of_the_harness_has_no_score() -> None:
    """Gradescope then shows that the autograder failed, and no zero."""
    found = Gradescope.model_validate_json(gradescope(BROKEN))
    assert found.score is None
    assert not found.tests
    assert Gradescope.model_validate_json(gradescope(REFUSED)).score == 0


def test_a_summary_is_a_table_and_blocks_to_open() -> None:
    """As many rows as parts; what a student's code said is in a fence, where nothing is markup."""
    tokens = MarkdownIt("js-default", {"html": True}).parse(markdown(RESULT))
    assert sum(token.type == "tr_open" for token in tokens) == 1 + len(RESULT.parts)
    fences = [token.content for token in tokens if token.type == "fence"]
    assert any("<script>x</script>" in fence for fence in fences)
    html = "".join(token.content for token in tokens if token.type in ("html_block", "inline"))
    assert "<script" not in html
    assert "@everyone" not in html
    assert "not graded yet" in markdown(BROKEN)
    assert REFUSED.reason in markdown(REFUSED)


@pytest.mark.parametrize("told", [RESULT, BROKEN])
def test_students_may_read_all_of_it(told: Result) -> None:
    """No detail, no hidden test's name, no character that a terminal obeys."""
    for text in (junit(told).decode(), gradescope(told).decode(), markdown(told)):
        for secret in ("secret", "test_reference", "test_speed", "0.77", "\x1b"):
            assert secret not in text
    json.loads(gradescope(told))


def test_what_a_blocked_part_would_have_passed_is_skipped(tmp_path: Path) -> None:
    """It counts nothing, and it is no failure of its own; a test of it that failed is told."""
    part = replace(RESULT.parts[1], state=State.BLOCKED)
    passed = replace(RESULT.tests[0], id="public::TestAttend::test_batch", part=part.part)
    found = suite(replace(RESULT, parts=(part,), tests=(passed, RESULT.tests[2])), tmp_path)
    assert (found.tests, found.failures, found.skipped) == (2, 1, 1)


def test_half_a_result_is_nobodys_business(tmp_path: Path) -> None:
    """After a fault of the harness what did pass and fail is not told; a fault that no test has is an error all the same."""
    tests = tuple(test for test in RESULT.tests if test.verdict != Verdict.PENDING)
    found = suite(replace(RESULT, complete=False, earned=None, parts=(), tests=(*tests, *BROKEN.tests)), tmp_path)
    assert (found.failures, found.errors, found.skipped) == (0, 1, len(tests))
    found = suite(replace(RESULT, complete=False, earned=None, parts=(), tests=tests), tmp_path)
    assert (found.failures, found.errors, found.skipped) == (0, 1, len(tests))


MARKUP = st.lists(st.sampled_from(["\n", "```", "~~~", "`", "<b>", "</details>", "]]>", "|", "@all", "# ", "x"])).map("".join)


@given(st.text() | MARKUP, st.text() | MARKUP)
def test_whatever_a_students_code_says_the_files_stay_what_they_are(message: str, reason: str) -> None:
    """XML that parses, with the text in it; Markdown whose only tags are ours; JSON of the documented fields."""
    told = replace(RESULT, tests=(replace(RESULT.tests[1], message=message),))
    for each in (told, Refusal(topic="t", reason=reason)):
        read = junitparser.JUnitXml.fromstring(junit(each))
        assert [len(list(found)) for found in read] == [1 + 3 * (each is told)]
        Gradescope.model_validate_json(gradescope(each))
    tokens = MarkdownIt("js-default", {"html": True}).parse(markdown(told))
    assert [token.content.split(">")[0] for token in tokens if token.type == "html_block"] == ["<details", "</details"]
    assert sum(token.type == "tr_open" for token in tokens) == 1 + len(RESULT.parts)
    assert sum(token.type == "fence" for token in tokens) == 1
