"""Turns pytest's reports on a grader's tests into what each test raised: an object, and no traceback."""

from collections.abc import Iterator
from typing import Any

import pytest


class Catching:
    """What the plugins that run a grader's tests in pytest's place have in common."""

    caught: BaseException | None = None
    """What the test that ran last raised, in a fixture or in itself; to be reset before each."""

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Iterator[None]:
        """Keep what a fixture raised: the student's module may fail to load there."""
        try:
            return (yield)
        except BaseException as error:
            self.caught = error
            raise

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Iterator[None]:
        """Keep what a test raised."""
        try:
            return (yield)
        except BaseException as error:
            self.caught = error
            raise

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> pytest.TestReport:
        """Report without a traceback: building one costs more than most tests."""
        outcome: Any = "passed" if call.excinfo is None else "failed"
        when: Any = call.when
        return pytest.TestReport(item.nodeid, item.location, {}, outcome, None, when, duration=call.duration)
