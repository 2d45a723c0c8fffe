"""Turns a topic's name and the items it must cover into the files that its author starts from.

Everything loads and builds as it stands. What still has to be said carries the mark of `UNWRITTEN`, which `grader verify` looks for.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

UNWRITTEN = "not written yet"
TASKS = ("first", "second", "third", "fourth")
TEMPLATES = Path(__file__).with_name("templates") / "topic"


def skeleton(topic: str, title: str, items: Mapping[str, Sequence[str]]) -> dict[Path, str]:
    """Return the text of each file, by its path in the course. `items` are what coverage.tsv asks for: by kind code, quiz, demo."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    loader = FileSystemLoader(TEMPLATES)
    environment = Environment(loader=loader, undefined=StrictUndefined, trim_blocks=True, keep_trailing_newline=True)  # noqa: S701 - no HTML
    environment.filters["quoted"] = lambda text: json.dumps(text, ensure_ascii=False)
    said = {"topic": topic, "title": title, "unwritten": UNWRITTEN, "tasks": TASKS, "code": _shares(items.get("code", ()))}
    said |= {"quiz": items.get("quiz", ()), "demo": items.get("demo", ())}
    texts = {path: environment.get_template(f"{name}.j2").render(said) for path, name in _files(topic).items()}
    return texts | {Path("solutions") / topic / "submissions" / "slow" / ".gitkeep": ""}


def unwritten(texts: Mapping[Path, str]) -> list[str]:
    """Return a sentence for each file that still carries the mark, with the first line of it."""
    found = []
    for path, text in texts.items():
        lines = [number for number, line in enumerate(text.splitlines(), start=1) if UNWRITTEN in line]
        if lines:
            more = f" and {len(lines) - 1} more" if len(lines) > 1 else ""
            found.append(f"{path.as_posix()} is {UNWRITTEN}: line {lines[0]}{more}")
    return found


def _files(topic: str) -> dict[Path, str]:
    """Return the name of the template of each file."""
    assignment, solution = Path("assignments") / topic, Path("solutions") / topic
    return {
        assignment / "assignment.toml": "assignment.toml",
        assignment / "handout.md": "handout.md",
        assignment / f"test_{topic}.py": "public.py",
        assignment / "quiz.toml": "quiz.toml",
        assignment / "figure.py": "figure.py",
        solution / f"{topic}.py": "reference.py",
        solution / f"test_{topic}_hidden.py": "hidden.py",
        solution / "quiz_answers.toml": "quiz_answers.toml",
        solution / "submissions" / "accepted" / "in_one_product.py": "accepted.py",
        solution / "submissions" / "wrong" / "forgets_the_bias.py": "wrong.py",
    }


def _shares(items: Sequence[str]) -> list[Sequence[str]]:
    """Deal the items out to the tasks, in their order."""
    share = -(-len(items) // len(TASKS))
    return [items[i * share : (i + 1) * share] for i in range(len(TASKS))]
