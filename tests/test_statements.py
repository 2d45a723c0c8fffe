"""Claims about the claims of tests."""

from grader.statements import statement_of, statements

TEXT = '''
class TestAttend:
    """A class."""

    def test_two(self):
        """The two words score 2.

        More of it.
        """

    def test_silent(self):
        pass


def helper():
    """No test of a class."""
'''


def test_the_first_line_of_each_docstring() -> None:
    """A test's claim is its docstring's first line; one without has none, and functions outside of classes are no tests."""
    assert statements(TEXT) == {"TestAttend::test_two": "The two words score 2."}


def test_parameters_share_their_tests_claim() -> None:
    """The id of an outcome finds the claim, whatever half and parameter it names; an unknown one finds nothing."""
    known = statements(TEXT)
    assert statement_of("public::TestAttend::test_two[long]", known) == "The two words score 2."
    assert statement_of("public::TestAttend::test_silent", known) == ""
    assert statement_of("", known) == ""


def test_a_file_that_is_no_python_claims_nothing() -> None:
    """A letter goes out even where a test file was broken meanwhile."""
    assert statements("def :") == {}
    assert statements("\0") == {}
