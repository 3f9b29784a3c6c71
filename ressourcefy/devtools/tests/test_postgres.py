"""The embedded PostgreSQL: started, shared, repaired and stopped, with real servers."""

import os
import pwd
import signal
import stat
import sys
from pathlib import Path
from urllib.parse import unquote, urlsplit

import psycopg

from devtools.environment import PROJECT
from devtools.postgres import DATABASE, Cluster
from devtools.postgres_place import LONGEST_SOCKET_PATH
from devtools.postgres_programs import PostgresProblem
from devtools.tests.factories import (
    ClusterTestCase,
    is_alive,
    make_directory,
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


def ask(cluster: Cluster, statement: str) -> tuple[object, ...]:
    with psycopg.connect(cluster.url, autocommit=True) as connection:
        answer = connection.execute(statement)
        return (answer.fetchone() or ()) if answer.description else ()


def server_pid(cluster: Cluster) -> int:
    return int((cluster.place.data / "postmaster.pid").read_text().split()[0])


def write_pid_file(cluster: Cluster, pid: int) -> None:
    data = cluster.place.data
    lines = (str(pid), str(data), "1700000000", "5432", str(cluster.place.socket_directory), "")
    (data / "postmaster.pid").write_text("\n".join(lines))


class ClusterTests(ClusterTestCase):
    def test_answers_at_the_address_it_returns(self) -> None:
        cluster = self.make_cluster()

        cluster.acquire()

        self.assertEqual(
            ask(
                cluster,
                "SELECT current_database(), current_setting('server_encoding'), "
                "current_setting('fsync'), current_setting('synchronous_commit'), lower('É')",
            ),
            (DATABASE, "UTF8", "off", "on", "é"),
        )

    def test_belongs_to_an_unprivileged_user(self) -> None:
        cluster = self.make_cluster()

        cluster.acquire()

        owner = cluster.place.data.stat()
        expected = pwd.getpwnam("nobody").pw_uid if os.geteuid() == 0 else os.geteuid()
        self.assertEqual(owner.st_uid, expected)
        self.assertEqual(stat.S_IMODE(owner.st_mode), 0o700)
        self.assertEqual(stat.S_IMODE(cluster.place.socket_directory.stat().st_mode), 0o700)

    def test_keeps_its_data_from_run_to_run(self) -> None:
        cluster = self.make_cluster()
        cluster.acquire()
        ask(cluster, "CREATE TABLE kept (id int)")
        cluster.release()

        cluster.acquire()

        self.assertEqual(ask(cluster, "SELECT count(*) FROM kept"), (0,))

    def test_is_stopped_by_the_last_user_only(self) -> None:
        first = self.make_cluster()
        second = self.make_cluster(first.place.home.parents[1])
        first.acquire()
        second.acquire()
        pid = server_pid(first)

        first.release()
        runs_for_the_second = second.is_running()
        second.release()

        self.assertTrue(runs_for_the_second)
        self.assertFalse(is_alive(pid))

    def test_lives_beside_that_of_another_data_directory(self) -> None:
        ours, theirs = self.make_cluster(), self.make_cluster()
        ours.acquire()
        theirs.acquire()

        ask(ours, "CREATE TABLE ours (id int)")
        ours.release()

        self.assertEqual(ask(theirs, "SELECT to_regclass('ours')"), (None,))

    def test_outlives_its_users_when_asked_to(self) -> None:
        cluster = self.make_cluster()
        cluster.acquire()
        cluster.keep_running()

        cluster.release()
        outlived = cluster.is_running()
        stopped = cluster.stop()

        self.assertEqual((outlived, stopped, cluster.is_running()), (True, True, False))

    def test_is_not_stopped_or_destroyed_under_its_users(self) -> None:
        user = self.make_cluster()
        user.acquire()
        other = self.make_cluster(user.place.home.parents[1])

        self.assertEqual((other.stop(), other.destroy()), (False, False))
        self.assertEqual(ask(user, "SELECT 1"), (1,))

    def test_is_empty_after_it_was_destroyed(self) -> None:
        cluster = self.make_cluster()
        cluster.acquire()
        ask(cluster, "CREATE TABLE lost (id int)")
        cluster.release()

        destroyed = cluster.destroy()

        cluster.acquire()
        self.assertTrue(destroyed)
        self.assertEqual(ask(cluster, "SELECT to_regclass('lost')"), (None,))

    def test_works_where_only_its_owner_may_enter(self) -> None:
        directory, stand_ins = make_directory(self), make_directory(self)
        directory.chmod(0o700)

        cluster = self.make_cluster(directory / ".data", stand_ins=[stand_ins], initialized=False)
        cluster.acquire()

        self.assertEqual(ask(cluster, "SELECT 1"), (1,))
        self.assertEqual(stat.S_IMODE(directory.stat().st_mode), 0o700)
        if os.geteuid() == 0:
            recorded = (directory / ".data/postgres/test/moved-to").read_text().strip()
            self.assertEqual(Path(recorded).parent, stand_ins)

    def test_works_in_a_directory_whose_name_no_socket_address_can_hold(self) -> None:
        directory = make_directory(self) / ("Long and Öffentlich 'quoted' " + "x" * 80)
        directory.mkdir()

        cluster = self.make_cluster(directory)
        cluster.acquire()
        self.addCleanup(cluster.destroy)
        self.addCleanup(cluster.release)

        self.assertEqual(ask(cluster, "SELECT 1"), (1,))
        self.assertLessEqual(len(os.fsencode(cluster.place.socket)), LONGEST_SOCKET_PATH)

    def test_has_an_address_that_survives_a_parser_which_folds_case(self) -> None:
        directory = make_directory(self) / "Mixed"
        directory.mkdir()

        cluster = self.make_cluster(directory)
        self.addCleanup(cluster.destroy)
        address = unquote(urlsplit(cluster.url).hostname or "")

        self.assertEqual(address, str(cluster.place.socket_directory))


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
