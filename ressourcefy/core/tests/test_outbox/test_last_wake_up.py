"""What processes of one machine know of each other's wake-ups."""

import math
import os
import struct
import tempfile
import time
from pathlib import Path

from django.db import connection
from django.test import SimpleTestCase

from core.database.base import DatabaseWrapper
from core.outbox.last_wake_up import LastWakeUp, last_wake_up_of


class LastWakeUpTests(SimpleTestCase):
    def setUp(self) -> None:
        self.mark = Path(self.enterContext(tempfile.TemporaryDirectory())) / "mark"

    def test_serves_whoever_asked_before_it_began_in_another_process_too(self) -> None:
        here, there = LastWakeUp(self.mark), LastWakeUp(self.mark)
        asked_at = time.monotonic()

        here.sent(here.begin())

        self.assertTrue(there.was_sent_since(asked_at))

    def test_does_not_serve_who_asked_after_it_began(self) -> None:
        last = LastWakeUp(self.mark)
        begun_at = last.begin()

        last.sent(begun_at)

        self.assertFalse(last.was_sent_since(math.nextafter(begun_at, math.inf)))

    def test_does_not_serve_before_it_was_sent(self) -> None:
        last = LastWakeUp(self.mark)
        asked_at = time.monotonic()

        last.begin()

        self.assertFalse(last.was_sent_since(asked_at))

    def test_has_others_wait_from_its_beginning(self) -> None:
        here, there = LastWakeUp(self.mark), LastWakeUp(self.mark)
        before = time.monotonic()

        here.begin()

        self.assertLessEqual(there.age(), time.monotonic() - before)

    def test_of_another_run_of_the_machine_means_nothing(self) -> None:
        future = time.monotonic() + 1_000
        self.mark.write_bytes(struct.pack("dd", future, future))

        last = LastWakeUp(self.mark)

        self.assertEqual(last.age(), math.inf)
        self.assertFalse(last.was_sent_since(time.monotonic()))

    def test_is_known_in_one_process_where_there_can_be_no_file(self) -> None:
        last = LastWakeUp(self.mark / "nowhere")
        asked_at = time.monotonic()

        last.sent(last.begin())

        self.assertTrue(last.was_sent_since(asked_at))
        last.remove()

    def test_trusts_a_file_of_its_own_only(self) -> None:
        os.mkfifo(self.mark)

        last = LastWakeUp(self.mark)
        last.sent(last.begin())

        self.assertTrue(last.was_sent_since(0.0))

    def test_follows_nobodys_link(self) -> None:
        victim = self.mark.with_name("victim")
        victim.write_text("kept")
        self.mark.symlink_to(victim)

        LastWakeUp(self.mark).begin()

        self.assertEqual(victim.read_text(), "kept")

    def test_can_be_removed_while_others_have_it(self) -> None:
        here, there = LastWakeUp(self.mark), LastWakeUp(self.mark)

        here.remove()
        here.remove()
        here.sent(here.begin())

        self.assertFalse(self.mark.exists())
        self.assertTrue(there.was_sent_since(0.0))

    def test_is_another_one_for_another_database(self) -> None:
        first = last_wake_up_of(connection)
        self.addCleanup(first.remove)
        another = DatabaseWrapper(connection.settings_dict | {"NAME": "another"})
        second = last_wake_up_of(another)
        self.addCleanup(second.remove)
        asked_at = time.monotonic()

        first.sent(first.begin())

        self.assertEqual(
            (first.was_sent_since(asked_at), second.was_sent_since(asked_at)), (True, False)
        )
