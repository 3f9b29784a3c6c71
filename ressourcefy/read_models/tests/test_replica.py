"""Reads while the replica is away, silent or unfit; devtools.tests.test_replica has a real one."""

import socket
from typing import Any
from unittest import mock

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import connections
from django.test import TestCase

from core.exceptions import NotFound
from read_models import database
from read_models.database import REPLICA, Replica, reads_for, replicated
from read_models.resources.resource_feed import get_resource_feed
from resources.models import Resource
from resources.models.access import Viewer
from users.models import User
from users.tests.factories import make_contributor

VISITOR = AnonymousUser()


class ReplicaTestCase(TestCase):
    """With a replica of which this process knows nothing yet."""

    def place_replica(self, **entry: Any) -> None:
        """Configure one that differs from the primary in `entry`."""
        replica = {**settings.DATABASES["default"], "ENGINE": "read_models.replica", **entry}
        self.enterContext(mock.patch.dict(settings.DATABASES, {REPLICA: replica}))
        self.enterContext(mock.patch.object(database, "replica", Replica()))
        # Django guards databases that a class did not name; this one comes later.
        self.enterContext(mock.patch.object(type(self), "databases", {"default", REPLICA}))
        self.addCleanup(self.forget_connection)

    def forget_connection(self) -> None:
        connections[REPLICA].close()
        del connections[REPLICA]

    def place_silent_server(self) -> socket.socket:
        """A replica that accepts connections, and never says a word."""
        server = self.enterContext(socket.create_server(("127.0.0.1", 0)))
        server.setblocking(False)
        options = settings.DATABASES["default"]["OPTIONS"] | {"connect_timeout": 2}
        port = str(server.getsockname()[1])
        self.place_replica(HOST="127.0.0.1", PORT=port, OPTIONS=options)
        return server


def connections_to(server: socket.socket) -> int:
    """How many have come since the last time."""
    count = 0
    while True:
        try:
            server.accept()[0].close()
        except BlockingIOError:
            return count
        count += 1


@replicated
def get_source(viewer: Viewer) -> str:
    """Where this read goes."""
    with connections[reads_for(viewer)].cursor() as cursor:
        cursor.execute("SELECT 1")
    return reads_for(viewer)


@replicated
def get_what_only_the_primary_knows(viewer: Viewer) -> str:
    """As of something that was made a moment ago."""
    if reads_for(viewer) == REPLICA:
        raise NotFound
    return "it"


class SourceTests(ReplicaTestCase):
    def test_without_a_replica_there_is_one_database(self) -> None:
        self.assertEqual(get_source(VISITOR), "default")

    def test_visitors_read_from_the_replica_and_everybody_else_from_the_primary(self) -> None:
        self.place_replica()

        self.assertEqual(get_source(VISITOR), REPLICA)
        self.assertEqual(get_source(User()), "default")

    def test_outside_a_replicated_read_there_is_one_database(self) -> None:
        self.place_replica()

        self.assertEqual(reads_for(VISITOR), "default")

    def test_what_the_replica_does_not_know_yet_the_primary_is_asked_for(self) -> None:
        self.place_replica()

        self.assertEqual(get_what_only_the_primary_knows(VISITOR), "it")
        self.assertEqual(get_source(VISITOR), REPLICA)


class TroubleTests(ReplicaTestCase):
    def setUp(self) -> None:
        Resource.objects.create(author=make_contributor(), title="T", description="D")

    def assert_answers(self, *, times: int = 3) -> None:
        for _ in range(times):
            self.assertEqual(len(get_resource_feed(VISITOR).items), 1)

    def test_one_that_is_away_is_told_of_once(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as closed:
            port = str(closed.getsockname()[1])
        self.place_replica(HOST="127.0.0.1", PORT=port)

        with self.assertLogs("read_models.database") as logs:
            self.assert_answers()

        self.assertEqual([record.levelname for record in logs.records], ["WARNING"])

    def test_one_that_is_silent_is_waited_for_once(self) -> None:
        server = self.place_silent_server()

        with self.assertLogs("read_models.database"):
            self.assert_answers()

        self.assertEqual(connections_to(server), 1)

    def test_those_who_are_signed_in_notice_nothing_of_it(self) -> None:
        server = self.place_silent_server()
        reader = make_contributor()

        self.assertEqual(len(get_resource_feed(reader).items), 1)

        self.assertEqual(connections_to(server), 0)

    def test_one_that_has_not_the_newest_tables_is_not_read(self) -> None:
        self.place_replica(NAME="postgres")

        with self.assertLogs("read_models.database") as logs:
            self.assert_answers()

        [record] = logs.records
        self.assertEqual(record.__dict__["error"], "UndefinedTable")

    def test_it_is_tried_again_later_with_a_new_connection(self) -> None:
        self.place_replica(NAME="postgres")
        with self.assertLogs("read_models.database"):
            self.assert_answers()
        settings.DATABASES[REPLICA]["NAME"] = settings.DATABASES["default"]["NAME"]

        with (
            self.assertLogs("read_models.database", "INFO") as logs,
            self.settings(DATABASE_REPLICA_RETRY_S=0),
            mock.patch.object(database.replica, "_look_at", 0.0),
        ):
            source = get_source(VISITOR)

        self.assertEqual(source, REPLICA)
        self.assertEqual(
            [record.getMessage() for record in logs.records], ["The replica is read again"]
        )
