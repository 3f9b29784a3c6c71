"""The test runner: its closing line, and the databases that killed runs left behind."""

import io
import os
import subprocess
import sys
import unittest
from contextlib import redirect_stderr

from django.db import connection
from django.test import TransactionTestCase

from ressourcefy.test_runner import RUN_PREFIX, Runner, drop_databases_of_dead_runs


class Sample(unittest.TestCase):
    """One test for each outcome; run by the test below, never by discovery."""

    def passes(self) -> None:
        self.assertTrue(True)

    def fails(self) -> None:
        self.fail("as it should")

    def fails_in_two_subtests(self) -> None:
        for number in range(3):
            with self.subTest(number=number):
                self.assertEqual(number, 1)

    def breaks(self) -> None:
        raise RuntimeError

    def skips(self) -> None:
        self.skipTest("as it should")

    @unittest.expectedFailure
    def fails_as_expected(self) -> None:
        self.fail("as it should")

    @unittest.expectedFailure
    def passes_unexpectedly(self) -> None:
        pass


class Unprepared(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        raise RuntimeError

    def never_runs(self) -> None:
        """Its class fails first."""


class ClosingLineTests(unittest.TestCase):
    def closing_line(self, *tests: unittest.TestCase) -> str:
        runner = Runner(verbosity=0)
        with redirect_stderr(io.StringIO()):
            result = runner.run_suite(unittest.TestSuite(tests))
        return str(result.closing_line())

    def test_counts_every_outcome_once(self) -> None:
        names = ("passes", "fails", "fails_in_two_subtests", "breaks", "fails_as_expected")
        tests = [Sample(name) for name in (*names, "passes_unexpectedly")]

        self.assertEqual(self.closing_line(*tests), "2 passed, 4 failed")

    def test_names_skipped_tests_only_where_there_are_any(self) -> None:
        self.assertEqual(
            self.closing_line(Sample("passes"), Sample("skips")), "1 passed, 0 failed, 1 skipped"
        )

    def test_counts_a_class_that_cannot_be_prepared_as_a_failure(self) -> None:
        self.assertEqual(self.closing_line(Unprepared("never_runs")), "0 passed, 1 failed")


class DropDatabasesOfDeadRunsTests(TransactionTestCase):
    def test_drops_those_and_no_others(self) -> None:
        ended = subprocess.Popen([sys.executable, "-c", ""])
        ended.wait()
        of_dead_run, of_this_run = f"{RUN_PREFIX}{ended.pid}_2", f"{RUN_PREFIX}{os.getpid()}_99"
        with connection._nodb_cursor() as cursor:
            for name in (of_dead_run, of_this_run):
                cursor.execute(f"CREATE DATABASE {name}")
                self.addCleanup(self._drop, name)

        drop_databases_of_dead_runs()

        with connection._nodb_cursor() as cursor:
            cursor.execute("SELECT datname FROM pg_database")
            names = {name for (name,) in cursor.fetchall()}
        self.assertNotIn(of_dead_run, names)
        self.assertIn(of_this_run, names)

    def _drop(self, name: str) -> None:
        with connection._nodb_cursor() as cursor:
            cursor.execute(f"DROP DATABASE IF EXISTS {name}")
