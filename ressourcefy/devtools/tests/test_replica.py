"""Reads from a real streaming replica: behind, in conflict, frozen, gone, and back."""

import contextlib
import json
import os
import secrets
import signal
import subprocess
import threading
from typing import Any
from unittest import mock

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import connections
from django.test import override_settings, tag

from devtools.tests.factories import (
    ClusterTestCase,
    ask,
    is_alive,
    make_directory,
    server_pid,
    wait_until,
)
from devtools.tests.servers import WebServer, make_environment, request, run_manage
from devtools.tests.standby import make_standby, pause_replay, resume_replay, wait_for_replay
from read_models import database
from read_models.database import REPLICA, Replica, reads_for, replicated
from read_models.replica import base
from resources.models.access import Viewer

VISITOR = AnonymousUser()
CHIEF = {
    "SUPERADMIN_EMAIL": "chief@example.org",
    "SUPERADMIN_PASSWORD": secrets.token_urlsafe(16),
    "SUPERADMIN_USERNAME": "chief",
}
NOT_READ = "The replica is not read: the primary answers its reads"
READ_AGAIN = "The replica is read again"


def send(number: signal.Signals, processes: list[int]) -> None:
    """To those that are still there: connections come and go."""
    for pid in processes:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


class ReplicaTestCase(ClusterTestCase):
    def make_pair(self, **settings_of_standby: str) -> None:
        """A primary that runs, and a replica of it that does."""
        self.primary = self.make_cluster(make_directory(self))
        self.primary.acquire()
        self.standby = make_standby(self.primary, make_directory(self), **settings_of_standby)
        self.addCleanup(self.standby.stop)
        self.addCleanup(self.standby.release)
        self.standby.acquire()


@tag("slow")
class WebServerTests(ReplicaTestCase):
    """The product on a primary and its replica, one process, so that there is one opinion."""

    def call(self, method: str, path: str, body: object = None, *, signed_in: bool = False) -> Any:
        headers = {"Content-Type": "application/json"}
        if signed_in:
            headers["Authorization"] = f"Bearer {self.token}"
        text = None if body is None else json.dumps(body)
        status, answer = request(self.web.port, path, method=method, body=text, **headers)
        self.assertLess(status, 300, f"{method} {path}\n{answer}\n{self.web.words()[-3_000:]}")
        return json.loads(answer)

    def publish(self, title: str) -> str:
        body: dict[str, object] = {
            "title": title,
            "description": "All there is to know.",
            "visibility": "public",
            "price_cents": None,
            "tag_ids": [],
            "file_url": "https://files.example.org/lesson.pdf",
        }
        return str(
            self.call("POST", "/api/resources/", body, signed_in=True)["data"]["resource_id"]
        )

    def titles(self, *, signed_in: bool = False) -> list[str]:
        feed = self.call("GET", "/api/feed/", signed_in=signed_in)
        return [card["title"] for card in feed["data"]]

    def wait_for_titles(self, titles: list[str]) -> None:
        """Of visitors; on a busy machine the replica may be passed over for a second."""
        wait_until(lambda: self.titles() == titles, f"visitors see {titles}")

    def wait_until_it_is_read(self) -> None:
        wait_until(
            lambda: self.titles() and self.said(READ_AGAIN) == self.said(NOT_READ),
            "it is read again",
        )

    def said(self, sentence: str) -> int:
        return self.web.words().count(sentence)

    def setUp(self) -> None:
        self.make_pair()
        environment = make_environment(
            DATABASE_URL=self.primary.url,
            DATABASE_REPLICA_URL=self.standby.url,
            DATABASE_REPLICA_RETRY_S="1",
            HOT_READ_SECONDS="0",
        )
        run_manage(environment, "migrate", "--verbosity", "0")
        run_manage(environment | CHIEF, "create_superadmin")
        self.web = WebServer(self, environment, workers=1)
        credentials = {"email": CHIEF["SUPERADMIN_EMAIL"], "password": CHIEF["SUPERADMIN_PASSWORD"]}
        self.token = self.call("POST", "/api/auth/login/", credentials)["data"]["access_token"]
        self.publish("First")
        wait_for_replay(self.primary, self.standby)

    def test_it_may_be_behind_frozen_or_gone(self) -> None:
        self.assert_shows_visitors_what_it_has_and_writers_what_they_wrote()
        self.assert_waits_for_a_frozen_one_once()
        self.assert_is_ready_without_one_and_takes_it_back()

    def assert_shows_visitors_what_it_has_and_writers_what_they_wrote(self) -> None:
        pause_replay(self.standby)
        resource_id = self.publish("Second")
        vote = {"resource_id": resource_id, "vote_value": 1}
        self.call("POST", "/api/resources/vote/", vote, signed_in=True)
        detail = f"/api/resources/{resource_id}/detail/"

        self.wait_for_titles(["First"])
        self.assertEqual(self.titles(signed_in=True), ["Second", "First"])
        self.assertEqual(self.call("GET", detail, signed_in=True)["data"]["user_vote"], 1)
        # A link that somebody has just passed on works.
        self.assertEqual(self.call("GET", detail)["data"]["title"], "Second")

        resume_replay(self.standby)
        wait_for_replay(self.primary, self.standby)
        self.wait_for_titles(["Second", "First"])

    def assert_waits_for_a_frozen_one_once(self) -> None:
        processes = self.freeze_standby()
        before = self.said(NOT_READ)
        self.publish("Third")

        for _ in range(5):
            self.assertEqual(self.titles(), ["Third", "Second", "First"])
        self.assertLessEqual(self.said(NOT_READ), before + 1)
        self.assertGreater(self.said(NOT_READ), self.said(READ_AGAIN))

        send(signal.SIGCONT, processes)
        wait_for_replay(self.primary, self.standby)
        self.wait_until_it_is_read()

    def freeze_standby(self) -> list[int]:
        """Stop all of its processes, connections and all: the system still accepts new ones."""
        postmaster = server_pid(self.standby)
        table = subprocess.run(
            ["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True
        ).stdout
        pairs = (map(int, line.split()) for line in table.splitlines())
        processes = [postmaster, *(pid for pid, parent in pairs if parent == postmaster)]
        self.addCleanup(send, signal.SIGCONT, processes)
        send(signal.SIGSTOP, processes)
        return processes

    def assert_is_ready_without_one_and_takes_it_back(self) -> None:
        postmaster = server_pid(self.standby)
        os.kill(postmaster, signal.SIGQUIT)
        wait_until(lambda: not is_alive(postmaster), "the standby ends")
        self.publish("Fourth")

        for _ in range(5):
            self.assertEqual(self.titles()[0], "Fourth")
        self.assertGreater(self.said(NOT_READ), self.said(READ_AGAIN))
        self.assertEqual(request(self.web.port, "/health/ready/")[0], 200)

        self.standby.release()
        self.standby.acquire()
        wait_for_replay(self.primary, self.standby)
        self.wait_until_it_is_read()
        pause_replay(self.standby)
        self.publish("Fifth")
        self.wait_for_titles(["Fourth", "Third", "Second", "First"])


class StateTests(ReplicaTestCase):
    """This process on a real replica, where a read can be held in the middle."""

    def setUp(self) -> None:
        # What a reader holds up is replayed at once, and the reader cancelled.
        self.make_pair(max_standby_streaming_delay="0")
        ask(self.primary, "CREATE TABLE lessons AS SELECT 1 AS id")
        wait_for_replay(self.primary, self.standby)
        entry = {
            **settings.DATABASES["default"],
            "ENGINE": "read_models.replica",
            "NAME": "ressourcefy",
            "USER": "postgres",
            "HOST": str(self.standby.place.socket_directory),
        }
        self.enterContext(mock.patch.dict(settings.DATABASES, {REPLICA: entry}))
        self.enterContext(mock.patch.object(database, "replica", Replica()))
        # However busy the machine: what counts here is the replica's own word.
        self.enterContext(mock.patch.object(base, "PATIENCE_SECONDS", 30))
        self.addCleanup(self.forget_connection)

    def forget_connection(self) -> None:
        connections[REPLICA].close()
        del connections[REPLICA]

    def test_a_read_that_is_in_the_way_of_replay_is_answered_by_the_primary(self) -> None:
        changing = threading.Thread(target=self.drop_once_it_is_read)

        @replicated
        def get_lessons(viewer: Viewer) -> str:
            if reads_for(viewer) == REPLICA:
                with connections[REPLICA].cursor() as cursor:
                    cursor.execute("SELECT id, pg_sleep(25) FROM lessons")
            return reads_for(viewer)

        @replicated
        def get_nothing(viewer: Viewer) -> str:
            return reads_for(viewer)

        changing.start()
        with self.assertNoLogs("read_models.database"):
            answered_by = get_lessons(VISITOR)
            changing.join()

        self.assertEqual(answered_by, "default")
        # It was that read's misfortune; the replica is well.
        self.assertEqual(get_nothing(VISITOR), REPLICA)

    def drop_once_it_is_read(self) -> None:
        sleeping = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'"
        wait_until(lambda: ask(self.standby, sleeping) == (1,), "the table is being read")
        ask(self.primary, "DROP TABLE lessons")

    def test_one_that_is_too_far_behind_is_not_read(self) -> None:
        @replicated
        def get_lessons(viewer: Viewer) -> str:
            return reads_for(viewer)

        self.assertEqual(get_lessons(VISITOR), REPLICA)
        pause_replay(self.standby)
        ask(self.primary, "INSERT INTO lessons VALUES (2)")

        with (
            override_settings(DATABASE_REPLICA_MAX_LAG_S=0),
            mock.patch.object(database, "LOOK_SECONDS", 0.0),
            self.assertLogs("read_models.database") as logs,
        ):
            wait_until(lambda: get_lessons(VISITOR) == "default", "its lag is noticed")

        [record] = logs.records
        self.assertEqual(record.__dict__["reason"], "it is too far behind")
