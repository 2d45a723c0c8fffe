"""Turns an expression into the dotted names that it may stand for, without running anything."""

import ast
import builtins
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from grader.syntax import DEFINING, Defining, bound_names, suites

UNKNOWN = "?"
OWN = "own:"  # what the module defines itself; no dotted name of a library starts so
MANY = 256  # values of one name; more are not followed

Function = ast.FunctionDef | ast.AsyncFunctionDef
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
SEQUENCES = (ast.Tuple, ast.List)
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp


@dataclass
class Scope:
    """What the names of a module, a function, a lambda or a comprehension may stand for, whatever the order."""

    parent: "Scope | None"
    own: dict[str, list["str | tuple[ast.expr, Scope]"]] = field(default_factory=dict)
    stars: list[str] = field(default_factory=list)
    globals: set[str] = field(default_factory=set)

    def bind(self, name: str, value: "str | tuple[ast.expr, Scope]") -> None:
        """Add `value`, a dotted name or an expression and its scope, to what `name` may stand for."""
        self.own.setdefault(name, []).append(value)

    @property
    def module(self) -> "Scope":
        """Return the outermost scope."""
        scope = self
        while scope.parent is not None:
            scope = scope.parent
        return scope

    def owner(self, name: str) -> "Scope | None":
        """Return the scope in which `name` is bound; None if it is not bound in this text."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.globals:
                scope = scope.module
            if name in scope.own:
                return scope
            scope = scope.parent
        return None


def scope_of(body: Sequence[ast.stmt], parent: Scope | None) -> Scope:
    """Return the scope that the statements `body` make."""
    scope = Scope(parent)
    waiting = list(body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Global):
            scope.globals.update(node.names)
        _bind_statement(scope, node)
        if not isinstance(node, DEFINING):
            waiting += [inner for suite in suites(node) for inner in suite]
    for name in scope.globals & scope.own.keys():
        for value in scope.own.pop(name):
            scope.module.bind(name, value)
    return scope


def function_scope(node: Defining | ast.Lambda, parent: Scope) -> Scope:
    """Return the scope inside a function: its parameters may stand for their defaults, or for anything."""
    if isinstance(node, ast.ClassDef):
        return scope_of(node.body, parent)
    scope = Scope(parent) if isinstance(node, ast.Lambda) else scope_of(node.body, parent)
    arguments = node.args
    positional = [*arguments.posonlyargs, *arguments.args]
    defaults: list[tuple[ast.arg, ast.expr | None]] = []
    defaults += zip(reversed(positional), reversed(arguments.defaults), strict=False)
    defaults += zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    for argument in (*positional, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg):
        if argument is not None:
            scope.bind(argument.arg, UNKNOWN)
    for argument, default in defaults:
        if default is not None:
            scope.bind(argument.arg, (default, parent))
    return scope


def comprehension_scope(node: Comprehension, parent: Scope) -> Scope:
    """Return the scope inside a comprehension."""
    scope = Scope(parent)
    for generator in node.generators:
        _bind_loop(scope, generator.target, generator.iter, parent)
    return scope


def _bind_statement(scope: Scope, node: ast.stmt) -> None:
    before = {name: len(values) for name, values in scope.own.items()}
    if isinstance(node, ast.Import):
        for alias in node.names:
            root = alias.name.split(".")[0]
            scope.bind(alias.asname or root, alias.name if alias.asname else root)
    elif isinstance(node, ast.ImportFrom):
        module = "." * node.level + (node.module or "")
        scope.stars += [module for alias in node.names if alias.name == "*"]
        for alias in node.names:
            scope.bind(alias.asname or alias.name, f"{module}.{alias.name}")
    elif isinstance(node, DEFINING):
        scope.bind(node.name, f"{OWN}{node.name}")
    elif isinstance(node, ast.Assign):
        for target in node.targets:
            _bind_target(scope, target, node.value)
    elif isinstance(node, ast.AnnAssign | ast.AugAssign) and node.value is not None:
        _bind_target(scope, node.target, node.value)
    elif isinstance(node, ast.For | ast.AsyncFor):
        _bind_loop(scope, node.target, node.iter, scope)
    elif isinstance(node, ast.With | ast.AsyncWith):
        for item in node.items:
            if item.optional_vars is not None:
                _bind_target(scope, item.optional_vars, item.context_expr)
    names = frozenset[str]() if isinstance(node, DEFINING) else bound_names(node)
    for walrus in ast.walk(node) if names else ():
        if isinstance(walrus, ast.NamedExpr) and walrus.target.id in names:
            scope.bind(walrus.target.id, (walrus.value, scope))
    for name in names:
        if len(scope.own.get(name, ())) == before.get(name, 0):
            scope.bind(name, UNKNOWN)


def _bind_target(scope: Scope, target: ast.expr, value: ast.expr, outer: Scope | None = None) -> None:
    """Bind the names of `target`, element by element where both sides have as many."""
    if isinstance(target, ast.Name):
        scope.bind(target.id, (value, outer or scope))
    elif isinstance(target, SEQUENCES) and isinstance(value, SEQUENCES) and len(target.elts) == len(value.elts):
        for left, right in zip(target.elts, value.elts, strict=True):
            _bind_target(scope, left, right, outer)


def _bind_loop(scope: Scope, target: ast.expr, iterated: ast.expr, outer: Scope) -> None:
    for element in iterated.elts if isinstance(iterated, ast.Tuple | ast.List | ast.Set) else ():
        _bind_target(scope, target, element, outer)
    for name in ast.walk(target):
        if isinstance(name, ast.Name):
            scope.bind(name.id, UNKNOWN)


class Resolver:
    """Follows names through imports, assignments, `getattr` and their like.

    Names that stand for each other are found in rounds: a round knows what the round before found.
    """

    def __init__(self, tree: ast.Module) -> None:
        """Make the scope of the module, with what its functions bind in it through `global`."""
        self.module = scope_of(tree.body, None)
        self._functions: dict[str, list[Function]] = {}
        self._scopes: dict[ast.AST, Scope] = {}
        nodes = list(ast.walk(tree))
        functions = [node for node in nodes if isinstance(node, FUNCTIONS)]
        has_globals = any(isinstance(node, ast.Global) for node in nodes)
        for node in functions:
            self._functions.setdefault(node.name, []).append(node)
            if has_globals:
                self.scope(node, self.module)
        self._known: dict[tuple[int, str], frozenset[str]] = {}
        self._asked: set[tuple[int, str]] = set()
        self._active: set[tuple[int, str]] = set()
        self._circular = self._grown = False

    def another_round(self) -> bool:
        """Tell whether names stood for each other in a circle, so that asking again may find more; start anew."""
        more = self._circular and self._grown
        self._circular = self._grown = False
        self._asked.clear()
        return more

    def scope(self, node: Defining | ast.Lambda | Comprehension, parent: Scope) -> Scope:
        """Return the scope inside `node`, the same one each time."""
        if node not in self._scopes:
            if isinstance(node, ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
                self._scopes[node] = comprehension_scope(node, parent)
            else:
                self._scopes[node] = function_scope(node, parent)
        return self._scopes[node]

    def resolve(self, node: ast.expr, scope: Scope) -> frozenset[str]:
        """Return the dotted names that `node` may stand for; `?` for what is not known."""
        return frozenset(sorted(self._values(node, scope))[:MANY]) or frozenset({UNKNOWN})

    def _values(self, node: ast.expr, scope: Scope) -> Iterator[str]:
        if isinstance(node, ast.Name):
            yield from self._name(node.id, scope)
        elif isinstance(node, ast.Attribute):
            yield from (join(value, node.attr) for value in self.resolve(node.value, scope))
        elif isinstance(node, ast.IfExp):
            yield from self.resolve(node.body, scope) | self.resolve(node.orelse, scope)
        elif isinstance(node, ast.BoolOp):
            yield from (value for part in node.values for value in self.resolve(part, scope))
        elif isinstance(node, ast.NamedExpr):
            yield from self.resolve(node.value, scope)
        elif isinstance(node, ast.Subscript):
            yield from self._item(node, scope)
        elif isinstance(node, ast.Call):
            for function in self.resolve(node.func, scope):
                yield from self._result(function, node, scope)

    def _name(self, name: str, scope: Scope) -> frozenset[str]:
        owner = scope.owner(name)
        if owner is None:
            stars = frozenset(f"{module}.{name}" for module in scope.module.stars)
            return stars or frozenset({f"builtins.{name}" if hasattr(builtins, name) else UNKNOWN})
        key = (id(owner), name)
        self._circular = self._circular or key in self._active
        if key not in self._asked:
            self._asked.add(key)
            self._active.add(key)
            found = [{value} if isinstance(value, str) else self.resolve(*value) for value in owner.own[name]]
            self._active.discard(key)
            values = frozenset().union(*found)
            self._grown = self._grown or values != self._known.get(key)
            self._known[key] = values
        return self._known.get(key, frozenset())

    def _item(self, node: ast.Subscript, scope: Scope) -> Iterator[str]:
        name = literal(node.slice)
        for value in self.resolve(node.value, scope):
            if value == "sys.modules" and name:
                yield name
            elif value.endswith(".__dict__") and name:
                yield join(value.removesuffix(".__dict__"), name)

    def _result(self, function: str, node: ast.Call, scope: Scope) -> Iterator[str]:
        """Yield what a call of `function` may return."""
        first = self.resolve(node.args[0], scope) if node.args else frozenset[str]()
        name = literal(node.args[0]) if node.args else None
        last = literal(node.args[1]) if len(node.args) > 1 else None
        if function == "builtins.getattr" and last:
            yield from (join(value, last) for value in first)
        elif function == "builtins.vars":
            yield from (join(value, "__dict__") for value in first)
        elif function == "builtins.__import__" and name:
            yield name.split(".")[0]
        elif function == "importlib.import_module" and name:
            yield name
        elif function == "functools.partial":
            yield from first
        elif function in ("operator.attrgetter", "operator.methodcaller") and name:
            yield f"{function}:{name}"
        elif function.startswith("operator.") and ":" in function:
            yield from (join(value, function.partition(":")[2]) for value in first)
        elif function.startswith(OWN):
            own = function.removeprefix(OWN)
            yield from self._name(self._returned(own), self.module) if own in self._functions else (function,)

    def _returned(self, name: str) -> str:
        """Return the name under which the module's scope holds what its function `name` returns."""
        key = f"{name}()"
        if key not in self.module.own:
            self.module.own[key] = []
            for function in self._functions[name]:
                for node in ast.walk(function):
                    if isinstance(node, ast.Return) and node.value is not None:
                        self.module.bind(key, (node.value, self.scope(function, self.module)))
        return key


def join(value: str, attribute: str) -> str:
    """Return the dotted name of an attribute; that of something unknown is written `?.attribute`."""
    return f"{UNKNOWN}.{attribute}" if value.startswith(UNKNOWN) else f"{value}.{attribute}"


def literal(node: ast.expr | None) -> str | None:
    """Return the string that `node` spells out, joined with `+` or in an f-string without values."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = literal(node.left), literal(node.right)
        return left + right if left is not None and right is not None else None
    if isinstance(node, ast.JoinedStr):
        parts = [literal(part.value if isinstance(part, ast.FormattedValue) else part) for part in node.values]
        return "".join(part for part in parts if part) if None not in parts else None
    return None
