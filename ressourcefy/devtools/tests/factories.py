"""What the tests of the launchers share: places for clusters, and watching processes."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any
from unittest import TestCase

import psycopg

from devtools.postgres import TEST_SETTINGS, Cluster

# Generous, because it costs nothing where things go well, and machines can be very busy.
PATIENCE_SECONDS = 300.0


class WholeClass:
    """In the place of a test: what is started for it ends with the last test of its class."""

    def __init__(self, tests: type[TestCase]) -> None:
        self.addCleanup = tests.addClassCleanup


def make_directory(test: TestCase) -> Path:
    """A directory that everybody may enter, as a checkout usually is; gone after the test."""
    directory = Path(tempfile.mkdtemp(prefix="rfy-", dir="/tmp"))
    directory.chmod(0o711)
    test.addCleanup(shutil.rmtree, directory, ignore_errors=True)
    return directory


def make_programs(directory: Path, *, version: str = "18.1", body: str = "") -> Path:
    """Scripts that stand in for an installation of PostgreSQL."""
    directory.mkdir(parents=True)
    for name in ("postgres", "initdb"):
        script = body or f"echo '{name} (PostgreSQL) {version}'"
        (directory / name).write_text(f"#!/bin/sh\n{script}\n")
        (directory / name).chmod(0o700)
    return directory


class ClusterTestCase(TestCase):
    """For tests with clusters: most of them begin as copies of one that was made for the class."""

    initialized: Path

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        directory = Path(tempfile.mkdtemp(prefix="rfy-", dir="/tmp"))
        cls.addClassCleanup(shutil.rmtree, directory, ignore_errors=True)
        directory.chmod(0o711)
        cluster = Cluster("test", directory, settings=TEST_SETTINGS)
        cluster.acquire()
        cluster.release()
        cls.initialized = cluster.place.data

    def make_cluster(
        self, data_dir: Path | None = None, *, initialized: bool = True, **options: Any
    ) -> Cluster:
        """A cluster with the settings of the tests; stopped after the test whatever happens."""
        settings = TEST_SETTINGS | options.pop("settings", {})
        cluster = Cluster("test", data_dir or make_directory(self), settings=settings, **options)
        if initialized and not cluster.place.data.exists():
            subprocess.run(["cp", "-a", self.initialized, cluster.place.data], check=True)
        self.addCleanup(cluster.stop)
        self.addCleanup(cluster.release)
        return cluster


def start_process(
    test: TestCase | WholeClass,
    command: list[str],
    *,
    output: IO[bytes] | int = subprocess.PIPE,
    **options: Any,
) -> subprocess.Popen[str]:
    """A process whose output can be read; asked, then forced to end after the test."""
    process = subprocess.Popen(
        command,
        stdout=output,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        **options,
    )

    def end() -> None:
        process.terminate()
        try:
            process.communicate(timeout=PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()

    test.addCleanup(end)
    return process


def wait_until(condition: Callable[[], Any], what: str) -> Any:
    """The first true value of `condition`; AssertionError after a deadline."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        value = condition()
        if value:
            return value
        time.sleep(0.02)
    raise AssertionError(f"did not happen within {PATIENCE_SECONDS:.0f} s: {what}")


def is_alive(pid: int) -> bool:
    """False also for a process that has ended and only waits for its parent to notice."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = subprocess.run(
        ["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False
    ).stdout
    return bool(state) and not state.startswith("Z")


def ask(cluster: Cluster, statement: str) -> tuple[object, ...]:
    """The first row that a statement returns."""
    with psycopg.connect(cluster.url, autocommit=True) as connection:
        answer = connection.execute(statement)
        return (answer.fetchone() or ()) if answer.description else ()


def server_pid(cluster: Cluster) -> int:
    """The number of its server."""
    return int((cluster.place.data / "postmaster.pid").read_text().split()[0])
