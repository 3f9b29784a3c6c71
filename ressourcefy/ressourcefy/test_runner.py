"""Django's test runner: runs side by side, slow classes first, and a closing line for machines."""

import contextlib
import gc
import os
import re
import sys
import unittest
from collections.abc import Iterable
from itertools import chain
from typing import Any

from django.db import DatabaseError, connection
from django.test.runner import DiscoverRunner, ParallelTestSuite

from core.outbox.wake_up import stop_waking
from devtools.environment import DEMO_TEMPLATE, SHARED_TEST_SERVER
from ressourcefy.test_tables import (
    empty_tables_quickly,
    leave_no_large_files,
    note_rows_of_migrations,
)

# The number of the process that owns a database is in its name; a parallel worker's follows it.
RUN_PREFIX = "test_ressourcefy_"
RUN_DATABASE = re.compile(rf"{RUN_PREFIX}(\d+)(_\w+)?")
# The tag of classes that take several seconds.
SLOW = "slow"


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


class SlowestFirstSuite(ParallelTestSuite):
    """Begins with the classes that are tagged as slow: all processes then end together.

    The classes of a module that prepares something for all of them stay together.
    """

    def __init__(self, subsuites: list[Any], *args: Any, **options: Any) -> None:
        super().__init__(sorted(_by_preparation(subsuites), key=_is_quick), *args, **options)


def _by_preparation(subsuites: list[Any]) -> list[Any]:
    together: dict[object, list[Any]] = {}
    for subsuite in subsuites:
        module = type(next(iter(subsuite))).__module__
        is_prepared = hasattr(sys.modules[module], "setUpModule")
        together.setdefault(module if is_prepared else id(subsuite), []).append(subsuite)
    return [
        suites[0] if len(suites) == 1 else unittest.TestSuite(chain(*suites))
        for suites in together.values()
    ]


def _is_quick(subsuite: Iterable[Any]) -> bool:
    return not any(SLOW in getattr(test, "tags", ()) for test in subsuite)


class Runner(DiscoverRunner):
    """The labels, options and output of Django's own runner, and the closing line.

    In a server that several runs of one checkout share, each has databases of its own.
    """

    parallel_test_suite = SlowestFirstSuite
    _result: Any = None

    def get_resultclass(self) -> type[unittest.TextTestResult]:
        chosen = super().get_resultclass() or unittest.TextTestResult
        return type("CountedTestResult", (CountedResult, chosen), {})

    def run_suite(self, suite: Any, **options: Any) -> Any:
        # The processes of a parallel run share what is loaded, and need not look through it again.
        gc.freeze()
        self._result = super().run_suite(suite, **options)
        return self._result

    def setup_databases(self, **options: Any) -> Any:
        if os.environ.get(SHARED_TEST_SERVER) == "True":
            drop_databases_of_dead_runs()
            connection.settings_dict["TEST"]["NAME"] = f"{RUN_PREFIX}{os.getpid()}"
            os.environ[DEMO_TEMPLATE] = f"{RUN_PREFIX}{os.getpid()}_demo"
        made = super().setup_databases(**options)
        note_rows_of_migrations([connection.alias for connection, _name, _is_new in made])
        empty_tables_quickly()
        leave_no_large_files()
        return made

    def teardown_databases(self, *args: Any, **options: Any) -> None:
        stop_waking()
        super().teardown_databases(*args, **options)
        demo = os.environ.pop(DEMO_TEMPLATE, "")
        if demo:
            with connection._nodb_cursor() as cursor:
                name = connection.ops.quote_name(demo)
                cursor.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def run_tests(self, *args: Any, **options: Any) -> int:
        failures = super().run_tests(*args, **options)
        if self._result is not None:
            sys.stderr.flush()
            sys.stdout.write(f"{self._result.closing_line()}\n")
            sys.stdout.flush()
        return failures


def drop_databases_of_dead_runs() -> None:
    """Remove what a run left behind that was killed before its end."""
    with connection._nodb_cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database")
        for (name,) in cursor.fetchall():
            run = RUN_DATABASE.fullmatch(name)
            if run and not _is_alive(int(run[1])):
                # Two runs may do this at once, or a process of that run still be connected.
                with contextlib.suppress(DatabaseError):
                    cursor.execute(f"DROP DATABASE IF EXISTS {connection.ops.quote_name(name)}")


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
