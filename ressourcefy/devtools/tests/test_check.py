"""The launcher of the checks: what it checks with, and how far the tests have to reach."""

import json
import subprocess
import sys
from unittest import TestCase

from devtools.check import production_environment
from devtools.coverage_goals import branches_taken
from devtools.environment import PROJECT
from devtools.tests.factories import make_directory


def make_summary(*, taken: int, branches: int) -> dict[str, dict[str, int]]:
    return {"summary": {"num_branches": branches, "covered_branches": taken}}


class ProductionEnvironmentTests(TestCase):
    def test_holds_nothing_of_the_shell_that_could_change_the_verdict(self) -> None:
        environment = production_environment(
            {"PATH": "/bin", "SECURE_HSTS_SECONDS": "0", "DJANGO_DEBUG": "True"}
        )

        self.assertEqual((environment["PATH"], environment["DJANGO_DEBUG"]), ("/bin", "False"))
        self.assertNotIn("SECURE_HSTS_SECONDS", environment)

    def test_has_another_secret_each_time(self) -> None:
        first, second = production_environment({}), production_environment({})

        self.assertNotEqual(first["DJANGO_SECRET_KEY"], second["DJANGO_SECRET_KEY"])


class CoverageGoalsTests(TestCase):
    def test_counts_the_branches_of_the_files_that_match(self) -> None:
        files = {
            "core/outbox/claims.py": make_summary(taken=3, branches=4),
            "core/outbox/worker/loop.py": make_summary(taken=4, branches=4),
            "users/models/user.py": make_summary(taken=0, branches=8),
        }

        self.assertEqual(branches_taken(files, "core/outbox/*"), 87.5)
        self.assertEqual(branches_taken(files, "no/such/*"), 0.0)

    def test_fail_where_one_of_them_is_missed(self) -> None:
        report = make_directory(self) / "coverage.json"
        for taken, expected in ((100, 0), (99, 1)):
            with self.subTest(taken=taken):
                files = {
                    "core/outbox/claims.py": make_summary(taken=taken, branches=100),
                    "application/policies/resource_policy.py": make_summary(taken=0, branches=0),
                    "application/use_cases/auth/login.py": make_summary(taken=2, branches=2),
                    "users/models/user.py": make_summary(taken=1_000, branches=1_000),
                }
                report.write_text(json.dumps({"files": files}))

                done = subprocess.run(
                    [sys.executable, "-m", "devtools.coverage_goals", str(report)],
                    cwd=PROJECT,
                    capture_output=True,
                    text=True,
                    check=False,
                )

                self.assertEqual(done.returncode, expected, done.stderr)
                self.assertEqual("BELOW THE GOAL" in done.stdout, bool(expected))
