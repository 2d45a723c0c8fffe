"""Turns a submission's text into one in which named definitions are the reference's."""

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from grader.syntax import (
    DEFINING,
    IMPORTING,
    Edit,
    Source,
    accessor,
    apply_edits,
    bound_names,
    docstring_node,
    read,
    suites,
)

REBINDING = (ast.AugAssign, ast.AnnAssign, ast.Delete, *IMPORTING)

_read = lru_cache(maxsize=2)(read)  # a submission is put into once for each task

Lines = Mapping[str, str]  # what a scope binds -> the statement that puts it in, with %s where line breaks may stand


def put_in(text: str, names: Sequence[str]) -> str:
    """Return `text` with each named definition turned into `name = __given__["name"]`, in its place.

    Whatever else binds such a name at the top level, through `global`, or in the body of its class, is replaced or
    undone where it stands. An absent name is added after the imports; a method of an absent class is left out. Lines
    keep their numbers, unless something is added where only a line of its own can stand. `SyntaxError` if `text` does
    not parse.
    """
    source = _read(text)
    if not names:
        return text
    whole = {name: _line(name, name) for name in sorted(names) if "." not in name}
    methods: dict[str, dict[str, str]] = {}
    for name in sorted(names):
        owner, _, method = name.partition(".")
        if method and owner not in whole:
            methods.setdefault(owner, {})[method] = _line(method, name)
    outside = {name: _line(name, name) for owner in methods for name in sorted(names) if name.startswith(f"{owner}.")}
    edits, settled = _edits(source, {**whole, **outside}, methods)
    absent = [line % "" for name, line in whole.items() if name not in settled]
    if absent:
        edits.append(_at_head(source, source.tree, absent))
    result = apply_edits(source, edits)
    read(result)
    return result


def _line(target: str, key: str) -> str:
    """Return the statement that binds `target`; a setter is added to its property, which it does not replace."""
    target, dot, role = target.rpartition(".") if target.endswith((".setter", ".deleter")) else (target, "", "")
    given = f'__given__["{key}"%s]'
    return f"{target} = {target}.{role}({given})" if dot else f"{target} = {given}"


@dataclass(frozen=True)
class Scope:
    """A block of statements and what they may bind that is to be put in."""

    suite: Sequence[ast.stmt]
    lines: Lines
    in_class: bool = False


def _edits(source: Source, module_lines: Lines, methods: Mapping[str, Lines]) -> tuple[list[Edit], set[str]]:
    """Return the edits that put everything in, and the names that the module then binds unconditionally."""
    edits: list[Edit] = []
    after: list[Edit] = []
    settled: set[str] = set()
    classes = _class_starts(source, methods)
    scopes = [Scope(source.tree.body, module_lines)]
    while scopes:
        scope = scopes.pop()
        for node in scope.suite:
            hit = _hit(source, node, scope, classes)
            settled.update(hit if scope.suite is source.tree.body else ())
            if hit and (replacement := _replacement(source, node, scope, hit)):
                edits.append(replacement)
                continue
            if hit:
                (edits if _is_simple(node) else after).append(_undoing(source, node, scope.lines, hit))
            inner = _inner(node, scope, module_lines, methods)
            if isinstance(node, ast.ClassDef) and scope.lines is module_lines:
                edits += _missing(source, node, methods.get(node.name, {}))
            scopes += [replace(inner, suite=suite) for suite in suites(node)]
    # Of two compound statements that end together the inner one was found later and must be undone first.
    return edits + after[::-1], settled


def _inner(node: ast.stmt, scope: Scope, module_lines: Lines, methods: Mapping[str, Lines]) -> Scope:
    """Return the scope of the blocks of `node`; a definition binds what it declares global."""
    if not isinstance(node, DEFINING):
        return scope
    declared = _globals(node)
    lines = {name: line for name, line in module_lines.items() if name in declared}
    if isinstance(node, ast.ClassDef) and scope.lines is module_lines:
        lines |= methods.get(node.name, {})
    return Scope((), lines, in_class=isinstance(node, ast.ClassDef))


def _is_simple(node: ast.stmt) -> bool:
    return next(suites(node), None) is None


def _undoing(source: Source, node: ast.stmt, lines: Lines, hit: Sequence[str]) -> Edit:
    """Return the edit that puts the names in anew behind `node`."""
    statements = "; ".join(lines[key] % "" for key in hit)
    if _is_simple(node):
        return source.end(node), source.end(node), f"; {statements}"
    end = source.after_line(source.end(node))
    return end, end, f"{source.indent(node)}{statements}\n"


def _class_starts(source: Source, names: Mapping[str, Lines]) -> dict[str, int]:
    """Return where the first `class` statement of each name starts; a name without one starts at 0."""
    starts = dict.fromkeys(names, 0)
    for node in ast.walk(source.tree) if starts else ():
        if isinstance(node, ast.ClassDef) and node.name in starts:
            starts[node.name] = min(starts[node.name] or len(source.data), source.start(node))
    return starts


def _hit(source: Source, node: ast.stmt, scope: Scope, classes: Mapping[str, int]) -> list[str]:
    """Return what of the scope's lines `node` binds: names, their accessors, methods of a class that is rebound."""
    if not scope.lines:
        return []
    bound = bound_names(node)
    if "*" in bound:
        return [key for key in scope.lines if "." not in key]
    if isinstance(node, DEFINING) and scope.in_class and (key := accessor(node)):
        bound = bound - {node.name} | {key}
    if isinstance(node, ast.ClassDef):
        bound -= {node.name} - scope.lines.keys()
    early = {name for name, start in classes.items() if source.start(node) < start}
    owners = tuple(f"{name}." for name in bound - early)
    return [key for key in scope.lines if key in bound or key.startswith(owners)]


def _replacement(source: Source, node: ast.stmt, scope: Scope, hit: Sequence[str]) -> Edit | None:
    """Return the edit that replaces all of `node`; None if it binds, or may bind, something else as well."""
    bound, lines, others = bound_names(node), scope.lines, frozenset[str]()
    if isinstance(node, DEFINING):
        if ((accessor(node) if scope.in_class else None) or node.name) not in lines:
            return None
    elif isinstance(node, ast.Assign):
        if not all(isinstance(target, ast.Name) for target in node.targets) or hit[0] not in bound:
            return None
        others = bound - lines.keys()
    elif not isinstance(node, REBINDING) or not bound <= lines.keys():
        return None
    start, end = source.start(node), source.end(node)
    breaks = "\n" * source.data.count(b"\n", start, end)
    statements = [*(lines[key] % "" for key in hit[:-1]), lines[hit[-1]] % breaks]
    return start, end, "".join(f"{name} = " for name in sorted(others)) + "; ".join(statements)


def _globals(node: ast.stmt) -> set[str]:
    """Return the names that the scope of `node` declares `global`."""
    names: set[str] = set()
    waiting: list[ast.stmt] = [inner for suite in suites(node) for inner in suite]
    while waiting:
        current = waiting.pop()
        if isinstance(current, ast.Global):
            names.update(current.names)
        if not isinstance(current, DEFINING):
            waiting += [inner for suite in suites(current) for inner in suite]
    return names


def _missing(source: Source, node: ast.ClassDef, lines: Lines) -> Iterator[Edit]:
    """Yield the edit that adds to a class the methods that its body does not bind unconditionally."""
    scope = Scope(node.body, lines, in_class=True)
    bound = {name for inner in node.body for name in _hit(source, inner, scope, {})}
    absent = [line % "" for name, line in lines.items() if name not in bound]
    if absent:
        yield _at_head(source, node, absent)


def _at_head(source: Source, node: ast.Module | ast.ClassDef, statements: Sequence[str]) -> Edit:
    """Return the edit that adds `statements` after the docstring and the imports that open `node`."""
    text = "; ".join(statements)
    head: ast.stmt | None = None
    for first in node.body:
        if first is not docstring_node(node) and not isinstance(first, IMPORTING):
            break
        head = first
    if head is not None:
        return source.end(head), source.end(head), f"; {text}"
    if not node.body:
        return len(source.data), len(source.data), f"{text}\n"
    start = source.start(node.body[0])
    if _is_simple(node.body[0]):
        return start, start, f"{text}; "
    return start, start, f"{text}\n{source.indent(node.body[0])}"
