"""Writing events: in the caller's transaction, checked, once for each key."""

import uuid
from datetime import timedelta
from enum import StrEnum
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models.functions import Now
from django.test import TestCase, TransactionTestCase

from core.models import OutboxEvent
from core.outbox import (
    InvalidPayload,
    UnregisteredEventType,
    emit_event,
    handles,
    temporary_handlers,
)
from core.request_context import RequestContext, request_context
from core.tests.factories import make_event, make_events
from core.tests.outbox_helpers import in_threads


class _Type(StrEnum):
    REGISTERED = "test.registered"


class EmissionCase:
    """A registered type to emit."""

    def setUp(self) -> None:
        super().setUp()  # type: ignore[misc]
        self.enterContext(temporary_handlers(keep=False))  # type: ignore[attr-defined]
        handles(_Type.REGISTERED)(lambda event: None)


class EmitEventTests(EmissionCase, TestCase):
    def emit(self, payload: Any = None, **options: Any) -> OutboxEvent:
        return emit_event("USER", "7", _Type.REGISTERED, payload or {}, **options)

    def test_writes_a_pending_event_that_is_due_by_the_clock_of_the_database(self) -> None:
        event = self.emit({"user_id": "7", "parts": [1, None, True]})

        stored = OutboxEvent.objects.filter(next_retry_at__lte=Now()).get()
        self.assertEqual(stored.id, event.id)
        self.assertEqual(stored.status, OutboxEvent.Status.PENDING)
        self.assertEqual((stored.aggregate_type, stored.aggregate_id), ("USER", "7"))
        self.assertEqual(stored.event_type, "test.registered")
        self.assertEqual(stored.payload, {"user_id": "7", "parts": [1, None, True]})
        self.assertEqual(stored.created_at, event.created_at)

    def test_returns_the_number_that_the_database_gave(self) -> None:
        first, second = self.emit(), self.emit()

        self.assertLess(first.seq, second.seq)
        self.assertEqual(OutboxEvent.objects.get(id=second.id).seq, second.seq)

    def test_keeps_the_id_of_the_request(self) -> None:
        with request_context(RequestContext(request_id="request-1")):
            event = self.emit()

        self.assertEqual(event.request_id, "request-1")

    def test_refuses_a_type_without_a_handler(self) -> None:
        with self.assertRaisesMessage(UnregisteredEventType, "test.unknown"):
            emit_event("USER", "7", "test.unknown", {})

        self.assertFalse(OutboxEvent.objects.exists())

    def test_refuses_what_is_not_json(self) -> None:
        for payload in (
            [1],
            {"id": uuid.uuid4()},
            {"number": float("nan")},
            {"text": "\x00"},
            {"text": "\ud800"},
            {"deep": [{"\x00": 1}]},
        ):
            with self.subTest(payload=payload), self.assertRaises(InvalidPayload):
                self.emit(payload)

    def test_refuses_secrets_and_addresses(self) -> None:
        for payload in (
            {"password": "x"},
            {"old_passwd": "x"},
            {"Client_Secret": "x"},
            {"authorization": ""},
            {"of": [{"cookie": None}]},
            {"api_key": 1},
            {"reset_token": "x"},
            {"user": {"email": None}},
            {"apikey": 1},
            {"note": ["for jane@example.org"]},
            {"note": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N"},
            {"header": "Bearer abc"},
        ):
            with self.subTest(payload=payload), self.assertRaises(InvalidPayload) as refusal:
                self.emit(payload)

            self.assertNotIn("jane@example.org", str(refusal.exception))

    def test_takes_names_that_only_resemble_those_of_secrets(self) -> None:
        payload = {"token_version": 3, "refund": "re_3N8xYzAbCdEfGhIj", "price": "1.25"}

        self.assertEqual(self.emit(payload).payload, payload)

    def test_returns_the_event_that_has_the_key_already(self) -> None:
        first = self.emit({"a": 1}, dedupe_key="once")

        second = self.emit({"a": 2}, dedupe_key="once")

        self.assertEqual(second.id, first.id)
        self.assertEqual(OutboxEvent.objects.get().payload, {"a": 1})

    def test_wakes_the_workers_after_the_commit_and_only_for_a_new_event(self) -> None:
        with self.captureOnCommitCallbacks() as callbacks:
            self.emit(dedupe_key="once")
            self.emit(dedupe_key="once")

        self.assertEqual(len(callbacks), 1)

    def test_is_undone_with_the_change_it_tells_of(self) -> None:
        with transaction.atomic():
            self.emit()
            transaction.set_rollback(True)

        self.assertFalse(OutboxEvent.objects.exists())


class ConcurrentEmissionTests(EmissionCase, TransactionTestCase):
    def test_of_one_key_writes_one_event(self) -> None:
        in_threads(8, lambda: emit_event("USER", "7", _Type.REGISTERED, {}, dedupe_key="only-once"))

        self.assertEqual(OutboxEvent.objects.count(), 1)


class OutboxEventTests(TestCase):
    def test_is_numbered_in_bulk_as_well(self) -> None:
        events = make_events("test.local", aggregates=2, each=2)

        self.assertEqual([event.seq for event in events], sorted(event.seq for event in events))
        self.assertEqual(len({event.seq for event in events}), 4)

    def test_keeps_its_number_when_it_is_saved(self) -> None:
        event = make_event()
        seq = event.seq

        event.save()

        self.assertEqual(OutboxEvent.objects.get().seq, seq)

    def test_set_to_pending_by_hand_is_free_again(self) -> None:
        event = make_event(
            status=OutboxEvent.Status.PROCESSING, locked_by="someone", locked_until=Now()
        )
        for update_fields in (None, ["status"]):
            with self.subTest(update_fields=update_fields):
                event.status = OutboxEvent.Status.PENDING
                event.save(update_fields=update_fields)

                stored = OutboxEvent.objects.get()
                self.assertEqual((stored.locked_by, stored.locked_until), ("", None))

    def test_dead_and_set_to_pending_by_hand_has_all_its_attempts_again(self) -> None:
        for update_fields in (None, ["status"]):
            with self.subTest(update_fields=update_fields):
                event = make_event(
                    status=OutboxEvent.Status.FAILED,
                    retry_count=settings.OUTBOX_MAX_FAILURES,
                    wait_count=3,
                    waiting_since=Now(),
                )
                event.status = OutboxEvent.Status.PENDING
                event.save(update_fields=update_fields)

                stored = OutboxEvent.objects.get(pk=event.pk)
                self.assertEqual(
                    (stored.retry_count, stored.wait_count, stored.waiting_since), (0, 0, None)
                )

    def test_processing_without_a_lease_is_refused_by_the_database(self) -> None:
        event = make_event()

        with (
            self.assertRaisesMessage(Exception, "outbox_claim_while_processing"),
            transaction.atomic(),
        ):
            OutboxEvent.objects.update(status=OutboxEvent.Status.PROCESSING)

        self.assertEqual(str(event), f"test.local {event.id}")

    def test_is_overdue_when_open_too_long_and_in_nobody_s_hands(self) -> None:
        hour = timedelta(hours=1)
        old: dict[str, Any] = {"created_at": Now() - hour}
        expected = {
            make_event(**old).id,
            make_event(**old, status="PROCESSING", locked_until=Now() - hour).id,
        }
        make_event(**old, status="PROCESSING", locked_until=Now() + hour)
        make_event(**old, status="FAILED")
        make_event()

        overdue = OutboxEvent.objects.overdue(timedelta(minutes=10))

        self.assertEqual(set(overdue.values_list("id", flat=True)), expected)

    def test_rows_are_vacuumed_early(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT reloptions FROM pg_class WHERE relname = 'core_outboxevent'")
            (options,) = cursor.fetchone()

        self.assertIn("autovacuum_vacuum_threshold=20000", options)
