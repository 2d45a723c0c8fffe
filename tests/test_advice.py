"""What a topic lacks is said, and what it has is not."""

from grader.advice import advice
from grader.assignment import load_assignment

WORDS = "word " * 1300
GOOD = f"# T\n\n{WORDS}\n\n## A worked example\n\nNumbers.\n\n## Glossary\n\ndouble 双\n"


def said(course):
    """Return the advice for the toy as one text."""
    return "\n".join(advice(course, load_assignment(course, "toy")))


def write(course, name, change):
    """Change a file of the toy's assignment."""
    path = course.assignment_dir("toy") / name
    path.write_text(change(path.read_text()))


def test_a_topic_with_everything_gets_no_advice_on_it(own_course):
    """Handout, figure and mistakes as they should be."""
    write(own_course, "handout.md", lambda _: GOOD)
    write(own_course, "assignment.toml", lambda text: text.replace("A line of slope two.", "A line through the origin whose slope is two."))
    for path in (own_course.solution_dir("toy") / "submissions").glob("*/*.py"):
        text = path.read_text()
        path.write_text('"""This sentence is long enough to learn something."""' + text[text.index('"""', 3) + 3 :])
    assert said(own_course) == ""


def test_what_is_missing_is_named(own_course):
    """Words, example, glossary, alt texts, explanations."""
    write(own_course, "handout.md", lambda _: "# T\n\nShort. ![](x.png)\n<details>\nA hint.\n</details>\n")
    told = said(own_course)
    assert "handout.md has 4 words without its hints, expected 1200 to 2500" in told
    assert "handout.md has no worked example" in told
    assert "handout.md has no glossary" in told
    assert "handout.md has a picture without a text alternative" in told
    assert "the figure's alt text says too little" in told
    assert "wrong/triple says in 4 words" in told
    assert "accepted/addition" not in told


def test_chinese_before_the_glossary_is_no_glossary(own_course):
    """The terms stand below its heading."""
    write(own_course, "handout.md", lambda _: GOOD.replace("# T", "# T 双").replace("double 双", "double"))
    assert "no glossary" in said(own_course)


def test_a_long_handout_and_a_missing_figure_are_named(own_course):
    """2,500 words with the hints are the most."""
    write(own_course, "handout.md", lambda _: GOOD + "more " * 1300)
    write(own_course, "assignment.toml", lambda text: text.split("[figure]")[0])
    told = said(own_course)
    assert "expected 1200 to 2500" in told
    assert "there is no figure" in told


def test_a_backward_pass_without_gradient_points_is_named(own_course):
    """By the name of the function, or of a method of the class."""
    path = own_course.solution_dir("toy") / "toy.py"
    path.write_text(path.read_text().replace("def quadruple(x)", "def quadruple_backward(x)"))
    write(own_course, "assignment.toml", lambda text: text.replace('entry = "quadruple"', 'entry = "quadruple_backward"'))
    assert "quadruple_backward seems to have a backward pass written by hand, and no gradient part" in said(own_course)
