"""Hints are found below their task's heading, in the order of their numbers."""

from pathlib import Path

from grader.handout import hints, sections

TOY = Path(__file__).with_name("toy") / "assignments" / "toy" / "handout.md"


def hint(level, text):
    return f"<details><summary>Hint {level}</summary>\n\n{text}\n\n</details>\n"


def test_the_toys_handout_has_three_hints_for_each_task():
    """Functions and methods, a sub-heading and a fence in between."""
    found = hints(TOY.read_text(encoding="utf-8"))
    assert list(found) == ["double", "quadruple", "Counter.count", "total"]
    assert found["double"] == ("Think of two.", "Not three.", "The factor is given.")
    assert all(found[entry] == ("a", "b", "c") for entry in list(found)[1:])


def test_hints_come_in_the_order_of_their_numbers():
    """Whatever the order in the text."""
    text = "## First: `f`\n" + hint(3, "three") + hint(1, "one") + hint(2, "two")
    assert hints(text) == {"f": ("one", "two", "three")}


def test_a_task_without_hints_is_there_with_none():
    """A caller sees that they are missing, and which are there."""
    assert hints("## First: `f`\n\nText.\n\n## Second: `g`\n" + hint(2, "two")) == {"f": (), "g": ("two",)}


def test_a_handout_without_tasks_has_no_hints():
    """A heading without a name in backticks at its end is no task's."""
    assert hints("# Title\n## Using `f` well\n" + hint(1, "a")) == {}
    assert hints("") == {}


def test_sub_headings_belong_to_the_task():
    """What stands below the task's heading is the task's, until a heading that is not below it."""
    text = "## First: `f`\n### In words\n" + hint(1, "a") + "#### Deeper\n" + hint(2, "b") + "## Afterwards\n" + hint(3, "not of f")
    assert hints(text) == {"f": ("a", "b")}


def test_a_tasks_heading_of_any_level_ends_the_last_task():
    """A task below another one has its own hints."""
    text = "## First: `f`\n" + hint(1, "a") + "### Second: `C.g`\n" + hint(1, "b") + "# Chapter\n" + hint(2, "nobody's")
    assert hints(text) == {"f": ("a",), "C.g": ("b",)}


def test_a_comment_in_a_fence_is_no_heading():
    """Code in a handout may hold lines that start with `#`, even one that names a definition."""
    text = "## First: `f`\n```python\n# Chapter\n## Second: `g`\n```\n" + hint(1, "a")
    assert hints(text) == {"f": ("a",)}


def test_a_hint_keeps_its_own_markup():
    """Several paragraphs, a formula and a fence go through; only the white space around is cut."""
    body = "Think of $q \\cdot k$.\n\n```python\n# twice\nx + x\n```"
    assert hints("## First: `f`\n" + hint(1, body)) == {"f": (body,)}


def test_tags_may_be_written_on_lines_of_their_own():
    """As Markdown editors lay them out, in any case."""
    text = "## First: `f`\n<DETAILS>\n  <summary> Hint 1 </summary>\nThink.\n</DETAILS>\n"
    assert hints(text) == {"f": ("Think.",)}


def test_other_details_are_no_hints():
    """A folded remark is not handed out as a hint."""
    assert hints("## First: `f`\n<details><summary>A remark</summary>Look.</details>\n" + hint(1, "a")) == {"f": ("a",)}


def test_a_section_ends_where_the_next_heading_of_its_level_begins():
    """What stands in a section is what verify looks for the forbidden calls in."""
    text = "## First: `f`\n`g` is forbidden.\n### More\nx\n## Second: `h`\n`k` is forbidden.\n## End\ny\n"
    assert sections(text) == {"f": "`g` is forbidden.\n### More\nx", "h": "`k` is forbidden."}
