"""Connections where the server has too few: waited for, shared, and kept again afterwards."""

import os
import secrets
import tempfile
import threading
import time
from pathlib import Path
from typing import Any
from unittest import mock

from django.db import OperationalError, connection
from django.test import SimpleTestCase, TransactionTestCase

from core.database import scarcity
from core.database.scarcity import SECONDS, Scarcity, scarcity_at


def make_directory(test: SimpleTestCase) -> Path:
    """A directory for marks of this test alone."""
    return Path(test.enterContext(tempfile.TemporaryDirectory()))


class MarkTests(SimpleTestCase):
    def setUp(self) -> None:
        self.path = make_directory(self) / "mark"

    def test_speaks_to_other_processes_too(self) -> None:
        Scarcity(self.path).tell()

        self.assertTrue(Scarcity(self.path).lasts())

    def test_is_forgotten(self) -> None:
        Scarcity(self.path).tell()
        past = time.time() - SECONDS
        os.utime(self.path, (past, past))

        self.assertFalse(Scarcity(self.path).lasts())

    def test_speaks_for_nothing_where_there_is_none(self) -> None:
        self.assertFalse(Scarcity(self.path).lasts())

    def test_follows_nobodys_link(self) -> None:
        victim = self.path.with_name("victim")
        victim.touch()
        os.utime(victim, (0, 0))
        self.path.symlink_to(victim)

        Scarcity(self.path).tell()

        self.assertEqual(victim.stat().st_mtime, 0)

    def test_counts_in_this_process_where_none_can_be_left(self) -> None:
        told = Scarcity(self.path / "nowhere" / "mark")

        told.tell()

        self.assertTrue(told.lasts())


class ConnectionTests(TransactionTestCase):
    """A role that may have one connection, and two that want it."""

    def setUp(self) -> None:
        self.enterContext(mock.patch.object(tempfile, "tempdir", str(make_directory(self))))
        scarcity._scarcity_at.cache_clear()
        self.addCleanup(scarcity._scarcity_at.cache_clear)
        self.role, self.password = f"scarce_{secrets.token_hex(4)}", secrets.token_hex(8)
        with connection.cursor() as cursor:
            cursor.execute(
                f"CREATE ROLE {self.role} LOGIN CONNECTION LIMIT 1 PASSWORD '{self.password}'"
            )
        self.addCleanup(self.drop_role)
        self.first, self.second = self.make_connection(), self.make_connection()

    def drop_role(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"DROP ROLE {self.role}")

    def make_connection(self) -> Any:
        """One that is not open yet, as another thread would have it."""
        made = connection.copy()
        made.settings_dict |= {"USER": self.role, "PASSWORD": self.password, "CONN_MAX_AGE": 600}
        made.inc_thread_sharing()
        self.addCleanup(made.close)
        return made

    def test_one_that_is_given_back_in_time_is_had(self) -> None:
        self.first.ensure_connection()
        waiting = threading.Thread(target=self.second.ensure_connection)

        waiting.start()
        while not scarcity_at(self.first).lasts():
            time.sleep(0.01)
        # What happens at the end of a request.
        self.first.close_if_unusable_or_obsolete()
        waiting.join()

        self.assertTrue(self.second.is_usable())

    def test_none_is_waited_for_without_end(self) -> None:
        self.first.ensure_connection()

        with self.assertRaisesRegex(OperationalError, "too many connections"):
            self.second.ensure_connection()

    def test_those_that_nobody_waits_for_are_kept(self) -> None:
        self.first.ensure_connection()

        self.first.close_if_unusable_or_obsolete()

        self.assertTrue(self.first.is_usable())

    def test_one_with_an_open_transaction_is_kept(self) -> None:
        self.first.ensure_connection()
        scarcity_at(self.first).tell()
        self.first.in_atomic_block = True
        self.addCleanup(setattr, self.first, "in_atomic_block", False)

        self.first.close_if_unusable_or_obsolete()

        self.assertTrue(self.first.is_usable())

    def test_any_other_refusal_is_not_repeated(self) -> None:
        self.first.settings_dict["NAME"] = "there_is_no_such_database"

        with self.assertRaisesRegex(OperationalError, "does not exist"):
            self.first.ensure_connection()

        self.assertFalse(scarcity_at(self.first).lasts())
