"""Claims about the limits of a test."""

from grader.limits import DEFAULT_LIMITS, Limits


def test_the_defaults_are_possible() -> None:
    """What holds where no file says otherwise breaks no rule."""
    assert DEFAULT_LIMITS.faults() == []


def test_impossible_limits_are_named() -> None:
    """Each limit that nothing could keep is one sentence."""
    assert Limits(memory_mib=512, disk_mib=-1).faults() == [
        "disk_mib: found -1, expected more than 0",
        "memory_mib: found 512, expected at least 768",
    ]
    assert Limits(cpu_s=0).faults() == ["cpu_s: found 0, expected more than 0"]
    assert Limits(cpu_s=30).faults() == ["wall_s: found 20, expected at least cpu_s, which is 30"]
