"""Turns a topic's files into what an author should know about them, and what keeps no topic from a release."""

import ast
import re
from collections.abc import Iterator

from grader.assignment import Assignment, Kind
from grader.catalogue import Deserves, read_catalogue
from grader.course import Course
from grader.signatures import only_in_text

FEWEST_WORDS, MOST_WORDS = 1_200, 2_500  # of a handout without its hints, which nobody opens all
FEWEST_WORDS_OF_A_SENTENCE = 5
FEWEST_CHARACTERS_OF_ALT = 40
_EXAMPLE = re.compile(r"^#{2,6}\s.*\b(worked|example|by hand)\b", re.IGNORECASE | re.MULTILINE)
_GLOSSARY = re.compile(r"^#{2,6}\s.*\b(glossary|words)\b", re.IGNORECASE | re.MULTILINE)
_DETAILS = re.compile(r"<details>.*?</details>", re.DOTALL | re.IGNORECASE)
_CHINESE = re.compile(r"[一-鿿]")
_WORD = re.compile(r"[A-Za-z一-鿿][\w'’-]*")
_BACKWARD = re.compile(r"backward|grad(ient)?s?(_|$)|vjp|jacobian", re.IGNORECASE)


def advice(course: Course, assignment: Assignment) -> list[str]:
    """Return a sentence for everything that a model assignment has and this one lacks."""
    handout = (course.assignment_dir(assignment.topic) / "handout.md").read_text(encoding="utf-8")
    return [
        *_half_watched(assignment),
        *_ungraded_gradients(course, assignment),
        *_unexplained(course, assignment),
        *_handout(handout),
        *_figure(assignment),
    ]


def _half_watched(assignment: Assignment) -> Iterator[str]:
    """Say which forbidden calls one observer alone can see."""
    for task in assignment.tasks:
        for call in task.forbid:
            if only_in_text(call):
                yield f"{task.entry} forbids {call}, which is looked for in the text alone: no run shows it"


def _ungraded_gradients(course: Course, assignment: Assignment) -> Iterator[str]:
    """Say which tasks have a backward pass by hand, by their names or a method's, and no part that tests gradients."""
    text = (course.solution_dir(assignment.topic) / f"{assignment.topic}.py").read_text(encoding="utf-8")
    for task in assignment.tasks:
        if Kind.GRADIENT not in task.points and any(_BACKWARD.search(name) for name in _names(ast.parse(text), task.entry)):
            yield f"{task.entry} seems to have a backward pass written by hand, and no gradient part"


def _names(tree: ast.Module, entry: str) -> Iterator[str]:
    """Yield the name of a task and, of a class, those of its methods."""
    owner, _, method = entry.partition(".")
    yield method or owner
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and node.name == owner and not method:
            yield from (inner.name for inner in node.body if isinstance(inner, ast.FunctionDef))


def _unexplained(course: Course, assignment: Assignment) -> Iterator[str]:
    for example in (one for one in read_catalogue(course, assignment.topic) if one.deserves is not Deserves.ACCEPTED):
        words = len(_WORD.findall(example.sentence))
        if words < FEWEST_WORDS_OF_A_SENTENCE:
            yield f"{example.name} says in {words} words what is wrong with it: too few for a student to learn from"


def _handout(text: str) -> Iterator[str]:
    words = len(_WORD.findall(_DETAILS.sub("", text)))
    if not FEWEST_WORDS <= words <= MOST_WORDS:
        yield f"handout.md has {words} words without its hints, expected {FEWEST_WORDS} to {MOST_WORDS}"
    if not _EXAMPLE.search(text):
        yield "handout.md has no worked example: a heading with 'example' or 'by hand' in it"
    glossary = _GLOSSARY.search(text)
    if glossary is None or not _CHINESE.search(text, glossary.end()):
        yield "handout.md has no glossary with the lecture's Chinese terms"
    if re.search(r"!\[\s*\]\(", text):
        yield "handout.md has a picture without a text alternative"


def _figure(assignment: Assignment) -> Iterator[str]:
    if assignment.figure is None:
        yield "there is no figure: nothing makes a wrong implementation look wrong"
    elif len(assignment.figure.alt.strip()) < FEWEST_CHARACTERS_OF_ALT:
        yield "the figure's alt text says too little for who cannot see it"
