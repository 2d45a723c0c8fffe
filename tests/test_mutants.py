"""A reference has a mutant for each small slip that its definitions allow."""

import pytest

from grader.mutants import mutants

HEAD = '"""A module."""\n\nimport torch\n\n\n'


def definitions(body, entry="f", signature="x, y=2"):
    """Return the mutated definitions of a function with this body."""
    indented = "\n".join(f"    {line}" for line in body.splitlines())
    text = f'{HEAD}def {entry}({signature}):\n    """What it does: 1 + 1."""\n{indented}\n'
    return [mutant.definition.split('"""\n', 1)[1].strip() for mutant in mutants(text, [entry])]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("return x + y", {"return ((x) - (y))", "return (x)", "return (y)"}),
        ("return x - y", {"return ((x) + (y))", "return ((y) - (x))"}),
        ("return x @ y", {"return ((y) @ (x))"}),
        ("return x < y", {"return (x <= y)", "return (x > y)"}),
        ("return not x", {"return (x)"}),
        ("return x and y", {"return ((x) or (y))", "return (x)"}),
        ("return -1", {"return (1)", "return -(2)", "return -(0)"}),
        ("return 0.5", {"return 1.0", "return 1.5"}),
        ("return True", {"return False"}),
        ("return x if y else 0", {"return (0 if y else x)"}),
        ("return x.detach()", {"return x"}),
        ("return torch.exp(x)", {"return (x)"}),
        ("return torch.sub(x, y)", {"return torch.sub(y, x)"}),
        ("return x.sum(dim=0, keepdim=True)", {"return x.sum(keepdim=True)", "return x.sum(dim=0)", "return x.sum(dim=(1), keepdim=True)"}),
        ("return x[1:]", {"return x"}),
        ("return [a for a in x if a]", {"return [a for a in x]"}),
        ("x += y\nreturn x", {"x -= y\n    return x", "x = y\n    return x", "pass\n    return x"}),
        ("if x:\n    return 1\nreturn x", {"if True:\n        return 1\n    return x", "if False:\n        return 1\n    return x"}),
        ("for a in x:\n    break\nreturn x", {"for a in x:\n        pass\n    return x"}),
    ],
)
def test_each_slip_is_made(body, expected):
    """The listed ones are among them."""
    assert expected <= set(definitions(body))


def test_arguments_that_may_change_places_do_not():
    """It would be the same program."""
    assert "return x.transpose(1, 0)" not in definitions("return x.transpose(0, 1)")
    assert "return torch.maximum(y, x)" not in definitions("return torch.maximum(x, y)")


def test_what_an_exception_says_is_no_behaviour():
    """Whether it is raised is; so is everything but the watchfulness of a zip."""
    assert definitions('raise ValueError("no " + x)', signature="x") == ["pass"]
    assert definitions("return zip(x, y, strict=True)", signature="x, y") == ["return zip(y, x, strict=True)", "return (x)"]


def test_defaults_are_changed_and_texts_are_not():
    """The signature's default is a number of the definition; docstring and annotations are words."""
    found = [m.definition for m in mutants(HEAD + 'def f(x: "1 + 1", y: int = 3) -> "2 + 2":\n    """1 + 1."""\n    return x\n', ["f"])]
    assert {text.splitlines()[0] for text in found} == {
        'def f(x: "1 + 1", y: int = (4)) -> "2 + 2":',
        'def f(x: "1 + 1", y: int = (2)) -> "2 + 2":',
    }
    assert all('"""1 + 1."""' in text for text in found)


def test_only_the_definitions_that_are_asked_for():
    """A method of a class, and nothing else of it."""
    text = HEAD + "class A:\n    def f(self):\n        return 1\n\n    def g(self):\n        return 2\n\n\ndef f():\n    return 3\n"
    found = mutants(text, ["A.f"])
    assert {m.entry for m in found} == {"A.f"}
    assert len(found) == 2
    assert all("return 2" in m.module and "return 3" in m.module and "return 1\n" not in m.module for m in found)


def test_a_mutant_keeps_its_digest_while_its_definition_stays():
    """What stands above or below it changes nothing; a change inside does."""
    one = mutants(HEAD + "def f(x):\n    return x + 1\n", ["f"])
    moved = mutants(HEAD + "def g(x):\n    return x * 7\n\n\ndef f(x):\n    return x + 1\n\n\nZ = 1\n", ["f"])
    other = mutants(HEAD + "def f(x):\n    y = x\n    return x + 1\n", ["f"])
    assert [(m.digest, m.change) for m in one] == [(m.digest, m.change) for m in moved]
    assert not {m.digest for m in one} & {m.digest for m in other}
    assert len({m.digest for m in one}) == len(one)
    assert one[0].change == "line 2: x + 1 becomes ((x) - (1))"


def test_every_mutant_can_be_parsed_and_differs():
    """Also where the text has characters of two bytes before the place that is changed."""
    text = HEAD + 'def f(x):\n    """ä."""\n    é = "ü"; return len(é) + x if x else -x\n'
    found = mutants(text, ["f"])
    assert len(found) == len({m.module for m in found}) > 6
    for mutant in found:
        compile(mutant.module, "m", "exec")
        assert mutant.module != text
