"""Turns a limit that was passed into the failure that tells its student what the limit was and what was used.

What was used is a number that student code chooses, so in a hidden test it could carry an input out. `message` tells it in four steps only
(more than the limit, than twice, five times, ten times as much); the figure itself is in `shown`, for public tests, and in `detail`.
"""

from grader.limits import Limits
from grader.result import Failure, LateFailure, Verdict

_MIB = 1 << 20
_STEPS = ((10, "more than ten times the"), (5, "more than five times the"), (2, "more than twice the"))


def cpu(used_s: float, limits: Limits) -> Failure:
    """Return the failure of code that used `used_s` of CPU time, its children's included."""
    message = f"Your code used {_much(used_s, limits.cpu_s)} {limits.cpu_s:g} s of CPU time that a test may use."
    return _failure(Verdict.TIMEOUT, message, f"It used {used_s:.1f} s.")


def wall(used_s: float, cpu_s: float, limits: Limits) -> LateFailure:
    """Return the failure of code that did not answer; how little CPU time it used tells that it waited."""
    used = f"It had {used_s:.1f} s and used {cpu_s:.1f} s of CPU time."
    return LateFailure(Verdict.TIMEOUT, f"Your code did not answer within {limits.wall_s:g} s.", shown=used, detail=used)


def memory(used_mib: float, limits: Limits) -> Failure:
    """Return the failure of code whose processes together held `used_mib`."""
    much = _much(used_mib, limits.memory_mib)
    message = f"Your code used {much} {limits.memory_mib:,} MiB of memory that a test may use."
    return _failure(Verdict.MEMORY, message, f"It held {used_mib:,.0f} MiB.")


def killed_for_memory(limits: Limits) -> Failure:
    """Return the failure of code that the kernel ended when it asked for more than its group may hold."""
    message = f"Your code used more than the {limits.memory_mib:,} MiB of memory that a test may use."
    return _failure(Verdict.MEMORY, message, f"It held {limits.memory_mib:,} MiB and asked for more, so the kernel ended it.")


def output(used_bytes: int, limits: Limits) -> Failure:
    """Return the failure of code that printed `used_bytes` before it was stopped."""
    message = f"Your code printed more than the {limits.output_mib} MiB that a test may print."
    return _failure(Verdict.OUTPUT, message, f"It had printed {_mib(used_bytes)} when it was stopped.")


def disk(used_bytes: int, files: int, most_files: int, limits: Limits) -> Failure:
    """Return the failure of code that wrote too much, or too many files."""
    used = f"It wrote {_mib(used_bytes)} in {_count(files, most_files)}."
    if files > most_files:
        return _failure(Verdict.DISK, f"Your code made more than the {most_files:,} files that a test may make.", used)
    much = _much(used_bytes, limits.disk_mib * _MIB)
    return _failure(Verdict.DISK, f"Your code wrote {much} {limits.disk_mib} MiB to disk that a test may write.", used)


REFUSED = (Verdict.MEMORY, Verdict.DISK, Verdict.PROCESSES)


def refused(failure: Failure, limits: Limits, *, held_mib: float, written: tuple[int, int], tasks: int) -> Failure:
    """Return a failure of `REFUSED`, where the kernel refused something, with the limit and with what the code had of it."""
    told = {
        Verdict.MEMORY: (
            f" A test may use {limits.memory_mib:,} MiB.",
            f"It had {held_mib:,.0f} MiB of addresses already, of which Python and torch take about 650.",
        ),
        Verdict.DISK: (f" It may write {limits.disk_mib} MiB.", f"It had written {_mib(written[0])} in {written[1]:,} files."),
        Verdict.PROCESSES: (f" It may run {limits.processes} at once.", f"It ran {tasks}."),
    }
    limit, used = told[failure.verdict]
    shown, detail = (f"{used}\n{text}".strip() for text in (failure.shown, failure.detail))
    return Failure(failure.verdict, failure.message + limit, shown=shown, detail=detail)


def _failure(verdict: Verdict, message: str, used: str) -> Failure:
    return Failure(verdict, message, shown=used, detail=used)


def _much(used: float, limit: float) -> str:
    return next((words for times, words in _STEPS if used > times * limit), "more than the")


def _mib(size: int) -> str:
    return f"{size / _MIB:,.1f} MiB"


def _count(files: int, most: int) -> str:
    return f"{files:,} file{'' if files == 1 else 's'}" if files <= most else f"more than {most:,} files"
