"""Turns a module's text into its syntax tree with the byte positions of everything in it, without running anything."""

import ast
import io
import re
import tokenize
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

Defining = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
Edit = tuple[int, int, str]
"""Bytes from a start to an end, and the text that takes their place."""

DEFINING = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
IMPORTING = (ast.Import, ast.ImportFrom)
SUITES = ("body", "orelse", "finalbody", "handlers", "cases")

_REST_OF_LINE = re.compile(rb"(?:[ \t\f;]|\\\n)*(?:#[^\n]*)?(?:\n|\Z)")
_TRAILING_COMMENT = re.compile(rb"[ \t\f]*#[^\n]*(?=\n)")


@dataclass(frozen=True)
class Source:
    """A parsed module: its text in UTF-8 with plain line feeds, and the byte offset at which each line starts."""

    data: bytes
    tree: ast.Module
    line_starts: tuple[int, ...]

    def offset(self, line: int, column_bytes: int) -> int:
        """Return the byte offset of a position as `ast` counts it: lines from 1, columns in bytes."""
        return self.line_starts[line - 1] + column_bytes

    def start(self, node: ast.stmt | ast.expr) -> int:
        """Return where `node` starts; a decorated definition starts at its first `@`."""
        if isinstance(node, DEFINING) and node.decorator_list:
            first = node.decorator_list[0]
            return self.data.rindex(b"@", 0, self.offset(first.lineno, first.col_offset))
        return self.offset(node.lineno, node.col_offset)

    def end(self, node: ast.stmt | ast.expr) -> int:
        """Return where `node` ends."""
        return self.offset(node.end_lineno or node.lineno, node.end_col_offset or node.col_offset)

    def text(self, start: int, end: int) -> str:
        """Return the text between two byte offsets."""
        return self.data[start:end].decode()

    def line_start(self, offset: int) -> int:
        """Return where the line of `offset` starts."""
        return self.data.rfind(b"\n", 0, offset) + 1

    def after_line(self, offset: int) -> int:
        """Return where the line after the logical line of `offset` starts."""
        match = _REST_OF_LINE.match(self.data, offset)
        return match.end() if match else offset

    def indent(self, node: ast.stmt) -> str:
        """Return the blanks before `node`; it must stand first on its line."""
        start = self.start(node)
        return self.text(self.line_start(start), start)

    def is_first_on_line(self, node: ast.stmt) -> bool:
        """Tell whether only blanks stand before `node` on its line."""
        return not self.indent(node).strip()

    def whole_start(self, node: ast.stmt) -> int:
        """Return where `node` starts with the block of comments that stands directly above it."""
        line = self.line_start(self.start(node))
        comment = self.indent(node).encode() + b"#"  # a deeper one ends the body of the definition before
        while line > 0 and self.data.startswith(comment, above := self.line_start(line - 1)):
            line = above
        return line

    def whole_end(self, node: ast.stmt) -> int:
        """Return where `node` ends with a comment that trails on its last line."""
        end = self.end(node)
        match = _TRAILING_COMMENT.match(self.data, end)
        return match.end() if match else end

    def whole(self, node: ast.stmt) -> str:
        """Return `node` as it stands: with its indent, the comments directly above it and the one on its last line."""
        start = self.whole_start(node) if self.is_first_on_line(node) else self.start(node)
        return self.text(start, self.whole_end(node))

    def header_end(self, node: Defining) -> int:
        """Return the offset behind the colon that ends the signature of `node`.

        The first statement of the body is no substitute: the comments above it belong to the body.
        """
        returns = None if isinstance(node, ast.ClassDef) else node.returns
        earliest = self.end(returns) if returns is not None else 0
        text = self.text(self.line_starts[node.lineno - 1], self.end(node))
        lines = text.split("\n")
        depth = 0
        for token in tokenize.generate_tokens(io.StringIO(text, newline="\n").readline):
            if token.type != tokenize.OP:
                continue
            row, column_chars = token.start
            position = self.offset(node.lineno + row - 1, len(lines[row - 1][:column_chars].encode()))
            depth += {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}.get(token.string, 0)
            if token.string == ":" and depth == 0 and position >= earliest:
                return position + 1
        raise SyntaxError(f"the signature of {node.name} does not end")


def read(text: str) -> Source:
    """Parse `text`; whatever keeps it from being parsed is a `SyntaxError`."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    if text and not text.endswith("\n"):
        text += "\n"
    try:
        data = text.encode()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an invalid escape such as "\d" is the author's, and no fault of the text
            tree = ast.parse(text)
    except (ValueError, RecursionError, MemoryError) as error:
        reason = "it is nested too deeply" if isinstance(error, RecursionError | MemoryError) else str(error)
        raise SyntaxError(f"The text cannot be parsed: {reason}") from None
    starts, position = [0], data.find(b"\n")
    while position != -1:
        starts.append(position + 1)
        position = data.find(b"\n", position + 1)
    return Source(data, tree, tuple(starts))


def apply_edits(source: Source, edits: Sequence[Edit]) -> str:
    """Return the text with every edit made; those at one place are made in the order given."""
    pieces, position = [], 0
    for start, end, replacement in sorted(edits, key=lambda edit: edit[:2]):
        pieces += [source.data[position:start], replacement.encode()]
        position = max(position, end)
    return b"".join([*pieces, source.data[position:]]).decode()


def docstring_node(node: ast.Module | Defining) -> ast.Expr | None:
    """Return the statement that is the docstring of `node`."""
    first = node.body[0] if node.body else None
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
        return first
    return None


def is_type_checking_block(node: ast.stmt) -> bool:
    """Tell whether `node` is an `if TYPE_CHECKING:` that holds imports alone."""
    if not isinstance(node, ast.If) or node.orelse or not all(isinstance(inner, IMPORTING) for inner in node.body):
        return False
    test = node.test
    return (test.attr if isinstance(test, ast.Attribute) else getattr(test, "id", "")) == "TYPE_CHECKING"


def is_import(node: ast.stmt) -> bool:
    """Tell whether `node` is an import, or an `if TYPE_CHECKING:` block of imports."""
    return isinstance(node, IMPORTING) or is_type_checking_block(node)


def accessor(node: ast.stmt) -> str | None:
    """Return `gain.setter` of a method `gain` under `@gain.setter` (or `deleter`); it shares the property's name."""
    for decorator in node.decorator_list if isinstance(node, DEFINING) else ():
        if isinstance(decorator, ast.Attribute) and decorator.attr in ("setter", "deleter"):
            base = decorator.value
            if isinstance(base, ast.Name) and isinstance(node, DEFINING) and base.id == node.name:
                return f"{node.name}.{decorator.attr}"
    return None


def is_overload(node: ast.stmt) -> bool:
    """Tell whether `node` is one of the `@overload` twins of a definition."""
    decorators = node.decorator_list if isinstance(node, DEFINING) else []
    return any("overload" in (getattr(each, "id", ""), getattr(each, "attr", "")) for each in decorators)


def defined_names(node: ast.stmt, in_class: bool = False) -> tuple[str, ...]:
    """Return the names that `node` defines: a function, a class, or the plain targets of an assignment."""
    if isinstance(node, DEFINING):
        return ((accessor(node) if in_class else None) or node.name,)
    if isinstance(node, ast.Assign):
        return tuple(target.id for target in node.targets if isinstance(target, ast.Name))
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        return (node.target.id,)
    return ()


def all_names(source: Source) -> tuple[str, ...]:
    """Return what a module defines at its top level, methods as `C.forward`, each once."""
    names: list[str] = []
    for node in source.tree.body:
        names += defined_names(node)
        if isinstance(node, ast.ClassDef):
            names += [f"{node.name}.{name}" for inner in node.body for name in defined_names(inner, in_class=True)]
    return tuple(dict.fromkeys(names))


def imported_names(node: ast.stmt) -> tuple[str, ...]:
    """Return the names that an import, or a block of imports, binds; `*` for a star."""
    if isinstance(node, ast.Import | ast.ImportFrom):
        return tuple(alias.asname or alias.name.split(".")[0] for alias in node.names)
    return tuple(name for inner in node.body for name in imported_names(inner)) if isinstance(node, ast.If) else ()


def bound_names(node: ast.stmt) -> frozenset[str]:
    """Return every name that `node` binds or deletes where it stands, in whatever way; its suites are not looked into.

    An attribute `C.forward` that is assigned counts too, under that name; a star import gives `*`.
    """
    if isinstance(node, IMPORTING):
        return frozenset(imported_names(node))
    names = {node.name} if isinstance(node, DEFINING) else set()
    for child in _own_nodes(node):
        if isinstance(child, ast.Name) and not isinstance(child.ctx, ast.Load):
            names.add(child.id)
        elif isinstance(child, ast.Attribute) and not isinstance(child.ctx, ast.Load):
            names.add(f"{getattr(child.value, 'id', '')}.{child.attr}")
        elif isinstance(child, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and child.name:
            names.add(child.name)
        elif isinstance(child, ast.MatchMapping) and child.rest:
            names.add(child.rest)
    return frozenset(names)


def suites(node: ast.stmt) -> Iterator[list[ast.stmt]]:
    """Yield the blocks of statements inside `node`."""
    for name in SUITES:
        for part in (block := getattr(node, name, [])):
            if not isinstance(part, ast.stmt):  # an `except` or a `case`
                yield part.body
        if block and isinstance(block[0], ast.stmt):
            yield block


def _own_nodes(node: ast.stmt) -> Iterator[ast.AST]:
    """Yield what belongs to `node` itself, without its suites and what has a scope of its own."""
    waiting: list[ast.AST] = [node]
    while waiting:
        current = waiting.pop()
        if current is not node:
            yield current
        for name, value in ast.iter_fields(current):
            if name in ("body", "orelse", "finalbody") and isinstance(value, list):
                continue
            if isinstance(current, ast.Lambda) and name == "body":
                continue
            if isinstance(current, ast.comprehension) and name == "target":
                continue
            children = value if isinstance(value, list) else [value]
            waiting += [child for child in children if isinstance(child, ast.AST)]
