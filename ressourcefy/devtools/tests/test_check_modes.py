"""`make check`, `make test` and `make coverage`, whole, on a small project of their own."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import ClassVar
from unittest import TestCase
from urllib.parse import unquote

from django.test import tag

from devtools.check import checks
from devtools.environment import PROJECT
from devtools.postgres import CHECKOUT
from devtools.tests.factories import PATIENCE_SECONDS, start_process, wait_until

OF_OTHER_RUNS = (
    "DATABASE_URL",
    "DJANGO_DEBUG",
    "DJANGO_SECRET_KEY",
    "DJANGO_SETTINGS_MODULE",
    "RESSOURCEFY_SHARED_TEST_SERVER",
)
NO_DATABASE = "postgres://nobody@127.0.0.1:1/nothing"

# Notes how it was called; fails or sleeps where a file says so.
MANAGE = '''"""Stands in for the product."""

import os
import sys
import time
from pathlib import Path

from application.policies.sample import choose as of_policies
from application.use_cases.auth.sample import choose as of_auth
from core.outbox.sample import choose as of_outbox

HERE = Path(__file__).parent


def main(name: str) -> int:
    with (HERE / "calls").open("a") as calls:
        calls.write(f"{name} {os.environ.get('DATABASE_URL')}\\n")
    for choose in (of_policies, of_auth, of_outbox):
        choose(1)
        choose(0)
    if name in (HERE / "sleeping").read_text():
        time.sleep(600)
    return int(name in (HERE / "failing").read_text())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
'''
SAMPLE = '''"""Code with a branch."""


def choose(number: int) -> str:
    if number:
        return "yes"
    return "no"
'''
TEST = '''"""A test."""

import unittest


class NothingTests(unittest.TestCase):
    def test_nothing(self) -> None:
        self.assertTrue(self)
'''
CONFIGURATION = """
[tool.ruff]
line-length = 100
extend-exclude = ["ressourcefy/devtools", "ressourcefy/ressourcefy"]

[tool.mypy]
exclude = ["devtools/", "ressourcefy/"]

[tool.importlinter]
root_packages = ["core", "application"]

[[tool.importlinter.contracts]]
name = "Apart"
type = "independence"
modules = ["core", "application"]

[tool.coverage.run]
branch = true
parallel = true
omit = ["devtools/*", "ressourcefy/*", "manage.py"]
"""


def make_project(directory: Path) -> Path:
    """A checkout with our launcher and hardly anything else; returns its project directory."""
    project = directory / "ressourcefy"
    copies = project / "devtools"
    copies.mkdir(parents=True)
    for path in (PROJECT / "devtools").glob("*.py"):
        shutil.copy(path, copies)
    settings = project / "ressourcefy" / "settings"
    settings.mkdir(parents=True)
    shutil.copy(PROJECT / "ressourcefy" / "settings" / "env.py", settings)
    (directory / "pyproject.toml").write_text(CONFIGURATION)
    (project / "manage.py").write_text(MANAGE)
    # Programs beside the product are checked as well.
    for initial in CHECKOUT.glob("*/__init__.py"):
        stand_in = directory / initial.parent.name
        stand_in.mkdir()
        (stand_in / "__init__.py").touch()
        (stand_in / "test_nothing.py").write_text(TEST)
    for package in ("core/outbox", "application/policies", "application/use_cases/auth"):
        (project / package).mkdir(parents=True)
        (project / package / "sample.py").write_text(SAMPLE)
        for name in (package, *(str(parent) for parent in Path(package).parents[:-1])):
            (project / name / "__init__.py").touch()
    return project


@tag("slow")
class ModeTests(TestCase):
    project: ClassVar[Path]

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        directory = Path(tempfile.mkdtemp(prefix="rfy-", dir="/tmp"))
        cls.addClassCleanup(shutil.rmtree, directory, ignore_errors=True)
        directory.chmod(0o711)
        cls.project = make_project(directory)

    def setUp(self) -> None:
        (self.project / "calls").write_text("")
        self.let(failing="", sleeping="")

    def let(self, **commands: str) -> None:
        """Which commands of manage.py are failing or sleeping."""
        for how, name in commands.items():
            (self.project / how).write_text(name)

    def calls(self) -> dict[str, str]:
        """The commands of manage.py that ran, with the database that each was given."""
        lines = (self.project / "calls").read_text().splitlines()
        return dict(line.split() for line in lines)

    def environment(self, *mode: str, **variables: str) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if name not in OF_OTHER_RUNS}
        if "coverage" in mode:
            # It would take the place of the run's own measuring.
            kept.pop("COVERAGE_PROCESS_CONFIG", None)
        return kept | {"RESSOURCEFY_DATA_DIR": str(self.project.parent / "data")} | variables

    def run_mode(self, *mode: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "devtools.check", *mode],
            cwd=self.project,
            env=self.environment(*mode, **variables),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )

    def test_test_runs_every_check_and_then_the_suite_on_a_database_of_its_own(self) -> None:
        done = self.run_mode("test")

        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertEqual(done.stdout.count(" ok "), len(checks(NO_DATABASE)), done.stdout)
        calls = self.calls()
        self.assertEqual(set(calls), {"makemigrations", "check", "spectacular", "test"})
        for name in ("makemigrations", "spectacular"):
            self.assertIn(str(self.project.parent / "data"), unquote(calls[name]))
        self.assertIn("db.example.com", calls["check"])

    def test_test_shows_what_failed_and_tries_the_rest_all_the_same(self) -> None:
        self.let(failing="makemigrations")

        done = self.run_mode("test", DATABASE_URL=NO_DATABASE)

        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stdout, r"migrations are complete +failed")
        self.assertIn("Checks that failed: migrations are complete\n", done.stdout)
        self.assertIn("checks before them failed", done.stdout)
        self.assertIn("test", self.calls())

    def test_test_fails_with_its_suite(self) -> None:
        self.let(failing="test")

        done = self.run_mode("test", DATABASE_URL=NO_DATABASE, DJANGO_DEBUG="True")

        self.assertEqual(done.returncode, 1)
        self.assertNotIn("checks before them failed", done.stdout)

    def test_a_signal_ends_it_before_the_suite(self) -> None:
        self.let(sleeping="makemigrations")
        launcher = start_process(
            self,
            [sys.executable, "-m", "devtools.check", "test"],
            cwd=self.project,
            env=self.environment(DATABASE_URL=NO_DATABASE),
        )
        wait_until(lambda: "makemigrations" in self.calls(), "the check has begun")

        launcher.terminate()

        output, _nothing = launcher.communicate(timeout=PATIENCE_SECONDS)
        self.assertEqual(launcher.returncode, 1)
        self.assertNotIn("test", self.calls())
        self.assertNotIn("The tests ran", output)

    def test_coverage_holds_the_goals(self) -> None:
        done = self.run_mode("coverage", DATABASE_URL=NO_DATABASE)
        self.let(failing="test")
        failed = self.run_mode("coverage", DATABASE_URL=NO_DATABASE)

        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertEqual(done.stdout.count("100.00 %"), 4, done.stdout)
        self.assertEqual(failed.returncode, 1)
        self.assertNotIn("branches in", failed.stdout)

    def test_test_pg15_tests_with_it_or_says_that_there_is_none(self) -> None:
        done = self.run_mode("test-pg15")

        self.assertEqual(done.returncode, 0, done.stdout)
        is_there = "There is no PostgreSQL 15" not in done.stdout
        self.assertEqual("test" in self.calls(), is_there)

    def test_a_database_that_cannot_be_had_is_one_line(self) -> None:
        done = self.run_mode("check", RESSOURCEFY_DATA_DIR=str(self.project / "manage.py"))

        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stdout, r"^The data directory [^\n]+ cannot be used [^\n]+\n$")

    def test_other_modes_are_refused_with_the_names_of_those_there_are(self) -> None:
        for arguments in ((), ("tests",), ("test", "check")):
            with self.subTest(arguments):
                done = self.run_mode(*arguments)

                self.assertEqual(done.returncode, 2)
                self.assertIn("{check,test,test-pg15,coverage}", done.stdout)
