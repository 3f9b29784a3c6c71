"""Small jobs beside the events: one that fails neither ends nor holds up the others."""

from collections.abc import Callable
from datetime import timedelta
from unittest.mock import patch

from django.db import OperationalError
from django.test import SimpleTestCase

from core.outbox import chores
from core.outbox.chores import Chores, every
from core.tests.outbox_helpers import wait_until

AT_EVERY_LOOK = timedelta(0)


class ChoresTests(SimpleTestCase):
    def setUp(self) -> None:
        self.enterContext(patch.object(chores, "_chores", []))
        self.enterContext(patch.object(chores, "_TICK_SECONDS", 0.01))
        self.calls: list[str] = []

    def register(
        self, name: str, *, interval: timedelta = AT_EVERY_LOOK, failing: Exception | None = None
    ) -> None:
        """A chore that fails the first time with `failing`."""

        @every(interval)
        def do() -> None:
            self.calls.append(name)
            if failing is not None and self.calls.count(name) == 1:
                raise failing

    def run_until(self, condition: Callable[[], bool]) -> None:
        running = Chores()
        running.start()
        try:
            wait_until(condition)
        finally:
            running.stop(seconds=10)

    def test_that_fails_is_logged_and_done_again_and_so_are_the_others(self) -> None:
        self.register("broken", failing=ValueError("no"))
        self.register("other")

        with self.assertLogs("core.outbox", "ERROR") as logs:
            self.run_until(lambda: min(map(self.calls.count, ("broken", "other"))) > 1)

        [record] = logs.records
        self.assertEqual(record.getMessage(), "A chore failed.")
        self.assertIn("register", record.__dict__["chore"])

    def test_without_a_database_waits_and_says_when_it_goes_and_comes_back(self) -> None:
        self.register("asking", failing=OperationalError("away"))

        with self.assertLogs("core.outbox", "WARNING") as logs:
            self.run_until(lambda: self.calls.count("asking") > 2)

        self.assertEqual(
            [record.getMessage() for record in logs.records],
            ["The database refuses or is away; the worker waits for it.", "The database is back."],
        )

    def test_is_done_once_at_the_start_and_then_at_its_interval(self) -> None:
        self.register("rare", interval=timedelta(hours=1))
        self.register("often")

        self.run_until(lambda: self.calls.count("often") > 3)

        self.assertEqual(self.calls.count("rare"), 1)
