"""Claims about the loader of `assignment.toml`."""

import re
from pathlib import Path

import pytest

from grader.assignment import Kind, Limits, load_assignment, read_assignment
from grader.course import load_course
from grader.errors import CourseError

GOOD = """
title = { en = "Self-attention", zh = "自注意力机制" }
prerequisites = ["seq2seq"]
given = ["Batch", "Layer.__init__"]

[limits]
cpu_s = 7

[[task]]
entry = "scores"
points = { correctness = 15, gradient = 10 }
[task.covers]
"Dot-product attention: q = Wq a" = "test_dot_product"

[[task]]
entry = "attend"
needs = ["scores"]
forbid = ["torch.nn.MultiheadAttention"]
points = { correctness = 15, speed = 5 }
speed = { limit = 3.0, slower = "loop_over_queries" }
[task.limits]
memory_mib = 2048

[[task]]
entry = "Layer.forward"
needs = ["attend"]
points = { performance = 15, property = 10, correctness = 14 }
levels = { simple = 60, medium = 200, strong = 400, boss = 475 }

[integration]
points = 6

[quiz]
points = 10

[figure]
alt = "Attention maps."
"""

QUIZ = """
[[question]]
id = "scale"
text = "Why divide?"
points = 10
options = { a = "x", b = "y" }
"""


def write(folder: Path, toml: str = GOOD, quiz: str | None = QUIZ) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "assignment.toml"
    path.write_text(toml, encoding="utf-8")
    if quiz is not None:
        (folder / "quiz.toml").write_text(quiz, encoding="utf-8")
    return path


def faults_of(folder: Path, toml: str, quiz: str | None = QUIZ) -> str:
    with pytest.raises(CourseError) as caught:
        read_assignment(write(folder, toml, quiz), "self_attention")
    return "\n".join(caught.value.faults)


def test_a_good_file_loads(tmp_path: Path) -> None:
    """Every key arrives in its field, points under their kind."""
    assignment = read_assignment(write(tmp_path), "self_attention")
    assert assignment.topic == "self_attention"
    assert assignment.title["zh"] == "自注意力机制"
    assert assignment.task("scores").points == {Kind.CORRECTNESS: 15, Kind.GRADIENT: 10}
    assert assignment.task("attend").speed is not None
    assert assignment.task("scores").covers == {"Dot-product attention: q = Wq a": "test_dot_product"}
    assert assignment.figure is not None
    assert assignment.figure.alt == "Attention maps."


def test_limits_of_a_task_lie_on_those_of_the_topic_and_the_course(tmp_path: Path) -> None:
    """The nearest file that names a limit sets it; the others keep theirs."""
    assignment = read_assignment(write(tmp_path), "self_attention", Limits(cpu_s=1, processes=5))
    assert assignment.limits == Limits(cpu_s=7, processes=5)
    assert assignment.task("attend").limits == Limits(cpu_s=7, processes=5, memory_mib=2048)
    assert assignment.task("scores").limits == assignment.limits


def test_parts_are_in_the_order_of_tasks_and_kinds(tmp_path: Path) -> None:
    """Parts follow the tasks and the kinds, not the order in which points are written, and sum to 100."""
    parts = read_assignment(write(tmp_path), "self_attention").parts()
    assert [part.name for part in parts] == [
        "scores.correctness", "scores.gradient", "attend.correctness", "attend.speed",
        "Layer.forward.correctness", "Layer.forward.property", "Layer.forward.performance", "integration", "quiz",
    ]  # fmt: skip
    assert sum(part.points for part in parts) == 100
    assert parts[4].entry == "Layer.forward"
    assert parts[-1].entry is None


def test_needs_are_transitive(tmp_path: Path) -> None:
    """What a needed task needs is needed too, in the order of the tasks."""
    assignment = read_assignment(write(tmp_path), "self_attention")
    assert assignment.needs_of("Layer.forward") == ("scores", "attend")
    assert assignment.needs_of("scores") == ()
    with pytest.raises(KeyError):
        assignment.task("nobody")


def test_a_topic_is_loaded_with_the_limits_of_its_course(tmp_path: Path) -> None:
    """`load_assignment` finds the file and starts from `course.toml`'s limits."""
    write(tmp_path / "assignments" / "self_attention")
    (tmp_path / "assignments" / "course.toml").write_text(
        'name = "C"\n[limits]\nprocesses = 9\n[[unit]]\nid = "U1"\ntitle = "T"\ntopics = ["self_attention", "rnn"]\n'
    )
    course = load_course(tmp_path)
    assert load_assignment(course, "self_attention").limits == Limits(cpu_s=7, processes=9)
    with pytest.raises(CourseError, match="'rnn' is not written yet"):
        load_assignment(course, "rnn")
    (tmp_path / "assignments" / "rnn").mkdir()
    with pytest.raises(CourseError, match=r"rnn/assignment\.toml cannot be read: No such file"):
        load_assignment(course, "rnn")


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("needs = [", "nedes = [", "task 2 (attend).nedes: no such key; did you mean 'needs'? Allowed: entry, points,"),
        ("[figure]", "[figur]", "figur: no such key; did you mean 'figure'? Allowed: title, task,"),
        ("title = {", "topic = 'x'\ntitle = {", "topic: this key is not set in a file"),
        ('entry = "scores"', "", "task 1.entry: is missing"),
        ('entry = "scores"', "entry = 3", "task 1.entry: found 3, expected a valid string"),
        ("gradient = 10", "gradient = 10.0", "task 1 (scores).points.gradient: found 10.0, expected a valid integer"),
        ("gradient = 10", "gradient = true", "task 1 (scores).points.gradient: found true, expected a valid integer"),
        ("gradient = 10", "gradeint = 10", "task 1 (scores).points.gradeint: found \"gradeint\", expected 'correctness',"),
        ("gradient = 10", "gradient = 0", "task 1 (scores).points.gradient: found 0, expected 1 to 15"),
        ("gradient = 10", "gradient = 16", "task 1 (scores).points.gradient: found 16, expected 1 to 15"),
        ("gradient = 10", "gradient = 9", "points: the parts of all tasks, integration, quiz and written sum to 99, expected 100"),
        ("correctness = 15, speed", "speed", "task 2 (attend).points: found no 'correctness'"),
        ("points = 6", "points = 26", "integration.points: found 26, expected 1 to 15"),
        ('needs = ["scores"]', 'needs = ["score"]', "task 2 (attend).needs: there is no task 'score'; did you mean 'scores'?"),
        ('needs = ["scores"]', 'needs = ["attend"]', "task 2 (attend).needs: 'attend' is the task itself"),
        ('needs = ["scores"]', 'needs = ["Batch"]', "task 2 (attend).needs: 'Batch' is given"),
        ('needs = ["scores"]', 'needs = ["Layer.forward"]', "task 2 (attend).needs: a circle through 'Layer.forward' leads back"),
        ('speed = { limit = 3.0, slower = "loop_over_queries" }', "", "task 2 (attend).speed: is missing"),
        ("correctness = 15, speed = 5", "correctness = 15, property = 5", "task 2 (attend).speed: there is no part 'speed'"),
        ("limit = 3.0", "limit = 1.9", "task 2 (attend).speed.limit: found 1.9, expected at least 2: less is too near to noise"),
        ('"loop_over_queries"', '"slow/loop.py"', "task 2 (attend).speed.slower: found 'slow/loop.py'"),
        ("levels = { simple = 60, medium = 200, strong = 400, boss = 475 }", "", "task 3 (Layer.forward).levels: stand in a task if"),
        ("performance = 15", "gradient = 15", "task 3 (Layer.forward).levels: stand in a task if"),
        ("simple = 60, ", "", "task 3 (Layer.forward).levels: found medium, strong, boss, expected simple, medium, strong, boss"),
        ("boss = 475", "boss = 400", "expected each harder than the one before"),
        ("memory_mib = 2048", "memory_mib = 767", "task 2 (attend).limits.memory_mib: found 767, expected at least 768"),
        ("memory_mib = 2048", "disk_mib = 0", "task 2 (attend).limits.disk_mib: found 0, expected more than 0"),
        ("cpu_s = 7", "cpu_s = nan", "limits.cpu_s: found NaN, expected a finite number"),
        ("cpu_s = 7", "cpu_s = 70", "limits.wall_s: found 20, expected at least cpu_s, which is 70"),
        ('given = ["Batch", "Layer.__init__"]', 'given = ["Batch"]', "add 'Layer.__init__' to given"),
        ('given = ["Batch"', 'given = ["Batch", "scores"', "given: 'scores' is also a task"),
        ('given = ["Batch"', 'given = ["Batch", "Batch"', "given: 'Batch' is listed 2 times"),
        ('given = ["Batch"', 'given = ["Layer"', "given: 'Layer.__init__' is part of the class 'Layer', which is given whole"),
        ('given = ["Batch"', 'given = ["no name"', "given: 'no name' is no name of a definition"),
        ('entry = "scores"', 'entry = "attend"', "task: 'attend' occurs 2 times"),
        ('entry = "scores"', 'entry = "a.b.c"', "task 1 (a.b.c).entry: found 'a.b.c', expected 'name' or 'Class.method'"),
        ('entry = "scores"', 'entry = "Layer"', "task 3 (Layer.forward).entry: the class 'Layer' is a task too"),
        ('= "test_dot_product"', '= " "', "task 1 (scores).covers: found 'Dot-product attention: q = Wq a' = ' '"),
        ('["torch.nn.MultiheadAttention"]', '["torch nn"]', "task 2 (attend).forbid: 'torch nn' is no dotted name"),
        ('alt = "Attention maps."', 'alt = ""', "figure.alt: is empty"),
        ('zh = "自注意力机制"', 'zh = ""', "title.zh: is missing"),
        ('zh = "自注意力机制"', 'zh = "自", fr = "x"', "title.fr: no such key. Allowed: en, zh"),
        ('["seq2seq"]', '["self_attention"]', "prerequisites: 'self_attention' cannot come before itself"),
        ("[quiz]\npoints = 10", "[quiz]\npoints = 9", "quiz.points: found 9, but the questions of quiz.toml sum to 10"),
        ("[quiz]\npoints = 10", "", "quiz: is missing, though there is a quiz.toml"),
    ],
)  # fmt: skip
def test_each_rule_is_kept(tmp_path: Path, old: str, new: str, fault: str) -> None:
    """Breaking one rule is named with the file, the key path, what was found and what is allowed."""
    assert old in GOOD
    faults = faults_of(tmp_path, GOOD.replace(old, new, 1))
    assert fault in faults
    assert all(line.startswith(f"{tmp_path.name}/assignment.toml: ") for line in faults.splitlines())


def test_all_faults_come_at_once(tmp_path: Path) -> None:
    """A misspelt key, a wrong type, a broken rule and a fault of the quiz are one error."""
    toml = GOOD.replace("forbid =", "forbit =").replace("points = 6", "points = 5").replace("cpu_s = 7", 'cpu_s = "7"')
    faults = faults_of(tmp_path, toml, QUIZ.replace("points", "point"))
    assert "forbit" in faults
    assert 'limits.cpu_s: found "7", expected a valid number' in faults
    assert "quiz.toml: question 1 (scale).point: no such key" in faults
    assert "task 2" in faults
    assert len(re.findall("cpu_s", faults)) == 1


def test_no_sum_is_complained_of_where_points_are_faulty(tmp_path: Path) -> None:
    """A wrong type in points is not reported a second time as a wrong sum."""
    assert "sum to" not in faults_of(tmp_path, GOOD.replace("gradient = 10", "gradient = '10'"))


def test_performance_is_capped_in_all(tmp_path: Path) -> None:
    """Two performance parts within their own limit may still be too much together."""
    toml = GOOD.replace("gradient = 10 }", "performance = 10 }\nlevels = { simple = 4, medium = 3, strong = 2, boss = 1 }")
    assert "performance has 25 in all, expected at most 20" in faults_of(tmp_path, toml)


def test_levels_may_fall(tmp_path: Path) -> None:
    """An error rate gets harder downwards."""
    read_assignment(write(tmp_path, GOOD.replace("simple = 60", "simple = 900").replace("200", "800").replace("400", "700")), "t")


def test_a_quiz_without_questions_is_refused(tmp_path: Path) -> None:
    """`[quiz]` stands if, and only if, `quiz.toml` is there."""
    assert "quiz: there is no quiz.toml beside this file" in faults_of(tmp_path, GOOD, quiz=None)


def test_a_syntax_error_names_its_line(tmp_path: Path) -> None:
    """What is not TOML is a `CourseError` with the line."""
    with pytest.raises(CourseError, match=r"assignment\.toml is not TOML: .*line 2, column"):
        read_assignment(write(tmp_path, "\ntitle = {\n"), "t")


def test_what_is_not_text_is_refused(tmp_path: Path) -> None:
    """A file in another encoding is a `CourseError` that names the byte."""
    path = write(tmp_path)
    path.write_bytes("title = 'é'".encode("latin-1"))
    with pytest.raises(CourseError, match="is not UTF-8: byte 9 is 0xe9"):
        read_assignment(path, "t")


@pytest.mark.parametrize("toml", ["", "task = 3", "task = [3]", "title = 2026-01-01", "limits = 4\ntask = []", "[[task]]\nlimits = 1"])
def test_nonsense_is_a_list_of_faults(tmp_path: Path, toml: str) -> None:
    """Whatever is valid TOML ends in a `CourseError`, never in another exception."""
    assert faults_of(tmp_path, toml, quiz=None)


WRITTEN = '[written]\nquestion = "Why does the mask come before the softmax?"\npoints = 4\n'


def test_a_question_in_words_is_the_last_part(tmp_path: Path) -> None:
    """Its points are in the sum, and no test decides it."""
    assignment = read_assignment(write(tmp_path, GOOD.replace("[integration]\npoints = 6", f"{WRITTEN}[integration]\npoints = 2")), "t")
    part = assignment.parts()[-1]
    assert (part.name, part.points, part.is_tested) == ("written", 4, False)
    assert [other.name for other in assignment.parts() if not other.is_tested] == ["quiz", "written"]


@pytest.mark.parametrize(
    ("written", "quiz", "fault"),
    [
        (WRITTEN.replace("Why does the mask come before the softmax?", " "), QUIZ, "written.question: is empty"),
        (WRITTEN.replace("4", "16"), QUIZ, "written.points: found 16, expected 1 to 15"),
        (WRITTEN + "pints = 3\n", QUIZ, "written.pints: no such key"),
        (WRITTEN, QUIZ.replace("scale", "written"), "a question is called 'written'"),
    ],
)
def test_the_rules_of_a_question_in_words(tmp_path: Path, written: str, quiz: str, fault: str) -> None:
    """It asks something, within the points of a part, and its key in answers.toml is its own."""
    assert fault in faults_of(tmp_path, f"{GOOD}\n{written}", quiz)
