"""The embedded PostgreSQL: started, shared and stopped, with real servers."""

import os
import pwd
import stat
import threading
from pathlib import Path
from urllib.parse import unquote, urlsplit

from django.test import tag

from devtools.postgres import DATABASE
from devtools.postgres_place import LONGEST_SOCKET_PATH
from devtools.tests.factories import (
    ClusterTestCase,
    ask,
    is_alive,
    make_directory,
    server_pid,
)


@tag("slow")
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

    def test_is_released_by_a_thread_as_well(self) -> None:
        cluster = self.make_cluster()
        cluster.acquire()

        releasing = threading.Thread(target=cluster.release)
        releasing.start()
        releasing.join()

        self.assertFalse(cluster.is_running())

    def test_is_kept_only_where_it_runs(self) -> None:
        cluster = self.make_cluster()

        cluster.keep_running()

        self.assertFalse(cluster.is_kept())
