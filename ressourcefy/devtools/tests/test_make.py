"""The Makefile and the scripts below it: finding Python, setting up, listing the targets."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from unittest import TestCase

from django.test import tag

from devtools.postgres import CHECKOUT
from devtools.tests.factories import make_directory

PYTHON = os.path.normpath(sys.executable)
NO_PYTHON = "Ressourcefy needs Python 3.12 or newer"
TOOLS = (
    "cat",
    "cut",
    "dirname",
    "env",
    "expand",
    "make",
    "mkdir",
    "printf",
    "rm",
    "sed",
    "sh",
    "sort",
)


def run(
    command: list[str | Path], directory: Path, **variables: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=directory, env=variables, capture_output=True, text=True, check=False
    )


def make_tool_path(test: TestCase) -> Path:
    """A directory for PATH with the tools of a small system, and without any Python."""
    directory = make_directory(test)
    for name in TOOLS:
        found = shutil.which(name)
        if found:
            (directory / name).symlink_to(found)
    return directory


def make_script(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def make_working_python(path: Path) -> Path:
    """Starts the Python of this run by another name."""
    return make_script(path, f'exec "{sys.executable}" "$@"')


class MakeTests(TestCase):
    def test_lists_every_target_with_one_line_each(self) -> None:
        makefile = (CHECKOUT / "Makefile").read_text()
        targets = set(re.findall(r"^([a-z0-9-]+):", makefile, re.MULTILINE)) - {"setup"}

        listed = run(["make"], CHECKOUT, PATH=os.environ["PATH"])

        lines = listed.stdout.splitlines()
        self.assertEqual({line.split()[1] for line in lines}, targets)
        self.assertEqual(len(lines), len(targets))
        self.assertTrue(all(len(line.split()) > 3 for line in lines), lines)

    def test_is_all_that_continuous_integration_runs(self) -> None:
        directory = make_tool_path(self)
        (directory / "make").unlink()
        make_script(directory / "make", 'echo "$@"')

        ran = run([CHECKOUT / ".ci/run"], CHECKOUT, PATH=str(directory))

        self.assertEqual(ran.stdout, "test\n")


class FindPythonTests(TestCase):
    def setUp(self) -> None:
        self.path = make_tool_path(self)
        self.home = make_directory(self)

    def find(self, **variables: str) -> subprocess.CompletedProcess[str]:
        script = CHECKOUT / "scripts/find-python"
        elsewhere = ("PYTHON", "PYENV_ROOT", "UV_PYTHON_INSTALL_DIR", "XDG_DATA_HOME")
        environment = {name: text for name, text in os.environ.items() if name not in elsewhere}
        environment |= {"PATH": str(self.path), "HOME": str(self.home), **variables}
        return run([script], CHECKOUT, **environment)

    def test_passes_over_candidates_that_do_not_work(self) -> None:
        make_script(
            self.path / "python3.14", "echo 'pyenv: python3.14: command not found'; exit 127"
        )
        make_script(self.path / "python3.13", "exit 1")
        make_working_python(self.path / "python3")

        found = self.find()

        self.assertEqual((found.returncode, found.stdout.strip()), (0, PYTHON))

    def test_prefers_the_one_that_is_named(self) -> None:
        named = make_script(
            self.home / "named",
            f'if [ "$1" = -c ] && [ "$2" = "import sys; print(sys.executable)" ]'
            f'; then echo chosen; else exec "{sys.executable}" "$@"; fi',
        )
        make_working_python(self.path / "python3")

        self.assertEqual(self.find(PYTHON=str(named)).stdout, "chosen\n")

    def test_says_so_when_the_one_that_is_named_does_not_work(self) -> None:
        make_working_python(self.path / "python3")

        found = self.find(PYTHON="/no/such/python")

        self.assertEqual(found.stdout.strip(), PYTHON)
        self.assertIn("PYTHON=/no/such/python", found.stderr)

    def test_looks_into_the_versions_of_pyenv_the_newest_first(self) -> None:
        for version in ("3.12.9", "3.12.10", "3.11.7"):
            text = f'[ "$2" = "import sys; print(sys.executable)" ] && echo {version}; exit 0'
            make_script(self.home / f".pyenv/versions/{version}/bin/python3", text)

        self.assertEqual(self.find().stdout, "3.12.10\n")

    def test_names_the_ways_to_get_one_in_one_line(self) -> None:
        found = self.find()

        self.assertEqual((found.returncode, found.stdout), (1, ""))
        self.assertEqual(len(found.stderr.splitlines()), 1)
        for way in (NO_PYTHON, "apt install", "brew install", "make PYTHON="):
            self.assertIn(way, found.stderr)


@tag("slow")
class SetupTests(TestCase):
    def setUp(self) -> None:
        self.checkout = make_directory(self) / "a checkout"
        shutil.copytree(CHECKOUT / "scripts", self.checkout / "scripts")
        for name in ("requirements.txt", "requirements-dev.txt"):
            (self.checkout / name).write_text("# nothing\n")
        (self.checkout / "requirements-local.txt").write_text("./not-for-this-machine.whl\n")

    def set_up(self) -> subprocess.CompletedProcess[str]:
        script = self.checkout / "scripts/setup"
        return run([script], self.checkout, **{**os.environ, "PYTHON": sys.executable})

    def test_is_done_once_even_without_the_embedded_database_and_repairs_what_was_lost(
        self,
    ) -> None:
        first = self.set_up()
        again = self.set_up()
        python = self.checkout / ".venv/bin/python"
        python.unlink()
        python.symlink_to("/no/such/python")
        repaired = self.set_up()
        (self.checkout / "requirements.txt").write_text("# something else\n")
        changed = self.set_up()

        self.assertIn("Making the virtual environment", first.stdout)
        self.assertEqual(len(first.stderr.splitlines()), 1)
        self.assertIn("No embedded PostgreSQL for this machine", first.stderr)
        self.assertEqual((again.returncode, again.stdout, again.stderr), (0, "", ""))
        self.assertIn("Making the virtual environment", repaired.stdout)
        self.assertIn("Installing the packages", changed.stdout)
        self.assertNotIn("Making the virtual environment", changed.stdout)
