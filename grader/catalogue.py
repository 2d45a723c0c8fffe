"""Turns a topic's `submissions/` folder into whole submissions with the marks that they deserve."""

import ast
import builtins
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from grader import splice
from grader.course import Course
from grader.errors import CourseError
from grader.syntax import defined_names, imported_names, is_import


class Deserves(StrEnum):
    """What a file of the catalogue stands for, by its folder."""

    ACCEPTED = "accepted"
    WRONG = "wrong"
    SLOW = "slow"


@dataclass(frozen=True, kw_only=True)
class Example:
    """A submission of the catalogue: `loses` maps each part that it must lose to the test that must catch it.

    `replaces` are the names of the reference that it defines anew; None where it does more than define things.
    """

    name: str
    deserves: Deserves
    sentence: str
    module: str
    redefines: tuple[str, ...]
    replaces: frozenset[str] | None
    loses: Mapping[str, str] = field(default_factory=dict)


def read_catalogue(course: Course, topic: str) -> tuple[Example, ...]:
    """Return the catalogue of a topic, by folder and name. `CourseError` with every fault of every file."""
    reference = (course.solution_dir(topic) / f"{topic}.py").read_text(encoding="utf-8")
    folder = course.solution_dir(topic) / "submissions"
    examples, faults = [], []
    for deserves in Deserves:
        for path in sorted((folder / deserves).glob("*.py")):
            try:
                examples.append(_example(path, deserves, reference))
            except (SyntaxError, ValueError, TypeError, CourseError) as error:
                faults.append(f"{deserves}/{path.name}: {error}")
    if faults:
        raise CourseError(f"The catalogue of {topic} has faults.", faults)
    return tuple(examples)


def _example(path: Path, deserves: Deserves, reference: str) -> Example:
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    sentence = ast.get_docstring(tree)
    if not sentence:
        raise CourseError("it has no docstring: one sentence that a student may read")
    loses = _loses(tree)
    if bool(loses) == (deserves is Deserves.ACCEPTED):
        raise CourseError("an accepted file has no LOSES, every other one maps the parts it loses to the tests that catch it")
    redefines = tuple(name for name in splice.definition_names(text) if name != "LOSES")
    return Example(
        name=f"{deserves}/{path.stem}",
        deserves=deserves,
        sentence=" ".join(sentence.split()),
        module=splice.overlay(reference, text),
        redefines=redefines,
        replaces=frozenset(redefines) & frozenset(splice.definition_names(reference)) if _only_defines(tree, reference) else None,
        loses=loses,
    )


def _only_defines(tree: ast.Module, reference: str) -> bool:
    """Tell whether a module has nothing but its docstring, imports and definitions, none of which hides a library or a builtin."""
    defining = (ast.FunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom, ast.Assign, ast.AnnAssign)
    imports = [node for node in ast.parse(reference).body if is_import(node)]
    same = {ast.dump(node) for node in imports}
    taken = {"*", *dir(builtins), *(name for node in imports for name in imported_names(node))}
    new = [node for node in tree.body[1:] if ast.dump(node) not in same]
    names = (name for node in new for name in (imported_names(node) if is_import(node) else defined_names(node)))
    return all(isinstance(node, defining) for node in new) and taken.isdisjoint(names)


def _loses(tree: ast.Module) -> dict[str, str]:
    for node in tree.body:
        if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == "LOSES" for t in node.targets):
            value = ast.literal_eval(node.value)
            if not isinstance(value, dict) or not all(isinstance(x, str) for pair in value.items() for x in pair):
                raise CourseError("LOSES maps part names to test ids")
            return value
    return {}
