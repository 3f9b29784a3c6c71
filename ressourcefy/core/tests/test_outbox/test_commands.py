"""What operators type: process_events, outbox status, outbox retry."""

import io
import json
import os
import signal
import threading
from datetime import timedelta
from typing import Any
from unittest.mock import ANY, patch
from uuid import uuid4

from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models.functions import Now
from django.test import TestCase, TransactionTestCase

from core.models import OutboxEvent
from core.outbox import (
    HandlerKind,
    handles,
    process_outbox,
    temporary_handlers,
)
from core.services import audit
from core.services.retry_events import retry_events
from core.tests.factories import make_event, make_events
from core.tests.outbox_helpers import is_drained, let_time_pass, statuses, wait_until

_Status = OutboxEvent.Status


def call(*arguments: str) -> str:
    """What a command prints."""
    output = io.StringIO()
    call_command(*arguments, stdout=output)
    return output.getvalue()


class ProcessEventsTests(TestCase):
    def setUp(self) -> None:
        self.enterContext(temporary_handlers(keep=False))

    def test_handles_what_is_due_and_ends(self) -> None:
        handles("test.local", HandlerKind.LOCAL)(lambda event: None)
        make_events("test.local", aggregates=5, each=2)

        output = call("process_events", "--batch=3")

        self.assertEqual(output, "10 events were handled.\n")
        self.assertEqual(statuses(), {"COMPLETED": 10})

    def test_refuses_options_that_make_no_sense(self) -> None:
        for option in ("--batch=0", "--threads=-1", "--interval=soon", "--grace=-2", "--batch=x"):
            with self.subTest(option=option), self.assertRaises(CommandError):
                call("process_events", option)


class WorkerCommandTests(TransactionTestCase):
    def test_works_until_a_signal_ends_it(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            before = signal.getsignal(number)
            self.addCleanup(signal.signal, number, before)
        self.enterContext(temporary_handlers(keep=False))
        handles("test.local", HandlerKind.LOCAL)(lambda event: None)
        make_event()

        def end_when_drained() -> None:
            try:
                wait_until(is_drained)
            finally:
                os.kill(os.getpid(), signal.SIGTERM)
                connection.close()

        ender = threading.Thread(target=end_when_drained)
        ender.start()
        with self.assertLogs("core.outbox", "INFO") as logs:
            call("process_events", "--loop", "--interval=5", "--threads=1")
        ender.join()

        self.assertEqual(
            [record.getMessage() for record in logs.records],
            ["The outbox worker began.", "The outbox worker ended."],
        )


class RetryCase(TestCase):
    def setUp(self) -> None:
        self.entries: list[tuple[Any, ...]] = []
        self.enterContext(patch.object(audit, "_recorders", []))
        audit.register_recorder(lambda *facts: self.entries.append(facts))

    def make_dead(self, **values: Any) -> OutboxEvent:
        return make_event(
            status=_Status.FAILED,
            retry_count=5,
            wait_count=2,
            waiting_since=Now(),
            error_message="ValueError: boom",
            **values,
        )


class RetryEventsTests(RetryCase):
    def test_gives_dead_events_all_their_attempts_again(self) -> None:
        event = self.make_dead()

        count = retry_events([event.id], actor=None)

        event.refresh_from_db()
        self.assertEqual(count, 1)
        self.assertEqual((event.status, event.retry_count), (_Status.PENDING, 0))
        self.assertEqual((event.wait_count, event.waiting_since), (0, None))
        self.assertTrue(OutboxEvent.objects.filter(next_retry_at__lte=Now()).exists())

    def test_keeps_what_the_event_went_through(self) -> None:
        event = self.make_dead()
        for _ in range(2):
            retry_events([event.id], actor=None)
            OutboxEvent.objects.update(status=_Status.FAILED, retry_count=1)

        event.refresh_from_db()
        first, second = event.history
        self.assertEqual(
            first,
            {
                "status": "FAILED",
                "retry_count": 5,
                "wait_count": 2,
                "error": "ValueError: boom",
                "put_back_at": ANY,
            },
        )
        self.assertEqual(second["retry_count"], 1)

    def test_is_audited_event_by_event(self) -> None:
        event = self.make_dead()

        retry_events([event.id], actor=None)

        self.assertEqual(
            self.entries,
            [
                (
                    event,
                    "UPDATE",
                    None,
                    {"status": "FAILED", "retry_count": 5},
                    {"status": "PENDING", "retry_count": 0},
                )
            ],
        )

    def test_leaves_events_that_are_not_dead_alone(self) -> None:
        for status in (_Status.PENDING, _Status.COMPLETED):
            event = make_event(status=status)

            self.assertEqual(retry_events([event.id], actor=None), 0)

        self.assertEqual(self.entries, [])

    def test_wakes_the_workers_if_there_is_anything_to_do(self) -> None:
        event = self.make_dead()

        with self.captureOnCommitCallbacks() as callbacks:
            retry_events([event.id], actor=None)
            retry_events([event.id], actor=None)

        self.assertEqual(len(callbacks), 1)

    def test_leads_to_delivery(self) -> None:
        self.enterContext(temporary_handlers(keep=False))
        handles("test.local", HandlerKind.LOCAL)(lambda event: None)
        event = self.make_dead()

        retry_events([event.id], actor=None)

        self.assertEqual(process_outbox(), 1)


class OutboxRetryCommandTests(RetryCase):
    def test_puts_the_named_events_back(self) -> None:
        first, second = self.make_dead(), self.make_dead()

        output = call("outbox", "retry", str(first.id))

        second.refresh_from_db()
        self.assertEqual(output, "1 events were put back.\n")
        self.assertEqual(second.status, _Status.FAILED)

    def test_puts_all_events_of_a_type_back(self) -> None:
        self.make_dead(event_type="test.a")
        self.make_dead(event_type="test.b")

        call("outbox", "retry", "--type", "test.a")

        self.assertEqual(OutboxEvent.objects.dead().get().event_type, "test.b")

    def test_puts_all_dead_events_back(self) -> None:
        for number in range(3):
            self.make_dead(aggregate_id=number)

        output = call("outbox", "retry", "--all")

        self.assertEqual(output, "3 events were put back.\n")
        self.assertEqual(len(self.entries), 3)

    def test_says_so_when_an_event_is_not_dead(self) -> None:
        dead = self.make_dead()

        with self.assertRaisesMessage(CommandError, "1 of 2 events were put back"):
            call("outbox", "retry", str(dead.id), str(uuid4()))

    def test_needs_to_know_which(self) -> None:
        for arguments in ([], ["7"], ["--all", "--type", "test.a"]):
            with self.subTest(arguments=arguments), self.assertRaises(CommandError):
                call("outbox", "retry", *arguments)


class OutboxStatusCommandTests(TestCase):
    def make_all_kinds(self) -> None:
        make_event("test.done", status=_Status.COMPLETED, processed_at=Now())
        make_event("test.a", aggregate_id=1)
        make_event("test.a", aggregate_id=2, error_message="RetryLater: away\nline", wait_count=3)
        make_event(
            "test.a",
            aggregate_id=3,
            status=_Status.PROCESSING,
            locked_by="host:1:abc:1",
            locked_until=Now() - timedelta(minutes=1),
        )
        make_event("test.b", status=_Status.FAILED, error_message="boom", retry_count=5)

    def test_says_when_there_is_nothing(self) -> None:
        self.assertEqual(call("outbox", "status"), "Nothing is open and nothing is dead.\n")

    def test_shows_counts_age_owner_and_last_error(self) -> None:
        self.make_all_kinds()
        let_time_pass(timedelta(hours=2))

        lines = call("outbox", "status").splitlines()

        self.assertEqual(lines[1].split()[:5], ["test.a", "2", "1", "1", "0"])
        self.assertEqual(lines[2].split(), ["test.b", "0", "0", "0", "1", "-"])
        text = "\n".join(lines)
        self.assertIn("held by host:1:abc:1 until", text)
        self.assertIn("age 2:00:0", text)
        self.assertIn("    RetryLater: away\n", text)
        self.assertIn("failures 5", text)

    def test_shows_the_same_to_machines(self) -> None:
        self.make_all_kinds()

        document = json.loads(call("outbox", "status", "--json", "--limit=5"))

        types = {entry["event_type"]: entry for entry in document["types"]}
        self.assertEqual(types["test.a"]["pending"], 2)
        self.assertEqual(types["test.a"]["stuck"], 1)
        self.assertEqual(types["test.b"]["dead"], 1)
        self.assertEqual(document["in_progress"][0]["owner"], "host:1:abc:1")
        self.assertEqual(document["in_trouble"][0]["waits"], 3)
        self.assertEqual(document["dead"][0]["last_error"], "boom")

    def test_takes_a_fixed_number_of_queries(self) -> None:
        self.make_all_kinds()

        with self.assertNumQueries(4):
            call("outbox", "status")
