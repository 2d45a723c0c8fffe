"""Claims about the notebook that formgrader shows."""

import json
import warnings
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any

import nbformat
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from grader.exhibit import MOST_PROGRAM_CHARS, exhibit, grade_id, part_of, tame
from grader.marks import Mark
from grader.records import ManualMark
from grader.result import Outcome, PartScore, Result, State, Verdict
from grader.submission import Submission
from grader.workspace import Receipt

RESULT = Result(
    topic="toy", submission="sha256:a1", grader="g", key="k", backend="b", device="cpu", torch="2", started_at="2026-11-30T00:00:00Z",
    cpu_s=0, wall_s=0, complete=True, earned=15.33, possible=37, pending=5,
    parts=(
        PartScore(part="double.correctness", points=10, earned=10, state=State.EARNED),
        PartScore(part="double.gradient", points=10, earned=0, state=State.LOST),
        PartScore(part="total.speed", points=4, earned=0, state=State.BLOCKED),
        PartScore(part="quiz", points=8, earned=5.33, state=State.PARTIAL),
        PartScore(part="written", points=5, earned=0, state=State.PENDING),
    ),
    tests=(
        Outcome(id="public::TestDouble::test_two", part="double.correctness", verdict=Verdict.PASSED, detail="SECRET"),
        Outcome(id="public::TestDouble::test_g", part="double.gradient", verdict=Verdict.WRONG, message="The gradient is wrong.", detail="SECRET"),
        Outcome(id="hidden::TestDouble::test_h", part="double.gradient", verdict=Verdict.RAISED, message="KeyError", suspected="It is detached.", hint=2),
        Outcome(id="hidden::TestDouble::test_i", part="double.gradient", verdict=Verdict.RAISED, message="KeyError", suspected="It is detached.", hint=2),
    ),
)  # fmt: skip
MARK = Mark(
    student="ann", topic="toy", attempts=1, result=RESULT, reason="2 h after the due date: 10 % taken off",
    receipt=Receipt(
        student="ann", topic="toy", attempt=2, digest="sha256:a1", received_at=datetime(2026, 11, 29, 18, 0, tzinfo=UTC),
        original="x", files=("toy.py",),
    ),
)  # fmt: skip
SUBMISSION = Submission(
    topic="toy", digest="sha256:a1", module="x = 1\n", answers={"why": ("a", "c"), "much": 2.5}, form="module", written="Because $a<b$."
)


def cells(notebook: bytes) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(notebook)["cells"]
    return found


def shown(cell: dict[str, Any]) -> str:
    return "".join(cell["source"]) + "".join("".join(output["text"]) for output in cell.get("outputs", ()))


def graded(notebook: bytes) -> dict[str, dict[str, Any]]:
    return {nb["grade_id"]: cell for cell in cells(notebook) if (nb := cell["metadata"].get("nbgrader")) and nb["grade"]}


def test_the_notebook_is_one_and_always_the_same() -> None:
    """Of the published schema, and the same bytes for the same input."""
    data = exhibit(MARK, SUBMISSION, "Why?")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        nbformat.validate(nbformat.reads(data.decode(), as_version=nbformat.NO_CONVERT))
    assert exhibit(MARK, SUBMISSION, "Why?") == data


def test_each_part_has_a_cell_with_its_points() -> None:
    """Code for what tests decide, Markdown that is also a solution for the answer in words, which comes last of all."""
    found = graded(exhibit(MARK, SUBMISSION, "Why?"))
    assert {name: cell["metadata"]["nbgrader"]["points"] for name, cell in found.items()} == {
        "double-correctness": 10, "double-gradient": 10, "total-speed": 4, "quiz": 8, "written": 5,
    }  # fmt: skip
    assert [cell["cell_type"] for cell in found.values()] == ["code"] * 4 + ["markdown"]
    assert [cell["metadata"]["nbgrader"]["solution"] for cell in found.values()] == [False] * 4 + [True]
    assert cells(exhibit(MARK, SUBMISSION, "Why?"))[-1] == found["written"]


def test_it_says_what_a_student_may_know_and_nothing_else() -> None:
    """Verdict, message, suspicion and hint, once for all tests that say the same; never the instructor's detail."""
    data = exhibit(MARK, SUBMISSION, "Why?")
    assert b"SECRET" not in data
    text = shown(graded(data)["double-gradient"])
    assert "double.gradient: lost, 0 of 10" in text
    assert "public::TestDouble::test_g\nThe gradient is wrong." in text
    assert "test_h" not in text
    assert "raised: a hidden test and 1 more\nKeyError" in text
    assert text.count("Perhaps: It is detached.\nHint 2 of the task in the handout may help.") == 1
    assert "together with its task's correctness" in shown(graded(data)["total-speed"])
    assert '"much": 2.5' in shown(graded(data)["quiz"])
    assert shown(cells(data)[0]) == "**toy**: attempt 2, received 2026-11-29 18:00 UTC. 2 h after the due date: 10 % taken off."


def test_marks_for_earlier_answers_stay_in_sight() -> None:
    """With their points and comments; a comment alone too; none is the mark of this answer."""
    earlier = [
        ManualMark(student="ann", topic="toy", part="written", answer="sha256:0", points=3, comment="nearly <b>"),
        ManualMark(student="ann", topic="toy", part="written.comment", answer="sha256:1", points=0, comment="see me"),
    ]
    texts = [shown(cell) for cell in cells(exhibit(MARK, SUBMISSION, "Why?", earlier))]
    assert texts[-4:] == ["Why?", "An earlier answer got 3 of 5: nearly < b>", "Of an earlier answer: see me", "Because $a< b$."]


def test_an_answer_that_is_missing_and_a_program_that_never_ends() -> None:
    """Something is said of both."""
    huge = replace(SUBMISSION, written=" ", module="x = 1\n" * MOST_PROGRAM_CHARS)
    data = exhibit(MARK, huge, "Why?")
    assert shown(cells(data)[-1]) == "(no answer)"
    assert len(data) < 3 * MOST_PROGRAM_CHARS
    assert "the whole is in the workspace" in shown(cells(data)[-3])


@pytest.mark.parametrize("module", ["x = '\x1b[2J\ud800\0\u202e'", "\u2028"])
def test_no_character_of_a_student_breaks_the_page(module: str) -> None:
    """Controls, halves of pairs and marks of direction are shown as escapes."""
    data = exhibit(MARK, replace(SUBMISSION, module=module, written=module, answers={"why": (module,)}), "Why?")
    text = json.dumps(json.loads(data), ensure_ascii=False)
    assert text.encode().decode() == text
    assert not {"\x1b", "\0", "\u202e", "\u2028"} & {char for cell in cells(data) for char in shown(cell)}


NAMES = st.lists(st.from_regex(r"[A-Za-z_éß王𝔘][A-Za-z0-9_éß王𝔘]{0,8}", fullmatch=True), min_size=1, max_size=4).map(".".join)


@given(NAMES)
@example("MultiHeadSelfAttention.forward.correctness")
@example("a.é.e9.b")
def test_the_name_of_a_part_comes_back(part: str) -> None:
    """So two parts never share one; and every program of nbgrader accepts it."""
    name = grade_id(part)
    assert set(name) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")
    assert part_of(name) == part


HOSTILE = st.lists(
    st.sampled_from(
        [
            "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<", ">", "!", "[a]", "[a](javascript:alert(1))", "(javascript:alert(1))",
            "[a]: javascript:alert(1)", "![a](http://evil/x.png)", "<javascript:alert(1)>", "https://evil/\"onmouseover=alert(1)//", "```mermaid\n",
            "```\n", "`", "``", "$", "$$", "\\(", "\\[", "\\begin{a}", "\\end{a}", "\n", "\n\n", "    ", "- ", "> ", "|", "\n|-|-|\n", "&lt;img src=x&gt;",
            "&#60;img src=x>", "\\", "[", "]", "(", ")", "a", " ", "<!--", "-->", "<![CDATA[", "<?", "</p>", "&", '"', "'", "*", "_", "# ", "\n===\n", ": ", "[x] ",
            "javascript:alert(1)", "<svg/onload=alert(1)>", "~~", "www.a.b", "\t", "\r", "\0", "\u200b",
        ]
    ),
    max_size=14,
).map("".join)  # fmt: skip


class Tags(HTMLParser):
    """What a browser makes of a page: tags and attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))

    def handle_comment(self, data: str) -> None:
        self.seen.append(("!", {}))

    handle_pi = handle_decl = unknown_decl = handle_comment


PLAIN = frozenset(
    [
        "p",
        "em",
        "strong",
        "code",
        "pre",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "a",
        "ul",
        "ol",
        "li",
        "blockquote",
        "hr",
        "br",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "del",
        "div",
        "span",
        "input",
        "dl",
        "dt",
        "dd",
    ]
)


@settings(max_examples=400, deadline=None)
@given(HOSTILE)
@example("[a](javascript:alert(1))<img src=x onerror=alert(1)>")
@example("```mermaid\n<img src=x onerror=alert(1)>")
@example("<?hidden>")
@example("<!--hidden-->")
@example("[a][b]\n\n[b]: javascript:alert(1)")
def test_nothing_that_a_student_writes_runs_or_loads(text: str) -> None:
    """As nbconvert renders it for formgrader: tags of plain text alone, no handler, no picture, links to the web and to headings alone."""
    from nbconvert.filters import markdown2html

    tags = Tags()
    tags.feed(markdown2html(tame(text)))
    for tag, attrs in tags.seen:
        assert tag in PLAIN, (tag, attrs)
        assert attrs.keys() <= {"href", "class", "id", "style", "type", "disabled", "checked"}, (tag, attrs)
        assert (attrs.get("href") or "#").startswith(("#", "http://", "https://")), (tag, attrs)
        assert (attrs.get("style") or "text-align:").startswith("text-align:"), (tag, attrs)


def test_formulae_and_code_stay() -> None:
    """What TeX reads is the same; of code only the space before a bracket is new."""
    assert tame("$a < b$, $x_1 \\le y$, `f(x)[0]`") == "$a < b$, $x_1 \\le y$, `f(x)[0]`"
    assert tame("$a<b$") == "$a< b$"
