"""Turns the text of a test file into what each of its tests claims: the first line of its docstring."""

import ast


def statements(text: str) -> dict[str, str]:
    """Return the claims by `TestAttend::test_causal`; none of a file that is no Python."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return {}
    classes = (node for node in tree.body if isinstance(node, ast.ClassDef))
    return {
        f"{owner.name}::{test.name}": claim.splitlines()[0]
        for owner in classes
        for test in owner.body
        if isinstance(test, ast.FunctionDef) and (claim := ast.get_docstring(test))
    }


def statement_of(test: str, known: dict[str, str]) -> str:
    """Return the claim of a test by its id, `public::TestAttend::test_causal[long]`; nothing where it has none."""
    return known.get(test.partition("::")[2].partition("[")[0], "")
