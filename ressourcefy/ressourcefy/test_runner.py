"""Django's test runner, closing with one plain line of counts that people and machines can read."""

import sys
import unittest
from typing import Any

from django.test.runner import DiscoverRunner


class CountedResult:
    """Counts tests by their outcome; a mixin for the result class that the runner chose.

    unittest counts failures, and a test whose subtests fail has several; passed tests it does not
    count at all.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.passed: set[str] = set()
        self.failed: set[str] = set()
        self.skipped_tests: set[str] = set()

    def addSuccess(self, test: Any) -> None:
        super().addSuccess(test)  # type: ignore[misc]
        self.passed.add(test.id())

    def addExpectedFailure(self, test: Any, err: Any) -> None:
        super().addExpectedFailure(test, err)  # type: ignore[misc]
        self.passed.add(test.id())

    def addSkip(self, test: Any, reason: str) -> None:
        super().addSkip(test, reason)  # type: ignore[misc]
        self.skipped_tests.add(test.id())

    def addFailure(self, test: Any, err: Any) -> None:
        super().addFailure(test, err)  # type: ignore[misc]
        self.failed.add(test.id())

    def addError(self, test: Any, err: Any) -> None:
        super().addError(test, err)  # type: ignore[misc]
        self.failed.add(test.id())

    def addUnexpectedSuccess(self, test: Any) -> None:
        super().addUnexpectedSuccess(test)  # type: ignore[misc]
        self.failed.add(test.id())

    def addSubTest(self, test: Any, subtest: Any, err: Any) -> None:
        super().addSubTest(test, subtest, err)  # type: ignore[misc]
        if err is not None:
            self.failed.add(test.id())

    def closing_line(self) -> str:
        skipped = self.skipped_tests - self.failed
        line = f"{len(self.passed - self.failed)} passed, {len(self.failed)} failed"
        return f"{line}, {len(skipped)} skipped" if skipped else line


class Runner(DiscoverRunner):
    """The labels, options and output of Django's own runner, and the closing line."""

    _result: CountedResult | None = None

    def get_resultclass(self) -> type[unittest.TextTestResult]:
        chosen = super().get_resultclass() or unittest.TextTestResult
        return type("CountedTestResult", (CountedResult, chosen), {})

    def run_suite(self, suite: Any, **options: Any) -> Any:
        self._result = super().run_suite(suite, **options)
        return self._result

    def run_tests(self, *args: Any, **options: Any) -> int:
        failures = super().run_tests(*args, **options)
        if self._result is not None:
            sys.stderr.flush()
            sys.stdout.write(f"{self._result.closing_line()}\n")
            sys.stdout.flush()
        return failures
