"""Turns a submission's text into the forbidden calls that a task's definition can reach in it."""

import ast
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from grader.names import COMPREHENSIONS, OWN, UNKNOWN, Resolver, Scope, literal
from grader.syntax import DEFINING, IMPORTING, bound_names, read, suites

SAME = ("torch._C.", "torch._C._nn.", "torch._C._VariableFunctions.", "torch._VF.", "torch.functional.")
OPAQUE = ("eval", "exec", "compile", "globals", "locals", "__builtins__")  # what they reach cannot be read in the text
GETATTR = "builtins.getattr"
BY_NAME = frozenset({GETATTR, "builtins.__import__", "importlib.import_module", "operator.attrgetter"})
REACHING = frozenset({"getattr", "vars", "__dict__", "__import__", "import_module", "sys", "attrgetter", "methodcaller"})
ALL_OF_SELF = ("children", "modules", "named_children", "named_modules", "_modules", "__dict__")


@dataclass(frozen=True, order=True)
class Hit:
    """A forbidden call, as the assignment names it, and the line where it is mentioned.

    Not certain: the text alone does not tell, as with a method of something unknown, a star import, or `eval`.
    """

    line: int
    call: str
    certain: bool


def find_forbidden(text: str, entry: str, forbid: Sequence[str]) -> tuple[Hit, ...]:
    """Return where `entry`, or anything of the module that it reaches by name, mentions a forbidden call.

    Aliases are followed: of modules and functions, in assignments, default arguments, attributes of `self`,
    `getattr` with a literal. A mention counts, called or not; an annotation or an import that nothing uses does not.
    `SyntaxError` if `text` does not parse.
    """
    tree = read(text).tree
    if not _may_hit(text, forbid):
        return ()
    search = _Search(tree, forbid)
    try:
        hits = search.run(entry)
        rounds = 1
        while search.resolver.another_round() and rounds < 8:
            hits |= search.run(entry)
            rounds += 1
    except RecursionError:
        hits = {Hit(1, "a chain of names too long to follow", False)}
    certain = {(hit.line, hit.call) for hit in hits if hit.certain}
    return tuple(sorted(hit for hit in hits if hit.certain or (hit.line, hit.call) not in certain))


def _may_hit(text: str, forbid: Sequence[str]) -> bool:
    """Tell whether `text` spells a forbidden name, or a word that reaches for names by other means: most texts do not."""
    words = {call.rpartition(".")[2] for call in forbid} | REACHING.union(OPAQUE)
    plain = unicodedata.normalize("NFKC", text)  # as Python reads identifiers
    return any(word in plain for word in words)


@dataclass(frozen=True)
class _Place:
    """Where a piece of text stands: its scope, the class whose method it is part of, and the name of `self` there."""

    scope: Scope
    owner: ast.ClassDef | None = None
    itself: str | None = None
    certain: bool = True


class _Search:
    """Walks from a definition to everything of its module that it mentions, once each."""

    def __init__(self, tree: ast.Module, forbid: Sequence[str]) -> None:
        self.resolver = Resolver(tree)
        self.forbid = forbid
        self.units = _units(tree)
        classes = [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
        self.methods = {name for node in classes for inner in node.body for name in bound_names(inner)}
        self.members: dict[ast.ClassDef, dict[str, list[tuple[ast.AST, _Place]]]] = {}
        self.hits: set[Hit] = set()
        self.seen: set[ast.AST] = set()
        self.waiting: list[tuple[ast.AST, _Place]] = []

    def run(self, entry: str) -> set[Hit]:
        self.seen.clear()
        owner, _, method = entry.partition(".")
        top = _Place(self.resolver.module)
        if not method:
            self._reach(entry, top)
        for node in self.units.get(owner, []) if method else []:
            if isinstance(node, ast.ClassDef):
                self.waiting += [(base, top) for base in (*node.bases, *node.keywords, *node.decorator_list)]
                self._reach_member(node, method, top)
        while self.waiting:
            node, place = self.waiting.pop()
            if node not in self.seen:
                self.seen.add(node)
                self._look(node, place)
        return self.hits

    def _reach(self, name: str, place: _Place) -> None:
        """Go on with every module-level statement that binds `name`, or an attribute of it."""
        for node in self.units.get(name, []):
            if not isinstance(node, IMPORTING):
                self.waiting.append((node, _Place(self.resolver.module, certain=place.certain)))

    def _reach_member(self, owner: ast.ClassDef, name: str, place: _Place) -> None:
        """Go on with what `self.name` may be: a method, an attribute of the class, whatever is assigned to it."""
        if owner not in self.members:
            self.members[owner] = self._members(owner)
        members = self.members[owner].get(name, [])
        self.waiting += [(node, replace(there, certain=place.certain)) for node, there in members]
        self._reach(f"{owner.name}.{name}", place)

    def _members(self, owner: ast.ClassDef) -> dict[str, list[tuple[ast.AST, _Place]]]:
        """Return, for each attribute that the class or `self` in its methods is given, what binds it."""
        members: dict[str, list[tuple[ast.AST, _Place]]] = {}
        outside = _Place(self.resolver.module)
        for node in owner.body:
            place = _method_place(owner, node, outside)
            for name in bound_names(node):
                members.setdefault(name, []).append((node, place))
            if place.itself is None or not isinstance(node, DEFINING):
                continue
            inside = replace(place, scope=self.resolver.scope(node, outside.scope))
            for inner in ast.walk(node):
                for name in bound_names(inner) if isinstance(inner, ast.stmt) else ():
                    if name.startswith(f"{place.itself}."):
                        members.setdefault(name.partition(".")[2], []).append((inner, inside))
        return members

    def _look(self, node: ast.AST, place: _Place) -> None:
        """Check one node and go on with what is inside it."""
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            if place.owner is not None and node.id == place.itself:  # `self` goes somewhere as a whole
                self.waiting.append((place.owner, _Place(self.resolver.module, certain=False)))
            elif place.scope.owner(node.id) in (None, self.resolver.module):
                self._reach(node.id, place)
        if isinstance(node, ast.Name | ast.Attribute | ast.Call | ast.Subscript):
            self._check(node, place)
        if place.owner is not None and isinstance(node, ast.Attribute) and _is_name(node.value, place.itself):
            self._reach_member(place.owner, node.attr, place)
            if node.attr in ALL_OF_SELF:
                self.waiting.append((place.owner, _Place(self.resolver.module, certain=False)))
            return
        self.waiting += self._inside(node, place)

    def _inside(self, node: ast.AST, place: _Place) -> Iterator[tuple[ast.AST, _Place]]:
        """Yield the children of `node`, each in its place; annotations are left out."""
        if isinstance(node, ast.ClassDef):
            yield from ((part, place) for part in (*node.decorator_list, *node.bases, *node.keywords))
            body = _Place(self.resolver.scope(node, place.scope), certain=place.certain)
            for inner in node.body:
                yield inner, _method_place(node, inner, place) if isinstance(inner, DEFINING) else body
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            inside = _Place(self.resolver.scope(node, place.scope), place.owner, place.itself, place.certain)
            outer = [*node.args.defaults, *filter(None, node.args.kw_defaults), *getattr(node, "decorator_list", [])]
            yield from ((part, place) for part in outer)
            yield from ((part, inside) for part in (node.body if isinstance(node.body, list) else [node.body]))
        elif isinstance(node, COMPREHENSIONS):
            inside = _Place(self.resolver.scope(node, place.scope), place.owner, place.itself, place.certain)
            yield node.generators[0].iter, place
            for child in ast.iter_child_nodes(node):
                parts = [child] if not isinstance(child, ast.comprehension) else [*child.ifs, child.iter]
                yield from ((part, inside) for part in parts)
        else:
            left_out = getattr(node, "annotation", None)
            yield from ((child, place) for child in ast.iter_child_nodes(node) if child is not left_out)

    def _check(self, node: ast.Name | ast.Attribute | ast.Call | ast.Subscript, place: _Place) -> None:
        values = self.resolver.resolve(node, place.scope)
        starred = isinstance(node, ast.Name) and place.scope.owner(node.id) is None
        for value in values:
            for call in self.forbid:
                certain = self._matches(value, call)
                if certain is not None:
                    self.hits.add(Hit(node.lineno, call, certain and place.certain and not starred))
        if what := self._opaque(node, values, place):
            self.hits.add(Hit(node.lineno, what, False))

    def _matches(self, value: str, call: str) -> bool | None:
        """Tell whether `value` is the forbidden `call`: surely, perhaps, or (None) not."""
        place, _, name = value.rpartition(".")
        if value == call:
            return True
        if not place or name != call.rpartition(".")[2]:
            return None
        if place == UNKNOWN or (place.startswith(OWN) and "." in place):
            return None if name in self.methods else call.startswith("torch.Tensor.")
        if place.split(".")[0] != call.split(".", maxsplit=1)[0]:
            return None
        return f"{place}." in SAME or place.startswith(("torch.nn.modules.", "torch.ops."))

    def _opaque(self, node: ast.AST, values: frozenset[str], place: _Place) -> str | None:
        """Return what in `node` reaches for a name that the text does not spell out."""
        if isinstance(node, ast.Name):
            return next((value for value in values if value.removeprefix("builtins.") in OPAQUE), None)
        if isinstance(node, ast.Subscript) and literal(node.slice) is None:
            tables = self.resolver.resolve(node.value, place.scope)
            return next((table for table in tables if table.endswith(".__dict__") and self._near(table)), None)
        if isinstance(node, ast.Call):
            arguments = [self.resolver.resolve(part, place.scope) for part in node.args]
            for function in self.resolver.resolve(node.func, place.scope) & BY_NAME:
                of_library = function != GETATTR or (arguments and any(map(self._near, arguments[0])))
                spelled = node.args[1 if function == GETATTR else 0 :][:1]
                if of_library and not (spelled and literal(spelled[0]) is not None):
                    return function.removeprefix("builtins.")
            return "getattr" if any(GETATTR in values for values in arguments) else None
        return None

    def _near(self, value: str) -> bool:
        """Tell whether `value` is part of a library that has a forbidden call."""
        return value.split(".", maxsplit=1)[0] in {call.split(".")[0] for call in self.forbid}


def _units(tree: ast.Module) -> dict[str, list[ast.AST]]:
    """Return, for each name bound at the top level or declared global, what binds it."""
    units: dict[str, list[ast.AST]] = {}
    waiting = list(tree.body)
    while waiting:
        node = waiting.pop()
        parts: list[ast.AST] = [node]
        if not isinstance(node, DEFINING):
            waiting += [inner for suite in suites(node) for inner in suite]
            inside = {inner for suite in suites(node) for inner in suite}
            parts = [node] if not inside else [part for part in ast.iter_child_nodes(node) if part not in inside]
        for name in bound_names(node):
            units.setdefault(name, []).extend(parts)
            if "." in name:  # `Own.run = …` is part of whatever mentions Own
                units.setdefault(name.split(".")[0], []).extend(parts)
    for node in tree.body:  # what a function declares global, anything that runs it binds
        for inner in ast.walk(node):
            for name in inner.names if isinstance(inner, ast.Global) else ():
                units.setdefault(name, []).append(node)
    return units


def _is_name(node: ast.expr, name: str | None) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _method_place(owner: ast.ClassDef, node: ast.stmt, outside: _Place) -> _Place:
    """Return the place of a statement in the body of a class; a method's first parameter is `self` there."""
    itself = None
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        arguments = [*node.args.posonlyargs, *node.args.args]
        static = any(getattr(each, "id", "") == "staticmethod" for each in node.decorator_list)
        itself = arguments[0].arg if arguments and not static else None
    return _Place(outside.scope, owner, itself, outside.certain)
