"""Turns a reference into variants that each differ from it in one small thing, as a slip of the hand would."""

import ast
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from grader.syntax import DEFINING, Defining, Source, apply_edits, docstring_node, read

_ARITHMETIC: dict[type[ast.operator], str] = {
    ast.Add: "-", ast.Sub: "+", ast.Mult: "/", ast.Div: "*", ast.FloorDiv: "/", ast.Mod: "//", ast.Pow: "*",
    ast.BitAnd: "|", ast.BitOr: "&",
}  # fmt: skip
_COMPARING: dict[type[ast.cmpop], tuple[str, ...]] = {
    ast.Lt: ("<=", ">"), ast.LtE: ("<", ">="), ast.Gt: (">=", "<"), ast.GtE: (">", "<="), ast.Eq: ("!=",), ast.NotEq: ("==",),
    ast.Is: ("is not",), ast.IsNot: ("is",), ast.In: ("not in",), ast.NotIn: ("in",),
}  # fmt: skip


_SYMMETRIC = {
    "transpose", "swapaxes", "swapdims", "maximum", "minimum", "max", "min", "equal", "isclose", "allclose", "add", "mul", "dot", "inner",
    "logaddexp",
}  # fmt: skip
"""Functions whose first two arguments may change places: a mutant would be the same program."""

_ASSERTING = {"strict=True", "strict=False"}
"""Keywords that only watch over what holds anyway."""


@dataclass(frozen=True, kw_only=True, order=True)
class Mutant:
    """The reference with one change inside the definition of a task. `change` tells it: `line 12: a + b becomes a - b`.

    The lines count from the definition's own first line, so that what stands above it changes nothing.
    """

    entry: str
    line: int
    change: str
    definition: str
    module: str

    @property
    def digest(self) -> str:
        """Sixteen digits that name the mutant as long as its definition stays as it is."""
        return hashlib.sha256(f"{self.entry}\n{self.definition}".encode()).hexdigest()[:16]


def mutants(text: str, entries: Sequence[str]) -> tuple[Mutant, ...]:
    """Return every mutant of the definitions `entries` of a module, in their order; two ways to one text count once."""
    source = read(text)
    found: dict[str, Mutant] = {}
    for entry in entries:
        for node in _definitions(source.tree, entry):
            for place, old, new in _Changes(source).of(node):
                start, end = source.start(place), source.end(place)
                module = apply_edits(source, [(start, end, new)])
                if module != text and module not in found and _parses(module):
                    line = place.lineno - node.lineno + 1
                    change = f"line {line}: {_short(old)} becomes {_short(new) or 'nothing'}"
                    definition = source.text(source.start(node), start) + new + source.text(end, source.end(node))
                    found[module] = Mutant(entry=entry, line=line, change=change, definition=definition, module=module)
    return tuple(found.values())


Change = tuple[ast.expr | ast.stmt, str, str]
"""A node, its text, and the text that takes its place."""


@dataclass(frozen=True)
class _Changes:
    """Yields what can be changed below a definition: never its signature's annotations, docstrings or names."""

    source: Source

    def of(self, node: ast.AST) -> Iterator[Change]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.arguments):
                yield from self._arguments(child)
                continue
            if child is getattr(node, "returns", None) or child is getattr(node, "annotation", None) or _is_text(node, child):
                continue
            if isinstance(node, ast.Raise) or (isinstance(child, ast.keyword) and child.arg == "strict"):
                continue  # what an exception says, and what is only said to be sure of, is no behaviour
            if isinstance(child, ast.expr):
                yield from self._expression(child)
            elif isinstance(child, ast.stmt):
                yield from self._statement(child)
            yield from self.of(child)

    def _arguments(self, arguments: ast.arguments) -> Iterator[Change]:
        for default in (*arguments.defaults, *filter(None, arguments.kw_defaults)):
            yield from self._expression(default)
            yield from self.of(default)

    def _expression(self, node: ast.expr) -> Iterator[Change]:
        text = self._text(node)
        for new in self._instead(node):
            yield node, text, new

    def _instead(self, node: ast.expr) -> Iterator[str]:
        match node:
            case ast.BinOp(left=left, op=op, right=right):
                yield from self._operated(left, op, right)
            case ast.UnaryOp(operand=operand):
                yield f"({self._text(operand)})"
            case ast.Compare(left=left, ops=[op], comparators=[right]):
                yield from (f"({self._text(left)} {other} {self._text(right)})" for other in _COMPARING.get(type(op), ()))
            case ast.BoolOp(op=op, values=values):
                word = " or " if isinstance(op, ast.And) else " and "
                yield f"({word.join(f'({self._text(value)})' for value in values)})"
                yield from (f"({self._text(value)})" for value in values)
            case ast.Constant(value=value):
                yield from _constants(value)
            case ast.IfExp(test=test, body=body, orelse=orelse):
                yield f"({self._text(orelse)} if {self._text(test)} else {self._text(body)})"
            case ast.Call():
                yield from self._called(node)
            case ast.Subscript(value=value, slice=ast.Slice()):
                yield self._text(value)
            case ast.ListComp(generators=[ast.comprehension(ifs=[_, *_]) as generator]):
                yield self._text(node).replace(f" if {self._text(generator.ifs[0])}", "", 1)

    def _operated(self, left: ast.expr, op: ast.operator, right: ast.expr) -> Iterator[str]:
        first, second = f"({self._text(left)})", f"({self._text(right)})"
        if type(op) in _ARITHMETIC:
            yield f"({first} {_ARITHMETIC[type(op)]} {second})"
        if isinstance(op, ast.Sub | ast.Div | ast.MatMult | ast.Pow):
            sign = {ast.Sub: "-", ast.Div: "/", ast.MatMult: "@", ast.Pow: "**"}[type(op)]
            yield f"({second} {sign} {first})"
        yield first
        yield second

    def _called(self, node: ast.Call) -> Iterator[str]:
        function, arguments = self._text(node.func), [self._text(each) for each in node.args]
        keywords = [(word.arg, self._text(word.value)) for word in node.keywords]
        written = [*arguments, *(f"{name}={value}" if name else f"**{value}" for name, value in keywords)]
        symmetric = function.rpartition(".")[2] in _SYMMETRIC
        for i in () if symmetric else range(len(node.args) - 1):
            swapped = [*arguments[:i], arguments[i + 1], arguments[i], *arguments[i + 2 :]]
            yield f"{function}({', '.join([*swapped, *written[len(arguments) :]])})"
        for i in range(len(arguments), len(written)):  # a keyword left out: the default takes its place
            if written[i] in _ASSERTING:
                continue
            yield f"{function}({', '.join([*written[:i], *written[i + 1 :]])})"
        if isinstance(node.func, ast.Attribute) and not _is_module(node.func.value):
            yield self._text(node.func.value)  # `x.detach()` becomes `x`
        elif len(node.args) >= 1:
            yield f"({arguments[0]})"

    def _statement(self, node: ast.stmt) -> Iterator[Change]:
        text = self._text(node)
        match node:
            case ast.AugAssign(target=target, op=op, value=value):
                if type(op) in _ARITHMETIC:
                    yield node, text, f"{self._text(target)} {_ARITHMETIC[type(op)]}= {self._text(value)}"
                yield node, text, f"{self._text(target)} = {self._text(value)}"
                yield node, text, "pass"
            case ast.Expr(value=ast.Call()) | ast.Assign() | ast.Raise() | ast.Assert():
                yield node, text, "pass"
            case ast.If(test=test):
                for word in ("True", "False"):
                    yield test, self._text(test), word
            case ast.Continue() | ast.Break():
                yield node, text, "pass"

    def _text(self, node: ast.expr | ast.stmt) -> str:
        return self.source.text(self.source.start(node), self.source.end(node))


def _constants(value: object) -> Iterator[str]:
    if isinstance(value, bool):
        yield str(not value)
    elif isinstance(value, int):
        yield from (f"({value + 1})", f"({value - 1})")
    elif isinstance(value, float):
        yield from (repr(value * 2), repr(value + 1.0)) if value else ("1.0",)
    elif isinstance(value, str) and value:
        yield repr(f"{value}~")


def _definitions(tree: ast.Module, entry: str) -> Iterator[Defining]:
    owner, _, method = entry.partition(".")
    for node in tree.body:
        if isinstance(node, DEFINING) and node.name == owner:
            yield from (inner for inner in node.body if isinstance(inner, DEFINING) and inner.name == method) if method else (node,)


def _is_text(owner: ast.AST, child: ast.AST) -> bool:
    return isinstance(owner, (ast.Module, *DEFINING)) and child is docstring_node(owner)


def _is_module(node: ast.expr) -> bool:
    """Tell whether a call's owner is a library rather than a value: `torch.exp(x)` is no call on `torch`."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name) and node.id in ("torch", "np", "math", "F", "nn", "gymnasium", "itertools", "self")


def _parses(text: str) -> bool:
    try:
        read(text)
    except SyntaxError:
        return False
    return True


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 60 else f"{line[:57]}…"
