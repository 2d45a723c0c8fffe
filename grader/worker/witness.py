"""Turns a run of a student's code into the names of what torch did for it, each with the student's line that asked for it.

Seen are calls that go through torch's Python names, operators that reach its dispatcher, and the modules and optimizers of
`torch` that are called. Not seen is another thread, and code that takes the witness away: what it reports can harm nobody else.
"""

import sys
import types
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from torch.nn.modules.module import register_module_forward_pre_hook
from torch.optim import optimizer as optimizers
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode

MOST_RECORDS = 2_000
MOST_FRAMES = 400
_MACHINERY = ("torch.overrides", "torch._jit_internal", "torch._ops", "torch.utils._contextlib")
_OWNERS = {"_VariableFunctionsClass": "torch", "TensorBase": "torch.Tensor", "Tensor": "torch.Tensor"}
_LIBRARIES = {"torch.functional": "torch", "torch._C._nn": "torch.nn.functional", "torch._VF": "torch"}


class Witness:
    """Records while `watching`. `own` is the file name of the student's module, `given` what was put in, which may call anything."""

    def __init__(self, own: str, given: types.CodeType | None) -> None:
        self._own = own
        self._others = set(_codes(given)) if given else set()
        self._seen: dict[tuple[str, str], int] = {}

    def trust(self, code: types.CodeType) -> None:
        """Leave out what `code`, which the judge wrote, calls itself."""
        self._others.update(_codes(code))

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Record what runs inside, in this thread."""
        hooks = [
            register_module_forward_pre_hook(lambda module, _: self._class(type(module), torch.nn, "torch.nn")),
            optimizers.register_optimizer_step_pre_hook(lambda own, *_: self._class(type(own), torch.optim, "torch.optim")),
        ]
        try:
            with _Functions(self), _Operators(self):
                yield
        finally:
            for hook in hooks:
                hook.remove()

    def records(self) -> list[list[object]]:
        """Return kind, name and line of what was seen, each name once; line 0 where no line of the module asked for it."""
        return [[kind, name, line] for (kind, name), line in self._seen.items()]

    def note(self, kind: str, name: str, called: object = None) -> None:
        """Record a name, unless put-in code or a probe asked for it; `called` is the function, where only a direct call counts."""
        if (kind, name) in self._seen or len(self._seen) >= MOST_RECORDS:
            return
        line = self._line(getattr(called, "__code__", None), called is not None)
        if line is not None:
            self._seen[kind, name] = line

    def _class(self, kind: type, library: types.ModuleType, place: str) -> None:
        for base in kind.__mro__:
            if getattr(library, base.__name__, None) is base:
                self.note("class", f"{place}.{base.__name__}")

    def _line(self, called: types.CodeType | None, direct: bool) -> int | None:
        """Return the line of the innermost frame that is the student's; None if the judge's code stands nearer."""
        frame = sys._getframe(2)
        for _ in range(MOST_FRAMES):
            code = frame.f_code
            if code in self._others:
                return None
            if code.co_filename == self._own:
                return frame.f_lineno
            if frame.f_back is None or frame.f_globals.get("__name__") == "grader.worker.cell":
                return 0
            module = str(frame.f_globals.get("__name__"))
            if direct and module.startswith("torch") and code is not called and module not in _MACHINERY:
                return None
            frame = frame.f_back
        return 0


class _Functions(TorchFunctionMode):
    def __init__(self, witness: Witness) -> None:
        super().__init__()
        self._witness = witness

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Mapping[str, Any] | None = None) -> Any:
        self._witness.note("function", _function_name(func), func)
        return func(*args, **(kwargs or {}))


class _Operators(TorchDispatchMode):  # type: ignore[no-untyped-call]
    def __init__(self, witness: Witness) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._witness = witness

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        # Else the first operator imports torch's compiler, a second of CPU time, to tell it to leave this mode alone.
        return False

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Mapping[str, Any] | None = None) -> Any:
        # What the autograd engine runs is nobody's call: the backward of one function may be made of another.
        if torch._C._current_graph_task_id() == -1:
            self._witness.note("operator", _operator_name(func, args))
        return func(*args, **(kwargs or {}))


def _function_name(func: Any) -> str:
    """Return the public name of a function, as `torch.softmax`, `torch.nn.functional.softmax` or `torch.Tensor.softmax`."""
    name = str(getattr(func, "__name__", ""))
    owner = str(getattr(func, "__qualname__", "")).rpartition(".")[0]
    module = str(getattr(func, "__module__", "") or "")
    if module == "torch._C._linalg":
        return f"torch.linalg.{name.removeprefix('linalg_')}"
    return f"{_OWNERS.get(owner) or _LIBRARIES.get(module, module)}.{name}"


def _operator_name(func: Any, args: Any) -> str:
    """Return an operator's name without its overload; a convolution with its dimensions, which its name does not tell."""
    name = str(func.name()).partition("::")[2].partition(".")[0]
    if name == "convolution" and len(args) > 6:
        return f"{name}{'_transpose' if args[6] else ''}{args[1].dim() - 2}d"
    return name


def _codes(code: types.CodeType) -> Iterator[types.CodeType]:
    yield code
    for inner in code.co_consts:
        if isinstance(inner, types.CodeType):
            yield from _codes(inner)
