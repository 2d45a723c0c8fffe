"""Turns a handout into its hints: three levels for each task, wherever somebody asks for the next one."""

import re

_HEADING = re.compile(r"^#{2,6}\s.*`([A-Za-z_][\w.]*)`\s*$")
_HINT = re.compile(r"<details>\s*<summary>\s*Hint\s+(\d)\s*</summary>(.*?)</details>", re.DOTALL | re.IGNORECASE)


def hints(text: str) -> dict[str, tuple[str, ...]]:
    """Return the hints of each task by its entry, in their order. A task's heading ends in its name in backticks."""
    return {entry: tuple(body.strip() for _, body in sorted(_HINT.findall(section))) for entry, section in sections(text).items()}


def sections(text: str) -> dict[str, str]:
    """Return the text below each task's heading, up to the next heading that is not below it."""
    found: list[tuple[str, list[str]]] = []
    level, fenced = 0, False
    for line in text.splitlines():
        fenced ^= line.startswith("```")
        depth = len(line) - len(line.lstrip("#")) if line.startswith("#") and not fenced else 0
        heading = _HEADING.match(line) if depth else None
        if heading:
            level = depth
            found.append((heading.group(1), []))
        elif 0 < depth <= level:
            level = 0
        elif level:
            found[-1][1].append(line)
    return {entry: "\n".join(lines) for entry, lines in found}
