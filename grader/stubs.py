"""Turns the reference into the module that students start from."""

import ast
import re
import symtable
from collections.abc import Sequence

from grader.errors import CourseError
from grader.syntax import (
    DEFINING,
    Defining,
    Source,
    all_names,
    bound_names,
    defined_names,
    docstring_node,
    imported_names,
    is_import,
    is_overload,
    read,
)

KEPT_IMPORTS = frozenset({"torch", "numpy", "np", "nn", "F", "math"})  # students need them where the solution did


def stub(text: str, entries: Sequence[str], given: Sequence[str]) -> str:
    """Return what students get of the reference `text`: deny by default.

    The module's docstring and its imports ship, `given` ships as it stands, `entries` ship as signature, docstring and
    one `raise`; a class that is an entry ships its public methods so. Everything else is dropped. `CourseError` if a
    name is not defined, if a given class would show a task's answer, or if what ships needs something dropped.
    """
    source = read(text)
    _check_names(source, entries, given)
    last = {name: node for node in source.tree.body for name in defined_names(node)}
    pieces: list[tuple[ast.stmt, str]] = []
    for node in source.tree.body:
        names = set(defined_names(node))
        if is_import(node) or node is docstring_node(source.tree):
            continue
        if names & set(given):
            pieces.append((node, source.whole(node)))
        elif isinstance(node, DEFINING) and last[node.name] is node and (piece := _piece(source, node, entries, given)):
            pieces.append((node, piece))
    doc = docstring_node(source.tree)
    body = _joined(pieces)
    head = [_docstring(source, doc)] if doc else []
    head += [imports] if (imports := _used_imports(source, body)) else []
    gap = "\n\n\n" if pieces and isinstance(pieces[0][0], DEFINING) else "\n\n"
    result = gap.join(part for part in ("\n\n".join(head), body) if part) + "\n"
    _check_complete(source, result)
    return result


def _check_names(source: Source, entries: Sequence[str], given: Sequence[str]) -> None:
    faults = [f"{name} is not defined in the reference" for name in [*entries, *given] if name not in all_names(source)]
    shown = [(name, entry) for name in given for entry in entries if entry == name or entry.split(".")[0] == name]
    faults += [f"{name} in `given` would show the answer of {entry}: list its methods" for name, entry in shown]
    if faults:
        raise CourseError("No starter can be made of the reference.", faults)


def _piece(source: Source, node: Defining, entries: Sequence[str], given: Sequence[str]) -> str | None:
    """Return what ships of a top-level definition that is not given whole."""
    if node.name in entries:
        return _stubbed_class(source, node) if isinstance(node, ast.ClassDef) else _stubbed(source, node, node.name)
    if not isinstance(node, ast.ClassDef):
        return None
    methods = []
    for inner in node.body:
        keys = [f"{node.name}.{name}" for name in defined_names(inner, in_class=True)]
        if set(keys) & set(given):
            methods.append(source.whole(inner))
        elif isinstance(inner, DEFINING) and set(keys) & set(entries) and not is_overload(inner):
            methods.append(_stubbed(source, inner, keys[0]))
    return _class(source, node, methods) if methods else None


def _stubbed(source: Source, node: Defining, entry: str) -> str:
    """Return signature and docstring of a function with a body that names the task."""
    body = f'raise NotImplementedError("{entry} is yours to write")'
    return _with_body(source, node, [body])


def _stubbed_class(source: Source, node: ast.ClassDef) -> str:
    """Return a class whose public methods are stubs, with the fields that it declares without a value."""
    fields, methods = [], []
    for inner in node.body:
        if isinstance(inner, ast.AnnAssign) and inner.value is None:
            fields.append(source.indent(inner) + source.text(source.start(inner), source.end(inner)))
        elif isinstance(inner, DEFINING) and not is_overload(inner) and _is_public(inner.name):
            methods.append(_stubbed(source, inner, f"{node.name}.{defined_names(inner, in_class=True)[0]}"))
    return _class(source, node, (["\n".join(fields)] if fields else []) + methods)


def _is_public(name: str) -> bool:
    return not name.startswith("_") or (name.startswith("__") and name.endswith("__"))


def _class(source: Source, node: ast.ClassDef, members: Sequence[str]) -> str:
    doc = docstring_node(node)
    header = _with_body(source, node, [] if members or doc else ["pass"])
    return header + ("\n\n" if doc and members else "\n" if members else "") + "\n\n".join(members)


def _with_body(source: Source, node: Defining, body: Sequence[str]) -> str:
    """Return the signature of `node`, its docstring and the lines of `body`."""
    outer = source.indent(node)
    first = node.body[0]
    inner = source.indent(first) if source.is_first_on_line(first) else f"{outer}    "
    doc = docstring_node(node)
    lines = [outer + source.text(source.start(node), source.header_end(node))]
    lines += [inner + _docstring(source, doc)] if doc else []
    return "\n".join([*lines, *(inner + line for line in body)])


def _docstring(source: Source, doc: ast.Expr) -> str:
    """Return a docstring as it stands; one that cannot stand alone on its line is written anew."""
    text = source.text(source.start(doc), source.end(doc))
    try:
        alone = ast.parse(text).body
    except SyntaxError:
        alone = []
    return text if len(alone) == 1 and "#" not in text.splitlines()[0] else ast.unparse(doc)


def _joined(pieces: Sequence[tuple[ast.stmt, str]]) -> str:
    """Return the pieces with two blank lines around each definition, and none between assignments."""
    text = ""
    for index, (node, piece) in enumerate(pieces):
        if index:
            text += "\n\n\n" if isinstance(node, DEFINING) or isinstance(pieces[index - 1][0], DEFINING) else "\n"
        text += piece
    return text


def _used_imports(source: Source, body: str) -> str:
    """Return the imports that `body` uses or students need, each as it stands where all of it is kept."""
    used = _used_names(ast.parse(body)) | KEPT_IMPORTS
    blocks = [node for node in source.tree.body if is_import(node) and isinstance(node, ast.If)]
    used |= {"TYPE_CHECKING", "typing"} if any(set(imported_names(block)) & used for block in blocks) else set()
    text, end = "", 0
    for node in source.tree.body:
        if is_import(node) and (piece := _pruned(source, node, used)):
            gap = source.data[end : source.start(node)]
            text += ("\n\n" if re.search(rb"\n[ \t]*\n", gap) else "\n") if text else ""
            text, end = text + piece, source.end(node)
    return text


def _used_names(tree: ast.Module) -> set[str]:
    """Return every name that occurs, those in strings that may be annotations included."""
    nodes = list(ast.walk(tree))
    docs = [docstring_node(node) for node in nodes if isinstance(node, (*DEFINING, ast.Module))]
    documents = {id(doc.value) for doc in docs if doc}
    names = {node.id for node in nodes if isinstance(node, ast.Name)}
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documents:
            names.update(re.findall(r"[^\W\d]\w*", node.value))
    return names


def _pruned(source: Source, node: ast.stmt, used: set[str]) -> str:
    """Return an import without the names that are not used; nothing if none is."""
    if isinstance(node, ast.If):
        lines = [line for inner in node.body if (line := _pruned(source, inner, used))]
        return "\n    ".join([f"if {ast.unparse(node.test)}:", *lines]) if lines else ""
    assert isinstance(node, ast.Import | ast.ImportFrom)  # all that `is_import` leaves
    names = imported_names(node)
    future = isinstance(node, ast.ImportFrom) and node.module == "__future__"
    kept = [alias for alias, name in zip(node.names, names, strict=True) if name in used or name == "*" or future]
    text = source.text(source.start(node), source.end(node))
    if len(kept) == len(names) and "#" not in text and source.is_first_on_line(node) and not source.indent(node):
        return text
    if isinstance(node, ast.Import):
        return ast.unparse(ast.Import(kept)) if kept else ""
    return ast.unparse(ast.ImportFrom(node.module, kept, node.level)) if kept else ""


def _check_complete(source: Source, result: str) -> None:
    """Raise `CourseError` if the stub does not parse or uses a name of the reference that was dropped."""
    shipped = {name for node in read(result).tree.body for name in _top_names(node)}
    dropped = {name for node in source.tree.body for name in _top_names(node)} - shipped
    if lost := sorted(dropped & _globals_used(symtable.symtable(result, "starter", "exec"))):
        lost_names = ", ".join(lost)
        raise CourseError(f"The starter would use {lost_names}, which does not ship: list it in `given` or do without.")


def _top_names(node: ast.stmt) -> frozenset[str]:
    return frozenset(imported_names(node)) if is_import(node) else bound_names(node)


def _globals_used(table: symtable.SymbolTable) -> set[str]:
    """Return the names that a scope, or one inside it, looks up in the module."""
    outermost = table.get_type() == "module"
    used = [symbol for symbol in table.get_symbols() if symbol.is_referenced() and (outermost or symbol.is_global())]
    return {symbol.get_name() for symbol in used}.union(*(_globals_used(child) for child in table.get_children()))
