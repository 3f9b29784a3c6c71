"""`make run`'s launcher: what it starts and stops, and what it refuses before anything starts."""

import os
import socket
import subprocess
import sys
from pathlib import Path
from unittest import TestCase
from urllib.request import urlopen

from devtools.environment import PROJECT
from devtools.run import CannotRun, chosen_port, refuse_taken_port
from devtools.tests.factories import (
    PATIENCE_SECONDS,
    make_directory,
    start_process,
    wait_until,
)

OF_OTHER_RUNS = ("DATABASE_URL", "DJANGO_DEBUG", "DJANGO_SECRET_KEY", "DJANGO_SETTINGS_MODULE")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def launch_environment(data_dir: Path, **variables: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in OF_OTHER_RUNS}
    return {**kept, "RESSOURCEFY_DATA_DIR": str(data_dir), **variables}


def processes_with(text: str) -> list[str]:
    shown = subprocess.run(
        ["ps", "-ww", "-eo", "pid=,command="], capture_output=True, text=True, check=True
    ).stdout
    return [line for line in shown.splitlines() if text in line]


class WholeRunTests(TestCase):
    def test_serves_the_product_until_it_is_asked_to_stop_and_leaves_nothing(self) -> None:
        data_dir, port = make_directory(self) / "data", free_port()
        log = make_directory(self) / "log"
        with log.open("wb") as output:
            launcher = start_process(
                self,
                [sys.executable, "-m", "devtools.run"],
                output=output,
                cwd=PROJECT,
                env=launch_environment(data_dir, PORT=str(port)),
            )
        wait_until(
            lambda: "Ressourcefy is running" in log.read_text() or launcher.poll() is not None,
            "the product runs",
        )
        self.assertIsNone(launcher.poll(), log.read_text())
        with urlopen(f"http://127.0.0.1:{port}/health/ready/") as answer:
            self.assertEqual(answer.status, 200)
        self.assertTrue(processes_with(str(data_dir)))

        launcher.terminate()

        self.assertEqual(launcher.wait(timeout=PATIENCE_SECONDS), 0, log.read_text())
        self.assertEqual(processes_with(str(data_dir)), [])
        self.assertEqual(processes_with(f"127.0.0.1:{port}"), [])
        for shown in (f"http://127.0.0.1:{port}/api/docs/", "/dev/mailbox/", "worker | "):
            self.assertIn(shown, log.read_text())


class RefusalTests(TestCase):
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
