"""Turns a topic's name and the items it must cover into the files that its author starts from.

Everything loads and builds as it stands. What still has to be said carries the mark of `UNWRITTEN`, which `grader verify` looks for.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

UNWRITTEN = "not written yet"
TASKS = ("first", "second", "third", "fourth")


def skeleton(topic: str, title: str, items: Mapping[str, Sequence[str]]) -> dict[Path, str]:
    """Return the text of each file, by its path in the course. `items` are what coverage.tsv asks for: by kind code, quiz, demo."""
    assignment, solution = Path("assignments") / topic, Path("solutions") / topic
    return {
        assignment / "assignment.toml": _assignment(title, items),
        assignment / "handout.md": _handout(title),
        assignment / f"test_{topic}.py": _public_tests(topic),
        assignment / "quiz.toml": _quiz(items.get("quiz", ())),
        assignment / "figure.py": _figure(),
        solution / f"{topic}.py": _reference(title),
        solution / f"test_{topic}_hidden.py": _hidden_tests(topic),
        solution / "quiz_answers.toml": f'[first]\nright = ["a"]\nexplanation = "{UNWRITTEN}: why a is right and b is wrong."\n',
        solution / "submissions" / "accepted" / "in_one_line.py": _accepted(),
        solution / "submissions" / "wrong" / "forgets_the_bias.py": _wrong(),
        solution / "submissions" / "slow" / ".gitkeep": "",
    }


def unwritten(texts: Mapping[Path, str]) -> list[str]:
    """Return a sentence for each file that still carries the mark, with the first line of it."""
    found = []
    for path, text in texts.items():
        lines = [number for number, line in enumerate(text.splitlines(), start=1) if UNWRITTEN in line]
        if lines:
            more = f" and {len(lines) - 1} more" if len(lines) > 1 else ""
            found.append(f"{path.as_posix()} is {UNWRITTEN}: line {lines[0]}{more}")
    return found


def _assignment(title: str, items: Mapping[str, Sequence[str]]) -> str:
    code = list(items.get("code", ()))
    share = -(-len(code) // len(TASKS)) if code else 0
    lines = [
        f'title = {{ en = {json.dumps(title)}, zh = "{UNWRITTEN}" }}',
        "",
        "[limits]  # of one test; what is absent comes from course.toml",
    ]
    for i, task in enumerate(TASKS):
        lines += ["", "[[task]]", f'entry = "{task}"', "points = { correctness = 12, gradient = 8 }"]
        lines += ["[task.covers]  # item of coverage.tsv = the test that would fail without it"]
        lines += [f'{_key(item)} = "test_reference"  # {UNWRITTEN}' for item in code[i * share : (i + 1) * share]]
    lines += ["", "[integration]", "points = 10", "", "[quiz]", "points = 10", "", "[figure]"]
    lines += [f'alt = "{UNWRITTEN}: what the picture shows, for who cannot see it."']
    lines += [f"covers = {json.dumps(list(items['demo']), ensure_ascii=False)}"] if items.get("demo") else []
    return "\n".join(lines) + "\n"


def _key(item: str) -> str:
    return json.dumps(item, ensure_ascii=False)


def _handout(title: str) -> str:
    parts = [
        f"# {title}\n\nWhat this is about, and why ({UNWRITTEN}).\nOne sentence per line.\n\n## A worked example\n\nNumbers ({UNWRITTEN}).\n"
    ]
    for task in TASKS:
        hints = "\n".join(f"<details><summary>Hint {n}</summary>\n\nHint {n} is {UNWRITTEN}.\n\n</details>" for n in (1, 2, 3))
        parts.append(f"## The idea in words: `{task}`\n\nThe idea, the formula, the shapes ({UNWRITTEN}).\n\n{hints}\n")
    parts.append(f"## What you should see\n\nThe figure of a right solution ({UNWRITTEN}).\n")
    return "\n".join(parts)


def _reference(title: str) -> str:
    text = f'"""{title}."""\n\nimport torch\n'
    for task in TASKS:
        text += f'\n\ndef {task}(x, w, b):\n    """Return x w + b: x (batch, features), w (features), b a scalar, to (batch). {UNWRITTEN.capitalize()}."""\n'
        text += '    return torch.einsum("bf,f->b", x, w) + b\n'
    return text.replace(UNWRITTEN.capitalize(), f"This is {UNWRITTEN}")


def _public_tests(topic: str) -> str:
    text = f'"""Public grader of `{topic}`."""\n\nimport torch\n\nfrom grader import checks\nfrom grader.plugin import task\n'
    for task in TASKS:
        text += f'\n\n@task("{task}")\nclass Test{task.capitalize()}:\n    def test_handout_example(self, student):\n'
        text += f'        """The numbers of the handout come out ({UNWRITTEN})."""\n        x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], dtype=torch.float64)\n'
        text += "        w, b = torch.tensor([1.0, -1.0], dtype=torch.float64), torch.tensor(0.5, dtype=torch.float64)\n"
        text += f"        checks.close(student.{task}(x, w, b), torch.tensor([-0.5, -0.5], dtype=torch.float64), hint=1)\n"
    return text


def _hidden_tests(topic: str) -> str:
    text = f'"""Hidden grader of `{topic}`."""\n\nimport torch\n\nfrom grader import checks\nfrom grader.plugin import kind, probe, task\n'
    for task in TASKS:
        text += f"\n\n@probe\ndef {task}_and_gradients(student, upstream, x, w, b):\n"
        text += '    """Return what comes out, and the gradients of its sum weighted with `upstream`."""\n'
        text += f"    leaves = [each.requires_grad_() for each in (x, w, b)]\n    out = student.{task}(*leaves)\n"
        text += "    if upstream is None or not out.requires_grad:\n        return out, []\n"
        text += "    return out, torch.autograd.grad(out, leaves, upstream, allow_unused=True)\n"
    text += '\n\ndef inputs(draw):\n    return {"x": draw("batch features"), "w": draw("features"), "b": draw("")}\n'
    for task in TASKS:
        text += f'\n\n@task("{task}")\nclass Test{task.capitalize()}:\n    def test_reference(self, student, draw, reference):\n'
        text += f'        """It agrees with the reference ({UNWRITTEN})."""\n        given = inputs(draw)\n'
        text += f"        checks.close(student.{task}(**given), reference.{task}(**given), hint=2)\n\n"
        text += f'    @kind("gradient")\n    def test_gradients(self, student, draw, reference):\n        """Its gradients agree ({UNWRITTEN})."""\n'
        text += f"        checks.gradients_like({task}_and_gradients, student, reference, inputs(draw), rng=draw.rng, hint=3)\n"
    text += '\n\n@task("integration")\nclass TestTogether:\n    def test_all(self, student, draw, reference):\n'
    text += f'        """The student\'s own pieces together ({UNWRITTEN})."""\n        given = inputs(draw)\n'
    text += "        checks.close(student.first(**given), reference.first(**given))\n"
    return text


def _quiz(items: Sequence[str]) -> str:
    covers = f"covers = {json.dumps(list(items), ensure_ascii=False)}\n" if items else ""
    return (
        f'[[question]]\nid = "first"\ntext = "Which of these are true? ({UNWRITTEN})"\npoints = 10\n{covers}'
        f'[question.options]\na = "A right one ({UNWRITTEN})."\nb = "A wrong one ({UNWRITTEN})."\n'
    )


def _figure() -> str:
    return f'''"""Draws what a student's functions make of a line of points ({UNWRITTEN}).\"\"\"

import torch
from matplotlib.figure import Figure


def figure(student):
    """Return the picture: a wrong implementation must look wrong in it."""
    x = torch.linspace(-1, 1, 50, dtype=torch.float64)
    picture = Figure(figsize=(6, 4), layout="constrained")
    axes = picture.add_subplot()
    axes.plot(x, student.first(x[:, None], torch.ones(1, dtype=torch.float64), torch.tensor(0.0, dtype=torch.float64)))
    return picture
'''


def _accepted() -> str:
    return f'"""The whole in one matrix product ({UNWRITTEN})."""\n\n\ndef first(x, w, b):\n    return x @ w + b\n'


def _wrong() -> str:
    return (
        f'"""The bias is forgotten ({UNWRITTEN})."""\n\nLOSES = {{"first.correctness": "hidden::TestFirst::test_reference"}}\n'
        "\n\ndef first(x, w, b):\n    return x @ w\n"
    )
