"""Turns the result of one file into the files that other programs were promised: JUnit, Gradescope, GitHub's summary."""

import os
from dataclasses import dataclass
from pathlib import Path

import click

from grader import exchange
from grader.exchange import Refusal
from grader.result import Result
from grader.workspace import write_atomically

OUTPUT_FILE = click.Path(dir_okay=False, path_type=Path)


@dataclass(frozen=True, kw_only=True)
class Outputs:
    """Where to write what; None is not written."""

    junit: Path | None = None
    gradescope: Path | None = None
    summary: Path | None = None

    def write(self, told: Result | Refusal) -> None:
        """Write each file; without one for the summary it is added to GitHub's page, where other steps write too."""
        if self.junit is not None:
            write_atomically(self.junit, exchange.junit(told))
        if self.gradescope is not None:
            write_atomically(self.gradescope, exchange.gradescope(told))
        if self.summary is not None:
            write_atomically(self.summary, exchange.markdown(told).encode())
        elif page := os.environ.get("GITHUB_STEP_SUMMARY"):
            with Path(page).open("a", encoding="utf-8") as file:
                file.write(exchange.markdown(told))
