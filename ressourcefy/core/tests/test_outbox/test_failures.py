"""Attempts that fail: tried again, postponed, or the end; alone and among others."""

import logging
import sys
from collections.abc import Callable
from datetime import timedelta

from django.db import IntegrityError, OperationalError, connection, transaction
from django.db.models.functions import Now
from django.test import TransactionTestCase, override_settings

from core.models import OutboxEvent
from core.outbox import (
    Event,
    HandlerKind,
    PermanentFailure,
    RetryLater,
    process_outbox,
    temporary_handlers,
)
from core.outbox.claims import Lane, claim_due
from core.outbox.delivery import deliver_batch
from core.tests.factories import make_event, make_events
from core.tests.outbox_cases import DeliveryCase, fail_with, handle
from core.tests.outbox_helpers import (
    drop_effects_table,
    effects,
    effects_by_event,
    leave_effect,
    let_time_pass,
    make_effects_table,
    statuses,
)

_Status = OutboxEvent.Status


class FailureTests(DeliveryCase):
    def test_waits_two_to_the_power_of_the_failures_and_is_dead_at_the_fifth(self) -> None:
        handle(fail_with(ValueError("boom")))
        event = make_event()
        for failures in range(1, 5):
            process_outbox()

            self.assert_wait(event, 2**failures, 2**failures * 1.25 + 0.1)
            self.assertEqual((event.status, event.retry_count), (_Status.PENDING, failures))
            let_time_pass(timedelta(seconds=40))

        process_outbox()

        event.refresh_from_db()
        self.assertEqual((event.status, event.retry_count), (_Status.FAILED, 5))
        self.assertEqual(event.error_message, "ValueError: boom")
        self.assertEqual(event.locked_by, "")

    def test_of_one_event_leaves_the_others_of_its_batch_alone(self) -> None:
        def fail_for_two(event: Event) -> None:
            leave_effect(event)
            if event.payload["number"] == 2:
                raise ValueError

        handle(fail_for_two)
        for number in range(4):
            make_event(payload={"number": number}, aggregate_id=number)

        handled = process_outbox()

        self.assertEqual(handled, 4)
        self.assertEqual(effects(), [("0", 0), ("1", 1), ("3", 3)])
        self.assertEqual(statuses(), {"COMPLETED": 3, "PENDING": 1})

    def test_forgets_what_was_to_follow_the_commit(self) -> None:
        def fail_after_promising(event: Event) -> None:
            transaction.on_commit(lambda: self.fail("the handler failed"))
            raise ValueError

        handle(fail_after_promising)
        make_event()

        with self.captureOnCommitCallbacks(execute=True):
            process_outbox()

        self.assertEqual(statuses(), {"PENDING": 1})

    def test_is_final_at_once_when_the_handler_says_so(self) -> None:
        handle(fail_with(PermanentFailure("no such mailbox")), kind=HandlerKind.EXTERNAL)
        event = make_event()

        process_outbox()

        event.refresh_from_db()
        self.assertEqual((event.status, event.retry_count), (_Status.FAILED, 1))
        self.assertEqual(event.error_message, "PermanentFailure: no such mailbox")

    def test_of_an_unknown_type_is_an_ordinary_one(self) -> None:
        event = make_event("test.unknown")

        for _ in range(5):
            process_outbox()
            let_time_pass(timedelta(minutes=1))

        event.refresh_from_db()
        self.assertEqual(event.status, _Status.FAILED)
        self.assertIn("test.unknown", event.error_message)

    def test_by_leaving_the_interpreter_is_an_ordinary_one(self) -> None:
        handle(lambda event: sys.exit(3), "test.local")
        handle(lambda event: sys.exit(3), "test.external", HandlerKind.EXTERNAL)
        make_event("test.local")
        make_event("test.external", aggregate_id=2)

        process_outbox()

        self.assertEqual(OutboxEvent.objects.filter(retry_count=1).count(), 2)

    def test_keeps_no_secrets_no_addresses_and_nothing_that_cannot_be_stored(self) -> None:
        handle(
            fail_with(
                ValueError("\x00\ud800 jane@example.org password=hunter2 Bearer abc " + "x" * 9000)
            )
        )
        event = make_event()

        process_outbox()

        event.refresh_from_db()
        self.assertEqual(len(event.error_message), 1000)
        for secret in ("jane", "hunter2", "Bearer abc", "\x00"):
            self.assertNotIn(secret, event.error_message)

    def test_after_an_error_of_the_database_keeps_the_transaction_of_the_batch(self) -> None:
        def violate(event: Event) -> None:
            leave_effect(event)
            if event.payload["number"] == 1:
                with connection.cursor() as cursor:
                    cursor.execute("SELECT 1 / 0")

        handle(violate)
        for number in range(3):
            make_event(payload={"number": number}, aggregate_id=number)

        process_outbox()

        self.assertEqual(effects(), [("0", 0), ("2", 2)])

    def test_that_a_handler_hides_counts_nevertheless(self) -> None:
        def hide(event: Event) -> None:
            leave_effect(event)
            make_event(dedupe_key="taken")
            try:
                make_event(dedupe_key="taken")
            except IntegrityError:
                return

        handle(hide)
        event = make_event()

        process_outbox()

        event.refresh_from_db()
        self.assertEqual((event.status, event.retry_count), (_Status.PENDING, 1))
        self.assertIn("hid an error", event.error_message)
        self.assertEqual(effects(), [])

    def test_that_ruins_the_transaction_falls_back_to_one_event_at_a_time(self) -> None:
        def ruin(event: Event) -> None:
            if event.payload["number"] == 1:
                # No statement yet, so no savepoint that could heal this.
                transaction.set_rollback(True)
                raise ValueError
            leave_effect(event)

        handle(ruin)
        for number in range(3):
            make_event(payload={"number": number}, aggregate_id=number)

        self.assertEqual(process_outbox(), 3)

        self.assertEqual(effects(), [("0", 0), ("2", 2)])
        self.assertEqual(statuses(), {"COMPLETED": 2, "PENDING": 1})


class PostponementTests(DeliveryCase):
    def test_waits_longer_each_time_up_to_the_cap(self) -> None:
        handle(fail_with(RetryLater("provider away")), kind=HandlerKind.EXTERNAL)
        event = make_event()
        for waits in range(1, 14):
            process_outbox()

            longest = min(2**waits, 900)
            self.assert_wait(event, min(2**waits * 0.75, 900), longest + 0.1)
            self.assertEqual(event.wait_count, waits)
            let_time_pass(timedelta(minutes=16))

        self.assertEqual((event.status, event.retry_count), (_Status.PENDING, 0))

    def test_lasts_a_day_and_ends_in_death(self) -> None:
        handle(fail_with(RetryLater("provider away")), kind=HandlerKind.EXTERNAL)
        event = make_event()
        process_outbox()
        let_time_pass(timedelta(hours=23, minutes=50))

        process_outbox()
        event.refresh_from_db()
        still_alive = event.status
        let_time_pass(timedelta(minutes=16))
        process_outbox()

        event.refresh_from_db()
        self.assertEqual(still_alive, _Status.PENDING)
        self.assertEqual((event.status, event.wait_count), (_Status.FAILED, 3))

    def test_honours_the_time_that_the_provider_asks_for(self) -> None:
        handle(fail_with(RetryLater("busy", after=timedelta(minutes=4))))
        event = make_event()

        process_outbox()

        self.assert_wait(event, 240, 240.1)

    def test_never_exceeds_the_cap_for_a_provider(self) -> None:
        handle(fail_with(RetryLater("busy", after=timedelta(days=4))))
        event = make_event()

        process_outbox()

        self.assert_wait(event, 900, 900.1)

    def test_is_what_a_refusal_of_our_database_leads_to(self) -> None:
        handle(fail_with(OperationalError("deadlock detected")))
        event = make_event()

        process_outbox()

        event.refresh_from_db()
        self.assertEqual((event.retry_count, event.wait_count), (0, 1))

    def test_of_six_hours_loses_nothing(self) -> None:
        """20 events of 20 aggregates, the provider is away for 6 hours of the rows' time."""
        away = True

        def send(event: Event) -> None:
            if away:
                raise RetryLater("refused")
            leave_effect(event)

        handle(send, kind=HandlerKind.EXTERNAL)
        make_events("test.local", aggregates=20)
        for _ in range(24):
            process_outbox(1_000)
            let_time_pass(timedelta(minutes=15))

        away = False
        process_outbox(1_000)

        self.assertEqual(statuses(), {"COMPLETED": 20})
        self.assertEqual(set(effects_by_event().values()), {1})


class CommittedBatchTests(TransactionTestCase):
    """A batch of its own transaction, as a worker has it."""

    def setUp(self) -> None:
        self.enterContext(temporary_handlers(keep=False))
        logging.getLogger("core.outbox").setLevel(logging.CRITICAL)
        self.addCleanup(logging.getLogger("core.outbox").setLevel, logging.NOTSET)
        make_effects_table()
        self.addCleanup(drop_effects_table)

    def test_fails_only_the_event_that_violates_a_constraint_at_the_commit(self) -> None:
        def leave_twice(event: Event) -> None:
            leave_effect(event, once_only=f"{event.id}")
            if event.payload["number"] == 1:
                leave_effect(event, once_only=f"{event.id}")

        handle(leave_twice)
        for number in range(3):
            make_event(payload={"number": number}, aggregate_id=number)

        process_outbox()

        self.assertEqual(effects(), [("0", 0), ("2", 2)])
        self.assertEqual(statuses(), {"COMPLETED": 2, "PENDING": 1})
        self.assertIn("IntegrityError", OutboxEvent.objects.get(retry_count=1).error_message)

    def test_survives_a_savepoint_that_cannot_be_made(self) -> None:
        handle(leave_effect)
        for number in range(3):
            make_event(payload={"number": number}, aggregate_id=number)
        savepoints = 0

        def refuse_the_second(execute: Callable[..., object], sql: str, *rest: object) -> object:
            nonlocal savepoints
            savepoints += sql.startswith("SAVEPOINT")
            if sql.startswith("SAVEPOINT") and savepoints == 2:
                raise OperationalError
            return execute(sql, *rest)

        with connection.execute_wrapper(refuse_the_second):
            process_outbox()

        self.assertEqual(effects(), [("0", 0), ("2", 2)])
        self.assertEqual(statuses(), {"COMPLETED": 2, "PENDING": 1})

    def test_costs_a_fixed_number_of_statements_however_many_events_it_has(self) -> None:
        handle(lambda event: None)
        make_events("test.local", aggregates=50)

        with self.assertNumQueries(4):  # claim, begin, complete, commit
            self.assertEqual(deliver_batch(claim_due(100, Lane.LOCAL)), 50)

        self.assertEqual(statuses(), {"COMPLETED": 50})

    def test_gives_back_what_it_does_not_come_to(self) -> None:
        handle(leave_effect)
        make_events("test.local", aggregates=5)
        batch = claim_due(10)
        answers = iter([False, False, True])

        begun = deliver_batch(batch, stopping=lambda: next(answers))

        self.assertEqual(begun, 2)
        self.assertEqual(statuses(), {"COMPLETED": 2, "PENDING": 3})
        self.assertEqual(set(OutboxEvent.objects.values_list("claim_count", flat=True)), {0})

    def test_gives_back_what_it_does_not_come_to_one_by_one(self) -> None:
        handle(lambda event: leave_effect(event, once_only="same"))
        make_events("test.local", aggregates=3)
        batch = claim_due(10)
        # Three looks for the batch, which fails at its commit, then one before each event.
        answers = iter([False, False, False, False, True])

        begun = deliver_batch(batch, stopping=lambda: next(answers))

        self.assertEqual(begun, 1)
        self.assertEqual(statuses(), {"COMPLETED": 1, "PENDING": 2})

    @override_settings(OUTBOX_LEASE_SECONDS=60)
    def test_undoes_the_effects_of_an_event_that_was_taken_over(self) -> None:
        handle(leave_effect)
        for number in range(2):
            make_event(payload={"number": number}, aggregate_id=number)
        slow = claim_due(10)
        OutboxEvent.objects.filter(aggregate_id="1").update(
            locked_until=Now() - timedelta(seconds=1)
        )
        self.assertEqual(process_outbox(), 1)

        deliver_batch(slow)

        self.assertEqual(effects(), [("1", 1), ("0", 0)])
        self.assertEqual(statuses(), {"COMPLETED": 2})
