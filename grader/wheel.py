"""Turns the source of this package into the wheel that students install."""

import os
import tempfile
from functools import cache
from importlib.metadata import version
from pathlib import Path

from grader.errors import CourseError

DISTRIBUTION = "ml-course-grader"
PATTERN = "ml_course_grader-*.whl"


@cache
def wheel() -> tuple[str, bytes]:
    """Return file name and bytes of the wheel; the same source gives the same bytes, and no network is asked.

    `CourseError` where the package runs from somewhere else than its repository, or without hatchling.
    """
    source = Path(__file__).resolve().parents[1]
    if not (source / "pyproject.toml").is_file():
        raise CourseError(
            f"The wheel for students is built from the course's repository, and {source} is none: install with pip install -e ."
        )
    try:
        from hatchling.builders.wheel import WheelBuilder
    except ImportError as error:
        raise CourseError(f'A release needs {error.name}: pip install -c constraints.txt -e ".[instructor]"') from error
    with tempfile.TemporaryDirectory(prefix="grader-wheel-") as folder:
        before = os.environ.pop("SOURCE_DATE_EPOCH", None)  # hatchling's own date then stands in the archive, always the same
        try:
            [built] = WheelBuilder(str(source)).build(directory=folder, versions=["standard"])
        finally:
            if before is not None:
                os.environ["SOURCE_DATE_EPOCH"] = before
        return Path(built).name, Path(built).read_bytes()


def pinned(name: str) -> str:
    """Return `name==1.2.3` of an installed distribution, without what a build adds to its version."""
    return f"{name}=={version(name).partition('+')[0]}"
