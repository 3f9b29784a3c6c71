"""`make run`'s launcher: what it starts and stops, and what it refuses before anything starts."""

import os
import socket
import subprocess
import sys
from http import HTTPStatus
from pathlib import Path
from unittest import TestCase
from urllib.request import urlopen

from django.test import tag

from devtools.environment import PROJECT
from devtools.journey.stack import free_port
from devtools.run import CannotRun, chosen_port, refuse_taken_port
from devtools.tests.factories import (
    PATIENCE_SECONDS,
    make_directory,
    start_process,
    wait_until,
)

OF_OTHER_RUNS = ("DATABASE_URL", "DJANGO_DEBUG", "DJANGO_SECRET_KEY", "DJANGO_SETTINGS_MODULE")


def launch_environment(data_dir: Path, **variables: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in OF_OTHER_RUNS}
    return {**kept, "RESSOURCEFY_DATA_DIR": str(data_dir), **variables}


def processes_with(text: str) -> list[str]:
    shown = subprocess.run(
        ["ps", "-ww", "-eo", "pid=,command="], capture_output=True, text=True, check=True
    ).stdout
    return [line for line in shown.splitlines() if text in line]


def is_ready(port: int) -> bool:
    """Whether the product says so; under load it may take a while, or a second question."""
    try:
        with urlopen(f"http://127.0.0.1:{port}/health/ready/", timeout=30) as answer:
            return bool(answer.status == HTTPStatus.OK)
    except OSError:
        return False


@tag("slow")
class WholeRunTests(TestCase):
    def launch(self, data_dir: Path) -> tuple[subprocess.Popen[str], Path, int]:
        """The launcher, its log and its port; nothing has to be there yet."""
        port, log = free_port(), make_directory(self) / "log"
        with log.open("wb") as output:
            launcher = start_process(
                self,
                [sys.executable, "-m", "devtools.run"],
                output=output,
                cwd=PROJECT,
                env=launch_environment(data_dir, PORT=str(port)),
            )
        return launcher, log, port

    def wait_for(self, text: str, launcher: subprocess.Popen[str], log: Path) -> None:
        wait_until(lambda: text in log.read_text() or launcher.poll() is not None, text)
        self.assertIsNone(launcher.poll(), log.read_text())

    def assert_nothing_is_left(self, *traces: str) -> None:
        """The last that were started end a moment after the launcher."""
        for trace in traces:
            wait_until(lambda: not processes_with(trace), f"nothing runs with {trace}")  # noqa: B023

    def test_serves_the_product_until_it_is_asked_to_stop_and_leaves_nothing(self) -> None:
        data_dir = make_directory(self) / "data"
        launcher, log, port = self.launch(data_dir)
        self.wait_for("Ressourcefy is running", launcher, log)
        self.wait_for("worker | ", launcher, log)
        wait_until(lambda: is_ready(port), "the product is ready")
        self.assertTrue(processes_with(str(data_dir)))

        launcher.terminate()

        self.assertEqual(launcher.wait(timeout=PATIENCE_SECONDS), 0, log.read_text())
        self.assert_nothing_is_left(str(data_dir), f"127.0.0.1:{port}")
        for shown in (f"http://127.0.0.1:{port}/api/docs/", "/dev/mailbox/"):
            self.assertIn(shown, log.read_text())

    def test_stops_in_the_middle_of_its_steps_without_a_complaint(self) -> None:
        data_dir = make_directory(self) / "data"
        launcher, log, _port = self.launch(data_dir)
        self.wait_for("Bringing the tables up to date", launcher, log)

        launcher.terminate()

        self.assertEqual(launcher.wait(timeout=PATIENCE_SECONDS), 0, log.read_text())
        self.assertNotIn("cannot start", log.read_text())
        self.assert_nothing_is_left(str(data_dir))


class RefusalTests(TestCase):
    def refuse(self, data_dir: Path, **variables: str) -> str:
        """The last line of a launcher that gave up."""
        refused = subprocess.run(
            [sys.executable, "-m", "devtools.run"],
            cwd=PROJECT,
            env=launch_environment(data_dir, PORT=str(free_port()), **variables),
            capture_output=True,
            text=True,
            check=False,
        )
        self.assertEqual(refused.returncode, 1, refused.stdout)
        return refused.stderr.splitlines()[-1]

    def test_names_the_step_that_failed(self) -> None:
        url = "postgres://nobody@127.0.0.1:1/nothing"

        line = self.refuse(make_directory(self), DATABASE_URL=url)

        self.assertEqual(line, "Ressourcefy cannot start: manage.py migrate failed.")

    def test_names_the_data_directory_that_cannot_be_used(self) -> None:
        file = make_directory(self) / "file"
        file.touch()

        self.assertRegex(
            self.refuse(file), "^Ressourcefy cannot start: The data directory .* cannot be used"
        )

    def test_names_the_port_that_is_taken_and_starts_nothing(self) -> None:
        data_dir = make_directory(self) / "data"
        with socket.create_server(("127.0.0.1", 0)) as other:
            port = other.getsockname()[1]

            refused = subprocess.run(
                [sys.executable, "-m", "devtools.run"],
                cwd=PROJECT,
                env=launch_environment(data_dir, PORT=str(port)),
                capture_output=True,
                text=True,
                check=False,
            )

        self.assertEqual(refused.returncode, 1)
        self.assertEqual(len(refused.stderr.splitlines()), 1)
        self.assertIn(f"PORT {port} is in use", refused.stderr)
        self.assertFalse(data_dir.exists())

    def test_takes_a_port_that_is_free(self) -> None:
        refuse_taken_port(free_port())

    def test_refuses_what_is_no_port(self) -> None:
        for text in ("http", "0", "65536", "-1", "80a", "8000 8001"):
            with self.subTest(text), self.assertRaisesRegex(CannotRun, "PORT"):
                chosen_port(text)

    def test_refuses_to_be_production(self) -> None:
        refused = subprocess.run(
            [sys.executable, "-m", "devtools.run"],
            cwd=PROJECT,
            env=launch_environment(make_directory(self), DJANGO_DEBUG="False"),
            capture_output=True,
            text=True,
            check=False,
        )

        self.assertEqual(refused.returncode, 1)
        self.assertIn("DJANGO_DEBUG", refused.stderr)
