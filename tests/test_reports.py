"""Claims about the lines of a report."""

from grader.reports import ClassReport, CollectLine, CollectReport, Fate, StudentLine, with_refused


def test_refused_lines_are_found() -> None:
    """A report knows what was not taken in; nothing refused is the empty tuple."""
    lines = tuple(CollectLine(name=fate, fate=fate) for fate in Fate)
    assert [line.name for line in CollectReport(topic="t", lines=lines).refused] == ["refused"]
    assert CollectReport(topic="t", lines=lines[:2]).refused == ()


def test_a_refused_file_stands_in_the_class_report() -> None:
    """One table for everybody: who was graded, and whose file was refused, by name."""
    graded = ClassReport(topic="t", lines=(StudentLine(student="b", attempt=1, what="full marks", read_more="b.txt"),))
    lines = (
        CollectLine(name="a.zip", fate=Fate.REFUSED, student="a", reason="damaged"),
        CollectLine(name="b.py", fate=Fate.COLLECTED, student="b"),
    )
    both = with_refused(graded, CollectReport(topic="t", lines=lines))
    assert [(line.student, line.what) for line in both.lines] == [("a", "refused: damaged"), ("b", "full marks")]
