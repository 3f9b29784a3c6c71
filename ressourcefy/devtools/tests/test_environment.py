"""What `manage.py` decides before Django is loaded."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from unittest import TestCase

from django.test import tag

from devtools.environment import PROJECT, decide_debug, needs_database
from devtools.postgres import Cluster
from devtools.tests.factories import PATIENCE_SECONDS, make_directory, start_process

PRODUCTION = ("DATABASE_URL", "DJANGO_SECRET_KEY", "DJANGO_DEBUG", "DJANGO_SETTINGS_MODULE")


def environment(data_dir: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in PRODUCTION}
    return {**kept, "RESSOURCEFY_DATA_DIR": str(data_dir)}


def manage(data_dir: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=PROJECT,
        env={**environment(data_dir), **variables},
        capture_output=True,
        text=True,
        check=False,
    )


class DecideDebugTests(TestCase):
    def test_is_on_only_where_nothing_points_to_production(self) -> None:
        cases: list[tuple[dict[str, str], str]] = [
            ({}, "True"),
            ({"DATABASE_URL": " ", "DJANGO_SECRET_KEY": ""}, "True"),
            ({"DATABASE_URL": "postgres:///x"}, "False"),
            ({"DJANGO_SECRET_KEY": "s"}, "False"),
            ({"DJANGO_DEBUG": "yes", "DATABASE_URL": "postgres:///x"}, "yes"),
            ({"DJANGO_DEBUG": "0"}, "0"),
            ({"DJANGO_DEBUG": " "}, "True"),
        ]
        for environ, expected in cases:
            with self.subTest(environ):
                decided = dict(environ)

                decide_debug(decided)

                self.assertEqual(decided["DJANGO_DEBUG"], expected)


class NeedsDatabaseTests(TestCase):
    def test_is_true_only_of_commands_that_ask_one(self) -> None:
        for line in ("migrate", "test core", "runserver", "shell", "check --database default"):
            with self.subTest(line):
                self.assertTrue(needs_database(["manage.py", *line.split()]))
        for line in ("", "help", "--version", "check", "compilemessages -l fr", "migrate --help"):
            with self.subTest(line):
                self.assertFalse(needs_database(["manage.py", *line.split()]))


@tag("slow")
class ManageTests(TestCase):
    def test_starts_a_database_for_a_command_that_needs_one_and_stops_it(self) -> None:
        data_dir = make_directory(self)

        shown = manage(data_dir, "showmigrations", "--plan")

        self.assertEqual(shown.returncode, 0, shown.stderr)
        self.assertTrue((data_dir / "postgres/dev/data").is_dir())
        self.assertFalse((data_dir / "postgres/dev/data/postmaster.pid").exists())

    def test_starts_none_for_a_command_that_needs_none(self) -> None:
        data_dir = make_directory(self)

        checked = manage(data_dir, "check")

        self.assertEqual(checked.returncode, 0, checked.stderr)
        self.assertFalse((data_dir / "postgres").exists())

    def test_starts_none_where_a_database_is_named(self) -> None:
        data_dir = make_directory(self)

        refused = manage(
            data_dir,
            "migrate",
            DJANGO_DEBUG="True",
            DATABASE_URL="postgres://nobody@127.0.0.1:1/nothing",
        )

        self.assertNotEqual(refused.returncode, 0)
        self.assertFalse((data_dir / "postgres").exists())

    def test_keeps_the_database_between_devdb_start_and_stop(self) -> None:
        data_dir = make_directory(self)
        self.addCleanup(manage, data_dir, "devdb", "stop")
        pid_file = data_dir / "postgres/dev/data/postmaster.pid"

        started = manage(data_dir, "devdb", "start")
        runs_after_start = pid_file.exists()
        address = manage(data_dir, "devdb", "url")
        used = manage(data_dir, "showmigrations", "core")
        runs_after_use = pid_file.exists()
        stopped = manage(data_dir, "devdb", "stop")

        self.assertEqual(started.returncode, 0, started.stderr)
        self.assertIn(address.stdout.strip(), started.stdout)
        self.assertEqual(used.returncode, 0, used.stderr)
        self.assertEqual((runs_after_start, runs_after_use), (True, True))
        self.assertEqual(stopped.returncode, 0, stopped.stderr)
        self.assertFalse(pid_file.exists())

    def test_resets_the_database_but_not_under_those_who_use_it(self) -> None:
        data_dir = make_directory(self)
        user = Cluster("dev", data_dir)
        user.acquire()
        self.addCleanup(user.release)

        refused = [manage(data_dir, "devdb", action) for action in ("stop", "reset")]
        user.release()
        done = manage(data_dir, "devdb", "reset")

        for outcome in refused:
            self.assertEqual(outcome.returncode, 1)
            self.assertIn("Other processes of this checkout use the database", outcome.stderr)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertFalse((data_dir / "postgres/dev/data").exists())

    def test_says_in_one_line_why_there_is_no_database(self) -> None:
        file = make_directory(self) / "file"
        file.touch()

        for arguments in (("migrate",), ("devdb", "start")):
            with self.subTest(arguments):
                refused = manage(file, *arguments)

                self.assertEqual(refused.returncode, 1)
                self.assertRegex(refused.stderr, r"^[^\n]*data directory [^\n]+ cannot[^\n]+\n$")

    def test_stops_its_database_when_it_is_asked_to_end(self) -> None:
        data_dir = make_directory(self)
        code = "import time; print('here', flush=True); time.sleep(600)"
        command = start_process(
            self,
            [sys.executable, "manage.py", "shell", "--no-imports", "-c", code],
            cwd=PROJECT,
            env=environment(data_dir),
        )
        assert command.stdout
        while command.stdout.readline() not in {"here\n", ""}:
            continue

        command.terminate()

        self.assertEqual(command.wait(timeout=PATIENCE_SECONDS), 128 + signal.SIGTERM)
        self.assertFalse((data_dir / "postgres/dev/data/postmaster.pid").exists())
