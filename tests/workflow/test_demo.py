"""The made-up class shows the main job: every kind of submission gets what it deserves, in one table."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from grader.cli.main import main
from grader.course import load_course
from grader.workflow.demo import arrive

COURSE = load_course(Path(__file__).parent)


def test_fourteen_files_arrive_the_same_every_time(tmp_path):
    """The same course gives the same bytes; a zip, a notebook and a damaged archive are among them."""
    first, second = arrive(COURSE, tmp_path / "a"), arrive(COURSE, tmp_path / "b")
    assert [arrival.name.split(".")[0] for arrival in first] == [f"student-{i:02}" for i in range(1, 15)]
    assert first == second
    assert {arrival.name.split(".")[1] for arrival in first} == {"py", "zip", "ipynb"}
    assert all((tmp_path / "a" / arrival.name).read_bytes() == arrival.data for arrival in first)


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_everybody_gets_what_they_deserve(tmp_path):
    """Full marks for good work in any form, the others' marks lost where they went wrong and nowhere else."""
    told = CliRunner().invoke(main, ["demo", "--course", str(COURSE.root), "--keep", str(tmp_path)], catch_exceptions=False)
    assert told.exit_code == 0
    rows = {m[1]: (m[2].strip(), m[3].strip()) for m in re.finditer(r"│ (student-\d\d) │ +([^│]*)│[^│]*│ ([^│]*)│", told.output)}
    assert len(rows) == 14
    assert rows["student-01"] == ("100 of 100", "full marks")
    assert rows["student-02"][0] == rows["student-13"][0] == "92 of 100"
    for number, what in (("03", "lost "), ("04", "lost "), ("07", "lost attend"), ("08", "timeout in attend"), ("09", "lost attend")):
        assert rows[f"student-{number}"][1].startswith(what)
    assert rows["student-05"] == ("0 of 100", "untouched stub")
    assert rows["student-06"][1].startswith("does not import: SyntaxError at line")
    assert rows["student-10"][1].startswith("memory in attend")
    assert rows["student-11"][1].startswith("output in attend")
    assert rows["student-12"][0] == "0 of 100"
    assert rows["student-14"][1].startswith("refused:")
    touched = {rows[f"student-{number}"][0] for number in ("07", "08", "09", "10", "11")}
    assert touched == {"62 of 100"}, "who breaks attend alone loses attend, the integration and the quiz alone"
    assert (tmp_path / "workspace" / "feedback" / "self_attention" / "student-08.txt").is_file()
