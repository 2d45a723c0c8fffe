"""Turns two module texts into one: stubs, put-in definitions and the files of the catalogue are its three uses."""

import ast
from collections.abc import Sequence

from grader.errors import CourseError
from grader.putin import put_in
from grader.stubs import stub
from grader.syntax import (
    DEFINING,
    Edit,
    Source,
    all_names,
    apply_edits,
    defined_names,
    docstring_node,
    imported_names,
    is_import,
    read,
)

__all__ = ["definition_names", "extract", "overlay", "put_in", "stub"]


def definition_names(text: str) -> tuple[str, ...]:
    """Return what a module defines at its top level, each once: `attend`, `C`, `C.forward`, `C.gain.setter`."""
    return all_names(read(text))


def extract(text: str, names: Sequence[str]) -> str:
    """Return the module made of the imports of `text` and the definitions `names` alone.

    Methods come as `class C:` without bases that holds these methods. `CourseError` if a name is not defined.
    """
    source = read(text)
    if absent := [name for name in names if name not in all_names(source)]:
        raise CourseError(f"The module does not define {', '.join(absent)}.")
    pieces = [source.whole(node) for node in source.tree.body if is_import(node)]
    for node in source.tree.body:
        if set(defined_names(node)) & set(names):
            pieces.append(source.whole(node))
        elif isinstance(node, ast.ClassDef):
            wanted = {name.removeprefix(f"{node.name}.") for name in names if name.startswith(f"{node.name}.")}
            methods = [inner for inner in node.body if wanted.intersection(defined_names(inner, in_class=True))]
            pieces += ["\n".join([f"class {node.name}:", *map(source.whole, methods)])] if methods else []
    return _parsed("\n\n".join(pieces) + "\n")


def overlay(base: str, patch: str) -> str:
    """Return `base` with the definitions and imports of `patch`, each in the place of the definition of its name.

    `class C` with some methods replaces these methods alone. A name that `base` lacks is added after its imports, any
    other statement at its end. The docstring of `patch` and its `LOSES` are dropped.
    """
    under, over = read(base), read(patch)
    old = _by_name(under.tree.body)
    imports: list[ast.stmt] = []
    loose: list[ast.stmt] = []
    new: dict[str, list[ast.stmt]] = {}
    for node in over.tree.body:
        names = imported_names(node) if is_import(node) else defined_names(node)
        if node is docstring_node(over.tree) or "LOSES" in names:
            continue
        name = next((name for name in names if name in old), None)
        if is_import(node) and name is None:
            imports.append(node)
        elif names:
            new.setdefault(name or names[0], []).append(node)
        else:
            loose.append(node)
    edits: list[Edit] = []
    for name in new.keys() & old.keys():
        edits += _replaced(under, old[name], over, new[name])
    absent = [over.whole(node) for name, nodes in new.items() if name not in old for node in nodes]
    edits += _added(under, [over.whole(node) for node in _unlike(imports, under)], absent)
    edits += [(len(under.data), len(under.data), f"\n\n{over.whole(node)}\n") for node in loose]
    return _parsed(apply_edits(under, edits))


def _by_name(body: Sequence[ast.stmt], in_class: bool = False) -> dict[str, list[ast.stmt]]:
    """Return the definitions of each name, imports apart."""
    nodes: dict[str, list[ast.stmt]] = {}
    for node in body:
        for name in defined_names(node, in_class):
            nodes.setdefault(name, []).append(node)
    return nodes


def _replaced(under: Source, old: Sequence[ast.stmt], over: Source, new: Sequence[ast.stmt]) -> list[Edit]:
    """Return the edits that replace the definitions `old` of one name by the definitions `new` of the same name."""
    last, first = old[-1], new[0]
    if isinstance(last, ast.ClassDef) and isinstance(first, ast.ClassDef) and len(new) == 1:
        multiline = under.is_first_on_line(last.body[0]) and over.is_first_on_line(first.body[0])
        if multiline:
            return _merged(under, last, over, first)
    text = "\n\n".join(over.whole(node) for node in new)
    dropped = [(under.whole_start(node), under.after_line(under.end(node)), "") for node in old[:-1]]
    return [*dropped, (under.whole_start(last), under.whole_end(last), text)]


def _merged(under: Source, old: ast.ClassDef, over: Source, new: ast.ClassDef) -> list[Edit]:
    """Return the edits that give the class `old` the members of `new`."""
    edits: list[Edit] = []
    end = under.after_line(under.end(old))
    members = _by_name(old.body, in_class=True)
    for name, nodes in _by_name(new.body, in_class=True).items():
        if name in members:
            edits += _replaced(under, members[name], over, nodes)
        else:
            edits += [(end, end, f"\n{over.whole(node)}\n") for node in nodes]
    return edits


def _unlike(imports: Sequence[ast.stmt], under: Source) -> list[ast.stmt]:
    """Return the imports that `under` does not have yet."""
    present = {ast.dump(node) for node in under.tree.body}
    return [node for node in imports if ast.dump(node) not in present]


def _added(under: Source, imports: Sequence[str], definitions: Sequence[str]) -> list[Edit]:
    """Return the edits that add imports and definitions after the imports that open `under`."""
    top = at = under.after_line(under.end(doc)) if (doc := docstring_node(under.tree)) else 0
    for node in under.tree.body:
        if isinstance(node, DEFINING):
            break
        at = under.after_line(under.end(node)) if is_import(node) else at
    edits = [(top if "__future__" in text else at, f"{text}\n") for text in imports]
    edits += [(at, f"\n\n{text}\n") for text in definitions]
    return [(start, start, text) for start, text in edits]


def _parsed(text: str) -> str:
    read(text)
    return text
