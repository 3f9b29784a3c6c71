"""The embedded PostgreSQL after accidents: killed, left half-way, refusing to start or to stop."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from unittest import TestCase

from django.test import tag

from devtools.environment import PROJECT
from devtools.postgres import Cluster, Patience
from devtools.postgres_programs import PostgresProblem, Programs, find_programs, runnable_by
from devtools.postgres_server import Postmaster
from devtools.tests.factories import (
    ClusterTestCase,
    ask,
    is_alive,
    make_directory,
    make_programs,
    server_pid,
    start_process,
    wait_until,
)

USE_UNTIL_KILLED = """
import sys, time
from pathlib import Path
from devtools.postgres import TEST_SETTINGS, Cluster
Cluster("test", Path(sys.argv[1]), settings=TEST_SETTINGS).acquire()
print("acquired", flush=True)
time.sleep(600)
"""


# Ignores the polite signals, as a server does that waits for a dead disk.
STUBBORN = """
import signal, sys, time
signal.signal(signal.SIGINT, signal.SIG_IGN)
signal.signal(signal.SIGQUIT, signal.SIG_IGN)
print("here", flush=True)
time.sleep(600)
"""


def write_pid_file(cluster: Cluster, pid: int) -> None:
    data = cluster.place.data
    lines = (str(pid), str(data), "1700000000", "5432", str(cluster.place.socket_directory), "")
    (data / "postmaster.pid").write_text("\n".join(lines))


def overwrite(pid_file: Path, text: str) -> None:
    """With as many characters, in place, as the server does it: no reader sees half of it."""
    with pid_file.open("r+") as file:
        file.write(text)


@tag("slow")
class RepairTests(ClusterTestCase):
    def test_brings_back_a_server_that_was_killed(self) -> None:
        cluster = self.make_cluster()
        cluster.acquire()
        ask(cluster, "CREATE TABLE survivor (id int)")
        os.kill(server_pid(cluster), signal.SIGKILL)
        wait_until(lambda: not cluster.is_running(), "the server is gone")
        cluster.release()

        cluster.acquire()

        self.assertEqual(ask(cluster, "SELECT count(*) FROM survivor"), (0,))

    def test_takes_over_the_server_of_a_run_that_was_killed(self) -> None:
        cluster = self.make_cluster()
        command = [sys.executable, "-c", USE_UNTIL_KILLED, str(cluster.place.home.parents[1])]
        user = start_process(self, command, cwd=PROJECT)
        wait_until(cluster.is_running, "the other process has started the server")
        pid = server_pid(cluster)
        user.kill()
        user.wait()

        cluster.acquire()
        taken_over = server_pid(cluster)
        cluster.release()

        self.assertEqual(taken_over, pid)
        self.assertFalse(is_alive(pid))

    def test_is_not_fooled_by_a_stranger_with_the_number_of_the_server(self) -> None:
        cluster = self.make_cluster()
        cluster.acquire()
        cluster.release()
        stranger = start_process(self, ["sleep", "600"])
        write_pid_file(cluster, stranger.pid)

        cluster.acquire()

        self.assertEqual(ask(cluster, "SELECT 1"), (1,))
        self.assertIsNone(stranger.poll())

    def test_begins_again_where_the_files_were_left_unfinished(self) -> None:
        cluster = self.make_cluster(initialized=False)
        for name in ("data.new", "data"):
            cluster.place.private(cluster.place.directory / name)
            (cluster.place.directory / name / "half-written").touch()

        cluster.acquire()

        self.assertEqual(ask(cluster, "SELECT 1"), (1,))

    def test_starts_one_server_for_two_runs_that_begin_together(self) -> None:
        directory = make_directory(self)
        cluster = self.make_cluster(directory, initialized=False)
        command = [sys.executable, "-c", USE_UNTIL_KILLED, str(directory)]
        runs = [start_process(self, command, cwd=PROJECT) for _ in range(2)]

        first_lines = [run.stdout.readline() for run in runs if run.stdout]
        wait_until(cluster.is_running, "one of them has started the server")

        self.assertEqual(sorted(line.split()[0] for line in first_lines), ["Creating", "acquired"])
        self.assertEqual(ask(cluster, "SELECT 1"), (1,))

    def test_says_why_the_server_does_not_start(self) -> None:
        cluster = self.make_cluster(settings={"max_connections": "several"})

        with self.assertRaisesRegex(PostgresProblem, "did not start, see .*max_connections"):
            cluster.acquire()

    def test_refuses_the_files_of_another_version(self) -> None:
        cluster = self.make_cluster()
        cluster.acquire()
        cluster.release()
        (cluster.place.data / "PG_VERSION").write_text("9\n")

        with self.assertRaisesRegex(PostgresProblem, "made by PostgreSQL 9.*make db-reset"):
            cluster.acquire()

    def test_brings_back_a_server_that_it_had_started_for_others(self) -> None:
        first = self.make_cluster()
        second = self.make_cluster(first.place.home.parents[1])
        first.acquire()
        second.acquire()
        first.release()
        os.kill(server_pid(first), signal.SIGKILL)
        wait_until(lambda: not first.is_running(), "the server is gone")

        first.acquire()

        self.assertEqual(ask(second, "SELECT 1"), (1,))

    def test_waits_for_a_server_that_is_still_starting(self) -> None:
        starter = self.make_cluster()
        starter.acquire()
        pid_file = starter.place.data / "postmaster.pid"
        ready = pid_file.read_text()
        overwrite(pid_file, ready.replace("ready   ", "starting"))
        taking_over = self.make_cluster(starter.place.home.parents[1])

        becoming_ready = threading.Timer(0.5, overwrite, [pid_file, ready])
        becoming_ready.start()
        taking_over.acquire()

        self.assertEqual(pid_file.read_text(), ready)
        self.assertTrue(taking_over.is_running())

    def test_ends_a_server_that_is_never_ready_and_stays_when_it_is_asked_to_go(self) -> None:
        cluster = self.make_cluster(patience=Patience(half_way=0.2, stop=0.2, stop_harder=0.2))
        command = [sys.executable, "-c", STUBBORN, str(cluster.place.data)]
        stubborn = start_process(self, command)
        assert stubborn.stdout
        self.assertEqual(stubborn.stdout.readline(), "here\n")
        write_pid_file(cluster, stubborn.pid)

        cluster.acquire()

        self.assertEqual(ask(cluster, "SELECT 1"), (1,))
        self.assertEqual(stubborn.wait(), -signal.SIGKILL)

    def test_starts_its_own_where_the_one_that_was_starting_gives_up(self) -> None:
        cluster = self.make_cluster()
        command = [sys.executable, "-c", "input()", str(cluster.place.data)]
        starting = start_process(self, command, stdin=subprocess.PIPE)
        write_pid_file(cluster, starting.pid)

        giving_up = threading.Timer(0.5, starting.kill)
        giving_up.start()
        cluster.acquire()

        self.assertEqual(ask(cluster, "SELECT 1"), (1,))
        self.assertNotEqual(server_pid(cluster), starting.pid)

    def test_tries_again_while_a_killed_server_s_memory_is_in_use(self) -> None:
        directory = make_directory(self)
        cluster = self.make_cluster(directory)
        real = runnable_by(cluster.place.account, find_programs(), cluster.place.directory)
        tried = directory / "tried"
        tried.mkdir(mode=0o777)
        tried.chmod(0o777)
        script = (
            f'if [ "$1" != --version ] && [ ! -e {tried}/once ]; then touch {tried}/once; '
            f"echo 'FATAL: pre-existing shared memory block is still in use'; exit 1; fi; "
            f'exec {real.directory}/postgres "$@"'
        )
        programs = Programs(make_programs(directory / "bin", body=script), real.major)
        for program in (programs.directory, *programs.directory.iterdir()):
            program.chmod(0o755)
        patient = self.make_cluster(directory, programs=programs)

        patient.acquire()

        self.assertTrue((tried / "once").exists())
        self.assertEqual(ask(patient, "SELECT 1"), (1,))

    def test_says_so_where_the_server_never_becomes_ready(self) -> None:
        directory = make_directory(self)
        body = 'if [ "$1" = --version ]; then exit 0; fi; exec sleep 600'
        programs = Programs(make_programs(directory / "bin", body=body), 18)
        for program in (programs.directory, *programs.directory.iterdir()):
            program.chmod(0o755)
        cluster = self.make_cluster(directory, programs=programs, patience=Patience(start=0.3))
        (cluster.place.data / "PG_VERSION").write_text("18\n")

        with self.assertRaisesRegex(PostgresProblem, "did not start, see .*it said nothing"):
            cluster.acquire()


class CreationTests(ClusterTestCase):
    """With programs that do as they are told."""

    def acquire(self, *, initdb: str, postgres: str, major: int = 18) -> None:
        directory = make_directory(self)
        programs = Programs(make_programs(directory / "bin"), major)
        for name, body in (("initdb", initdb), ("postgres", postgres)):
            (programs.directory / name).write_text(f"#!/bin/sh\n{body}\n")
            (programs.directory / name).chmod(0o755)
        programs.directory.chmod(0o755)
        self.make_cluster(directory, programs=programs, initialized=False).acquire()

    def test_says_what_initdb_said_last_after_every_kind_of_locale(self) -> None:
        for major, expected in ((16, 2), (18, 3)):
            calls = make_directory(self)
            calls.chmod(0o777)
            initdb = f"echo x >> {calls}/calls; echo 'no such locale'; echo; exit 1"
            with (
                self.subTest(major=major),
                self.assertRaisesRegex(PostgresProblem, "initdb failed: no such locale"),
            ):
                self.acquire(initdb=initdb, postgres="exit 0", major=major)
            self.assertEqual((calls / "calls").read_text().split(), ["x"] * expected)

    def test_says_so_where_the_database_is_not_made(self) -> None:
        single = 'if [ "$1" = --single ]; then echo "no room"; exit 1; fi'

        with self.assertRaisesRegex(PostgresProblem, "The database was not created: no room"):
            self.acquire(initdb="exit 0", postgres=single)


class PostmasterTests(TestCase):
    """Seen through /proc, and through ps where there is no such thing."""

    def test_is_alive_until_it_has_ended(self) -> None:
        for proc in (Path("/proc"), Path("/no/such/proc")):
            with self.subTest(proc=str(proc)):
                process = start_process(self, ["sleep", "600"])
                postmaster = Postmaster(process.pid, "1", is_ready=True, proc=proc)

                # A process that has just begun has no command line of its own yet.
                wait_until(lambda: "sleep" in postmaster.command_line(), "it has begun")  # noqa: B023
                alive = postmaster.is_alive
                process.kill()
                wait_until(lambda: not postmaster.is_alive, "it has ended")  # noqa: B023
                process.wait()

                self.assertTrue(alive)
                self.assertEqual((postmaster.is_alive, postmaster.command_line()), (False, ""))
