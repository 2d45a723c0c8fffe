"""Turns a marked function of a grader into source that runs in the worker and returns values, never a verdict."""

import ast
import copy
import inspect
import textwrap
from collections.abc import Callable
from types import ModuleType
from typing import Any

from grader.errors import CourseError
from grader.sandbox.student import Student, run_probe

ALLOWED_GLOBALS = frozenset({"torch", "np", "math", "gymnasium"})
# What compares inside the student's process would answer with a verdict, and a verdict of that side is worth nothing.
FORBIDDEN_ATTRIBUTES = frozenset(
    {"allclose", "isclose", "equal", "array_equal", "assert_close", "assert_allclose", "gradcheck", "testing", "array_equiv"}
)


class Probe:
    """A function whose body runs beside the student's module; called in a test like the function that it is."""

    def __init__(self, function: Callable[..., object]) -> None:
        source = textwrap.dedent(inspect.getsource(function))
        tree = ast.parse(source)
        definition = tree.body[0]
        if isinstance(definition, ast.FunctionDef):
            definition.decorator_list = []
        faults = _faults(definition, function.__name__)
        if faults or not isinstance(definition, ast.FunctionDef):
            raise CourseError(f"The probe {function.__name__} cannot run in the worker.", faults)
        self.name = function.__name__
        self.function = function
        self.source = ast.unparse(definition)
        self.__doc__ = function.__doc__

    def __call__(self, student: Student | ModuleType, *args: object, **kwargs: object) -> Any:
        """Run in the worker, on copies; `Failure` if the student's code does not come through. The reference is asked right here."""
        if isinstance(student, ModuleType):
            return self.function(student, *copy.deepcopy(args), **copy.deepcopy(kwargs))
        return run_probe(student, self.name, self.source, args, kwargs)


def probe(function: Callable[..., object]) -> Probe:
    """Ship this function's source to the worker. It sees `student`, its arguments and `torch`, `np`, `math`, `gymnasium`."""
    return Probe(function)


def _faults(definition: ast.stmt, name: str) -> list[str]:
    if not isinstance(definition, ast.FunctionDef):
        return ["a probe is a plain function"]
    known = _bound(definition) | ALLOWED_GLOBALS | set(dir(__builtins__) if not isinstance(__builtins__, dict) else __builtins__) | {name}
    faults = []
    for node in ast.walk(definition):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id not in known:
            faults.append(f"line {node.lineno}: it uses {node.id}, which the worker does not have: hand it in as an argument")
        if isinstance(node, ast.Attribute) and node.attr in FORBIDDEN_ATTRIBUTES:
            faults.append(f"line {node.lineno}: it uses {node.attr}: return values, and compare them in the test")
        if isinstance(node, ast.Assert):
            faults.append(f"line {node.lineno}: it asserts: return values, and weigh them in the test")
    if not definition.args.args or definition.args.args[0].arg != "student":
        faults.append("its first argument is not named student")
    return faults


def _bound(definition: ast.FunctionDef) -> set[str]:
    """Return every name that is bound somewhere inside: generous, since a wrong name still fails when the probe runs."""
    names: set[str] = set()
    for node in ast.walk(definition):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            names.add(node.id)
        elif isinstance(node, ast.arg):
            names.add(node.arg)
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names |= {(alias.asname or alias.name).split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ExceptHandler) and node.name:
            names.add(node.name)
    return names
