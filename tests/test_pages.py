"""Claims about pages: what they show, that nobody's markup runs in them, and that everybody can read them."""

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from PIL import Image

from grader.assignment import Assignment, Figure, Integration, Kind, Quiz, Written
from grader.census import census
from grader.letters import Brief, Drawing, Letter, letter
from grader.marks import Mark
from grader.pages import class_page, letter_page
from grader.quiz import Key, Question, QuestionKind
from grader.records import ManualMark
from grader.result import Outcome, PartScore, Result, State, Verdict
from grader.roster import Person, Roster
from grader.submission import Submission
from grader.task import Task
from grader.workspace import Receipt, Refusal

NOW = datetime(2026, 11, 21, 10, tzinfo=UTC)
ZONE = ZoneInfo("Asia/Taipei")
HOSTILE = (
    "<script>document.title='hacked'</script>",
    '"><img src=x onerror=alert(1)>',
    "{{7*7}}{% raw %}",
    "</style></title><svg onload=alert(1)>",
    "\u202egnp.exe\x00\x1b[2J",
    "x" * 5000,
)
BAD = " ".join(HOSTILE)


def wrong(name: str, part: str = "double.correctness", verdict: Verdict = Verdict.WRONG, **more: Any) -> Outcome:
    values = {"message": "The result is wrong.", "detail": "DETAIL", "hint": 1, **more}
    return Outcome(id=name, part=part, verdict=verdict, **values)


ASSIGNMENT = Assignment(
    topic="toy",
    title={"en": "Toy", "zh": "玩具"},
    tasks=(
        Task(entry="double", points={Kind.CORRECTNESS: 10, Kind.GRADIENT: 10}),
        Task(entry="MultiHeadSelfAttention.forward", points={Kind.CORRECTNESS: 15, Kind.SPEED_CUDA: 5}),
    ),
    integration=Integration(points=6),
    quiz=Quiz(points=8),
    written=Written(question="Why *two*?", points=5),
    figure=Figure(alt="A line of slope two."),
)
BRIEF = Brief(
    course="Course",
    assignment=ASSIGNMENT,
    zone=ZONE,
    hints={"double": ("Think of $W_o^\\top$.", "Not three.", "The factor is `given`.")},
    statements={"TestDouble::test_two": "Twice one is `two`."},
    questions=(
        Question(id="why", text="Which are even?\n\n    x = 2", points=6, options={"a": "two", "b": "three", "c": "four"}),
        Question(id="count", text="How many?", points=2, kind=QuestionKind.NUMERIC),
    ),
    keys={"why": Key(right=("a", "c"), explanation="Two divides them."), "count": Key(value=5.0, tolerance=0.5, explanation="Five.")},
    is_explained=True,
)
RESULT = Result(
    topic="toy", submission="sha256:" + "5f" * 32, grader="g", key="k", backend="b", device="cpu", torch="2",
    started_at="2026-11-21T10:02:11Z", cpu_s=1, wall_s=2, complete=True, earned=21, possible=90, pending=10,
    parts=(
        PartScore(part="double.correctness", points=10, earned=0, state=State.LOST),
        PartScore(part="double.gradient", points=10, earned=0, state=State.BLOCKED),
        PartScore(part="MultiHeadSelfAttention.forward.correctness", points=15, earned=15, state=State.EARNED),
        PartScore(part="MultiHeadSelfAttention.forward.speed_cuda", points=5, earned=0, state=State.PENDING),
        PartScore(part="integration", points=6, earned=0, state=State.LOST),
        PartScore(part="quiz", points=8, earned=6, state=State.PARTIAL),
        PartScore(part="written", points=5, earned=0, state=State.PENDING),
    ),
    tests=(
        wrong("public::TestDouble::test_two", message=f"The result is wrong.\ncalled: double(1)\n{BAD}", suspected="It triples."),
        *(wrong(f"hidden::TestDouble::test_{number}", message=f"Wrong number {number}.") for number in range(6)),
        wrong("public::TestAll::test_all", "integration", Verdict.RAISED, message=BAD),
    ),
)  # fmt: skip


def receipt(student: str) -> Receipt:
    return Receipt(
        student=student, topic="toy", attempt=2, digest=RESULT.submission, received_at=NOW, original="x", files=("toy.py", "answers.toml")
    )


def mark(student: str = "ann", **more: Any) -> Mark:
    reason = "attempt 2 of 3 counts; 1 h after the due date: 10 % taken off"
    blank = Mark(student=student, topic="toy", receipt=receipt(student), attempts=3, result=RESULT, late_s=3600, reason=reason)
    return replace(
        blank, **{"raw": 21, "possible": 90, "pending": 10, "final": 18.9, "penalty": 2.1, "due": NOW - timedelta(hours=1), **more}
    )


SUBMISSION = Submission(
    topic="toy", digest=RESULT.submission, module="", answers={"why": ("a", "b", BAD)}, form="notebook", written=f"Because.\n\n{BAD}",
    left_out=("cell 1: %matplotlib inline", f"cell 3: {BAD}"),
)  # fmt: skip


def picture() -> bytes:
    buffer = BytesIO()
    Image.new("RGB", (1400, 700), "white").save(buffer, "PNG")
    return buffer.getvalue()


def full_letter() -> Letter:
    """A letter with everything that may be in one, hostile wherever words come from outside."""
    return letter(BRIEF, mark(), SUBMISSION, name=f"Ann {BAD}", drawing=Drawing(png=picture()))


def full_class(students: int = 3) -> bytes:
    """A class with everything that may be on its page."""
    marks = [mark(f"student-{number}", final=30.0 * (number % 3)) for number in range(students)]
    broken = replace(RESULT, complete=False, earned=None, tests=(wrong("hidden::T::t", verdict=Verdict.HARNESS, detail=f"killed {BAD}"),))
    looping = replace(RESULT, tests=(wrong("hidden::T::t", verdict=Verdict.TIMEOUT, message=BAD, detail=BAD),))
    marks += [mark("broken", result=broken, raw=None, final=None), mark("loop", result=looping, is_stale=True), mark("new", result=None)]
    marks[-1] = replace(marks[-1], raw=None, final=None, possible=None)
    refused = (
        Refusal(name=BAD, student=None, reason=f"is damaged: {BAD}", seen_at=NOW),
        Refusal(name="b.zip", student="ben", reason="is", seen_at=NOW),
    )
    roster = Roster((Person(id="student-1", name=f"Bob {BAD}"), Person(id="missing", name="M")))
    found = census(
        "Course", ASSIGNMENT, marks, made_at=NOW, due=NOW, refused=refused, roster=roster, links={"student-1": "feedback/student-1.html"}
    )
    return class_page(found, ZONE)


PAGES: dict[str, Callable[[], bytes]] = {"letter": lambda: letter_page(full_letter()), "class": full_class}


class Page(HTMLParser):
    """The tags of a page with their attributes, and its text."""

    def __init__(self, html: bytes) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self.tags[-1:] != [("style", {})]:
            self.text += f" {data} "

    @property
    def words(self) -> str:
        return re.sub(r"\s+", " ", self.text)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_no_script_and_asks_for_nothing(name: str) -> None:
    """Whoever wrote what it shows: no script, frame or form, no handler, and no address but its own parts, its data and its class."""
    page = Page(PAGES[name]())
    assert not {"script", "iframe", "object", "embed", "form", "link", "base", "audio", "video"} & {tag for tag, _ in page.tags}
    assert not [attribute for _, given in page.tags for attribute in given if attribute.startswith("on")]
    addresses = [value or "" for _, given in page.tags for at, value in given.items() if at in ("src", "href", "srcset", "action")]
    assert all(address.startswith(("#", "data:image/png;base64,", "feedback/")) for address in addresses)
    policy = next(given["content"] for tag, given in page.tags if given.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None
    assert policy.startswith("default-src 'none'")


@pytest.mark.parametrize("name", PAGES)
def test_hostile_words_are_shown_as_they_are(name: str) -> None:
    """Markup and templates stay text, and what is invisible is told by its escape."""
    html = PAGES[name]()
    words = Page(html).words
    assert "<script>document.title='hacked'</script>" in words
    assert "{{7*7}}{% raw %}" in words
    assert r"\u202egnp.exe\x00\x1b[2J" in words
    assert all(char.isprintable() or char == "\n" for char in html.decode())


def test_a_letter_tells_marks_and_their_reason() -> None:
    """Raw and final marks, what was taken off and why, and what is pending and for what."""
    words = Page(letter_page(full_letter())).words
    for told in (
        "Raw mark 21 of 90", "Taken off 2.1", "Final mark 18.9 of 90",
        "Attempt 2 of 3 counts; 1 h after the due date: 10 % taken off.", "10 more points are not decided yet",
        "waits for a GPU", "waits for a person to read it",
    ):  # fmt: skip
        assert told in words


def test_a_letter_tells_what_did_not_pass() -> None:
    """Claim, call and values of a public test, a suspicion, the hints with the one to start with; no hidden name and no detail."""
    html = letter_page(full_letter())
    words = Page(html).words
    assert "Twice one is two ." in words
    assert "called: double(1)" in words
    assert "Perhaps: It triples." in words
    assert re.search(r"Hint 1 start here .*Hint 2 .*Hint 3", words)
    assert b"DETAIL" not in html
    assert b"test_0" not in html
    assert b"test_<wbr>0" not in html


def test_a_letter_tells_when_it_arrived() -> None:
    """The receipt: our time in the course's zone, attempt, file, the first digits of the digest, and the limits."""
    words = Page(letter_page(full_letter())).words
    for told in ("Received 2026-11-21 18:00 CST", "Attempt 2 of 3", "toy.py, answers.toml", "5f5f5f5f5f5f ", "1024 MiB of memory"):
        assert told in words
    assert "5f" * 7 not in words


def test_a_letter_without_a_figure_says_why() -> None:
    """The picture has its text alternative; where there is none, a sentence."""
    page = Page(letter_page(full_letter()))
    (image,) = [given for tag, given in page.tags if tag == "img"]
    assert image["alt"] == "A line of slope two."
    words = Page(letter_page(replace(full_letter(), drawing=Drawing(why="Your code raised ValueError at line 3.")))).words
    assert "There is no picture this time. Your code raised ValueError at line 3." in words


def test_answers_wait_for_their_date() -> None:
    """Before it: picks, points and the date. After it: what is right, and why."""
    opens = NOW + timedelta(days=3)
    early = replace(full_letter(), brief=replace(BRIEF, is_explained=False, explained_from=opens))
    early = replace(early, questions=letter(early.brief, mark(), SUBMISSION).questions)
    before, after = Page(letter_page(early)).words, Page(letter_page(full_letter())).words
    assert "Answers and explanations come after 2026-11-24 18:00 CST" in before
    assert "Two divides them." not in before
    assert "right" not in before[before.index("Question 1") : before.index("In your words")]
    for told in ("picked, and right", "picked, but wrong", "right, but not picked", "Two divides them.", "Right: 5 "):
        assert told in after


def test_marks_by_hand_have_their_comment() -> None:
    """The student's text, what a person gave for it, and what they said."""
    given = ManualMark(student="ann", topic="toy", part="written", answer="x", points=3.5, comment="Say *why*.")
    words = Page(letter_page(letter(BRIEF, mark(manual=(given,)), SUBMISSION))).words
    assert "Because." in words
    assert "3.5 of 5 points. Say why ." in words


def test_a_fault_of_the_harness_is_told_as_ours() -> None:
    """The page says that nothing is graded yet, and shows no number of it."""
    broken = mark(result=replace(RESULT, complete=False, earned=None), raw=None, final=None)
    words = Page(letter_page(letter(BRIEF, broken, SUBMISSION))).words
    assert "Not graded yet The grader itself failed here, not your work." in words
    assert "Parts" not in words
    assert "The result is wrong" not in words


def test_everything_right_is_a_short_letter() -> None:
    """It says so, and lists nothing that did not pass."""
    parts = tuple(replace(part, earned=part.points, state=State.EARNED) for part in RESULT.parts)
    good = mark(result=replace(RESULT, parts=parts, tests=()), raw=100, final=100, possible=100, pending=0, penalty=0)
    words = Page(letter_page(letter(BRIEF, good, SUBMISSION))).words
    assert "Everything is right. Well done!" in words
    assert "What did not pass" not in words


def test_the_class_page_has_the_numbers_behind_its_picture() -> None:
    """The histogram has a title, a sentence and a table; every list that an instructor looks for is there, with details."""
    html = full_class()
    words = Page(html).words
    assert "Students by percent:" in words
    for told in (
        "handed in", "The same in numbers", "Parts by pass rate", "It triples.", "Tests that fail most", "hidden::T::t",
        "Not graded yet: 1", "killed", "Refused files: 2", "nobody knows", "Slowest submissions", "missing",
    ):  # fmt: skip
        assert told in words.replace(":: ", "::")


def test_five_hundred_pages_take_seconds() -> None:
    """Rendering is no part of what an instructor waits for."""
    told = full_letter()
    letter_page(told)
    began_s = time.process_time()
    for _ in range(50):
        letter_page(told)
    assert (time.process_time() - began_s) * 10 < 30


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Both pages as files."""
    folder = tmp_path_factory.mktemp("pages")
    for name, make in PAGES.items():
        (folder / f"{name}.html").write_bytes(make())
    return folder


@pytest.fixture
def tab(browser: Any, folder: Path) -> Iterator[Callable[..., Any]]:
    """Open a page from its file, with the network closed; whatever it asked for, said or ran fails the test."""
    asked: list[str] = []
    contexts = []

    def open_page(name: str, width: int = 1280, scheme: str = "light") -> Any:
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, offline=True)
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: asked.append(message.text))
        page.on("dialog", lambda dialog: asked.append(f"dialog {dialog.message}"))
        page.on("pageerror", lambda error: asked.append(str(error)))
        address = (folder / f"{name}.html").as_uri()
        page.goto(address)
        assert asked.pop(0) == address
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert [one for one in asked if not one.startswith("data:image/png")] == []


@pytest.mark.slow
@pytest.mark.parametrize("name", PAGES)
def test_nothing_runs_and_nothing_is_asked_for(tab: Callable[..., Any], name: str) -> None:
    """Opened from a file without a network: no request, no dialog, no message of the console, and hostile words are on it as text."""
    page = tab(name)
    assert "hacked" not in page.title()
    assert "<script>document.title='hacked'</script>" in page.inner_text("body")
    assert page.locator("body > *").count() == 2


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing(tab: Callable[..., Any], name: str, scheme: str) -> None:
    """No violation of axe-core's rules, contrast included, in either scheme, everything opened, wide and narrow."""
    from axe_playwright_python.sync_playwright import Axe

    page = tab(name, width=1280 if scheme == "light" else 320, scheme=scheme)
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (colour == "rgb(251, 250, 247)") == (scheme == "light")


@pytest.mark.slow
@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize("name", PAGES)
def test_no_page_scrolls_sideways(tab: Callable[..., Any], name: str, width: int) -> None:
    """On a phone as on a desk; what is wider scrolls in a region of its own, which the keyboard reaches."""
    page = tab(name, width=width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    regions = page.locator(".scroll")
    assert regions.count() >= 2
    assert {(one.get_attribute("role"), one.get_attribute("tabindex")) for one in regions.all()} == {("region", "0")}


@pytest.mark.slow
def test_on_paper_failures_are_all_there(tab: Callable[..., Any]) -> None:
    """What is folded on the screen is printed, hints that nobody opened are not; black on white in a dark room too."""
    page = tab("letter", scheme="dark")
    folded = page.get_by_text("Wrong number 5.")
    assert not folded.is_visible()
    page.emulate_media(media="print")
    assert folded.is_visible()
    assert page.get_by_text("Twice one is").is_visible()
    assert not page.get_by_text("Hint 2").is_visible()
    assert not page.get_by_text("Not three.").is_visible()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


@pytest.mark.slow
def test_the_keyboard_reaches_everything(tab: Callable[..., Any]) -> None:
    """The first key leads past the header, Enter opens a hint, and a second Enter closes it."""
    page = tab("letter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the text"
    page.keyboard.press("Enter")
    hint = page.locator("details.hint summary").first
    for _ in range(20):
        page.keyboard.press("Tab")
        if hint.evaluate("one => one === document.activeElement"):
            break
    page.keyboard.press("Enter")
    assert page.get_by_text("Think of").is_visible()
    page.keyboard.press("Enter")
    assert not page.get_by_text("Think of").is_visible()


@pytest.mark.slow
def test_the_class_is_put_in_order_without_a_script(tab: Callable[..., Any]) -> None:
    """One of two tables is shown: by student, or by final mark from the lowest; the page of a student is a link away."""
    page = tab("class")
    shown = page.locator("#students table:visible tbody th")
    assert shown.count() == 6
    assert shown.first.inner_text().startswith("student-0")
    assert page.get_by_role("link", name="student-1").get_attribute("href") == "feedback/student-1.html"
    page.get_by_label("by final mark").check()
    assert shown.count() == 6
    assert shown.first.inner_text() in ("broken", "new")
