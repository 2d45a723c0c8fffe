"""Turns a rule that is applied again and again into a pass, or into the step at which it leaves its course."""

from collections.abc import Callable, Sequence

from grader.checks.values import Array, close, unpack
from grader.result import Failure

State = Sequence[Array]


def trajectory(
    step: Callable[..., object],
    reference_step: Callable[..., Sequence[Array]],
    start: State,
    *,
    steps: int,
    names: Sequence[str],
    rtol: float | None = None,
    hint: int | None = None,
) -> None:
    """Require that `steps` applications of `step` follow the reference, state by state: each goes on from its own state.

    A state is a sequence of arrays called `names`, given to the step as so many arguments and returned as so many values. What is forgotten
    between steps (a sum, a count) shows at the second one or later, which is why one step is not enough.
    """
    state: Sequence[object] = start
    expected = start
    for number in range(1, steps + 1):
        state = unpack(step(*state), len(names), what=f"What step {number} returns", hint=hint)
        expected = reference_step(*expected)
        for name, found, wanted in zip(names, state, expected, strict=True):
            try:
                close(found, wanted, what=f"{name} after step {number}", rtol=rtol, hint=hint)
            except Failure as failure:
                before = (
                    "" if number == 1 else " The first step was right." if number == 2 else f" The first {number - 1} steps were right."
                )
                message = failure.message + before
                raise Failure(failure.verdict, message, shown=failure.shown, detail=failure.detail, hint=hint, got=failure.got) from None
