"""Claims: in order, one owner at a time, given back by themselves, cheap at any size."""

import os
import threading
from datetime import timedelta

from django.db import connection, transaction
from django.db.models.functions import Now
from django.test import TestCase, TransactionTestCase, override_settings

from core.models import OutboxEvent
from core.outbox import HandlerKind, handles, process_outbox, temporary_handlers
from core.outbox import claims as claims_module
from core.outbox.claims import (
    Lane,
    claim_due,
    claim_expired,
    complete,
    hand_back,
    ids_of,
    record_failure,
    renew,
)
from core.outbox.delivery import deliver_batch
from core.outbox.errors import RetryLater
from core.outbox.outcomes import Outcome
from core.tests.factories import make_event, make_events
from core.tests.outbox_helpers import in_threads, let_time_pass, statuses

_Status = OutboxEvent.Status


class ClaimDueTests(TestCase):
    def setUp(self) -> None:
        self.enterContext(temporary_handlers(keep=False))

    def test_takes_events_in_the_order_of_their_emission(self) -> None:
        events = make_events("test.local", aggregates=5)

        claimed = claim_due(3)

        self.assertEqual(ids_of(claimed), [event.id for event in events[:3]])

    def test_takes_only_the_oldest_open_event_of_an_aggregate(self) -> None:
        first = make_event()
        make_event()
        other = make_event(aggregate_id=2)

        self.assertEqual(ids_of(claim_due(10)), [first.id, other.id])
        self.assertEqual(claim_due(10), [])

    def test_holds_an_aggregate_back_while_its_oldest_event_waits(self) -> None:
        make_event(next_retry_at=Now() + timedelta(minutes=1))
        make_event()

        self.assertEqual(claim_due(10), [])

    def test_goes_on_behind_a_dead_event(self) -> None:
        make_event(status=_Status.FAILED)
        second = make_event()

        self.assertEqual(ids_of(claim_due(10)), [second.id])

    def test_writes_down_who_holds_the_event_and_until_when(self) -> None:
        event = make_event()

        (claim,) = claim_due(1)

        event.refresh_from_db()
        self.assertEqual(event.status, _Status.PROCESSING)
        self.assertEqual(event.locked_by, claim.token)
        self.assertIn(f":{os.getpid()}:", claim.token)
        self.assertEqual((event.claim_count, claim.take_ups), (1, 1))
        self.assertEqual(event.locked_until, event.updated_at + timedelta(seconds=60))

    def test_names_every_claim_differently(self) -> None:
        make_events("test.local", aggregates=2)

        self.assertNotEqual(claim_due(1)[0].token, claim_due(1)[0].token)

    def test_keeps_to_its_lane(self) -> None:
        handles("test.external")(lambda event: None)
        handles("test.local", HandlerKind.LOCAL)(lambda event: None)
        external = make_event("test.external", aggregate_id=1)
        local = make_event("test.local", aggregate_id=2)
        unknown = make_event("test.unknown", aggregate_id=3)

        self.assertEqual(ids_of(claim_due(10, Lane.EXTERNAL)), [external.id])
        self.assertEqual(ids_of(claim_due(10, Lane.LOCAL)), [local.id, unknown.id])

    def test_gives_an_event_that_was_filed_before_its_handler_to_the_other_lane(self) -> None:
        event = make_event("test.external", is_external=False)
        handles("test.external")(lambda event: None)

        handled = deliver_batch(claim_due(10, Lane.LOCAL))

        event.refresh_from_db()
        self.assertEqual((handled, event.status, event.claim_count), (0, _Status.PENDING, 0))
        self.assertEqual(ids_of(claim_due(10, Lane.EXTERNAL)), [event.id])


class ClaimExpiredTests(TestCase):
    def setUp(self) -> None:
        self.enterContext(temporary_handlers(keep=False))
        make_events("test.local", aggregates=3)
        self.first = claim_due(10)

    def test_takes_nothing_while_the_lease_runs(self) -> None:
        let_time_pass(timedelta(seconds=59))

        self.assertEqual(claim_expired(), [])

    def test_takes_one_at_a_time_and_counts(self) -> None:
        let_time_pass(timedelta(seconds=61))

        taken = [claim_expired() for _ in range(4)]

        self.assertEqual([len(claims) for claims in taken], [1, 1, 1, 0])
        self.assertEqual([claim.take_ups for claims in taken for claim in claims], [2, 2, 2])

    def test_is_put_off_by_a_renewal(self) -> None:
        let_time_pass(timedelta(seconds=59))

        renewed = renew(ids_of(self.first), self.first[0].token)
        let_time_pass(timedelta(seconds=59))

        self.assertEqual(renewed, 3)
        self.assertEqual(claim_expired(), [])

    def test_counts_anew_after_an_orderly_end(self) -> None:
        token = self.first[0].token

        given_back = hand_back(ids_of(self.first), token)

        self.assertEqual(given_back, 3)
        self.assertEqual([claim.take_ups for claim in claim_due(10)], [1, 1, 1])

    @override_settings(OUTBOX_MAX_CLAIMS=3)
    def test_ends_for_an_event_that_kills_every_worker(self) -> None:
        handles("test.local", HandlerKind.LOCAL)(lambda event: self.fail("it must not run again"))
        OutboxEvent.objects.exclude(aggregate_id="0").delete()
        for _ in range(2):
            let_time_pass(timedelta(seconds=61))
            claim_expired()
        let_time_pass(timedelta(seconds=61))

        with self.assertLogs("core.outbox", "ERROR"):
            process_outbox()

        event = OutboxEvent.objects.get()
        self.assertEqual(event.status, _Status.FAILED)
        self.assertIn("taken up 3 times", event.error_message)


class LateFinisherTests(TestCase):
    """A worker that was thought dead comes back: its claim is no longer the event's."""

    def setUp(self) -> None:
        self.enterContext(temporary_handlers(keep=False))
        self.event = make_event()
        (self.late,) = claim_due(1)
        let_time_pass(timedelta(seconds=61))
        (self.present,) = claim_expired()

    def test_changes_no_row(self) -> None:
        ids, token = [self.event.id], self.late.token

        changed = [complete(ids, token), hand_back(ids, token), renew(ids, token)]
        recorded = [
            record_failure(self.event.id, token, Outcome.of(error))
            for error in (ValueError(), RetryLater())
        ]

        self.assertEqual(changed, [0, 0, 0])
        self.assertEqual(recorded, [None, None])
        self.event.refresh_from_db()
        self.assertEqual(self.event.locked_by, self.present.token)

    def test_cannot_undo_the_completion_of_the_one_who_took_over(self) -> None:
        complete([self.event.id], self.present.token)

        record_failure(self.event.id, self.late.token, Outcome.of(ValueError()))

        self.assertEqual(statuses(), {"COMPLETED": 1})


class ConcurrentClaimTests(TransactionTestCase):
    def test_never_gives_an_event_to_two(self) -> None:
        """400 events of 400 aggregates, 4 claimers with batches of 7."""
        make_events("test.local", aggregates=400)
        taken: list[str] = []
        lock = threading.Lock()

        def claim_all() -> None:
            while claimed := claim_due(7):
                with lock:
                    taken.extend(str(event_id) for event_id in ids_of(claimed))

        in_threads(4, claim_all)

        self.assertEqual((len(taken), len(set(taken))), (400, 400))

    def test_does_not_wait_for_events_that_others_have_locked(self) -> None:
        make_events("test.local", aggregates=2)
        claimed: list[int] = []

        with transaction.atomic():
            OutboxEvent.objects.select_for_update().get(aggregate_id="0")
            in_threads(1, lambda: claimed.append(len(claim_due(10))))

        self.assertEqual(claimed, [1])


class IdentityTests(TestCase):
    def test_is_made_anew_in_a_forked_process(self) -> None:
        make_event()
        claim_due(1)
        here = claims_module._worker_identity()
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            os.write(writer, claims_module._worker_identity().encode())
            os._exit(0)
        os.waitpid(child, 0)
        os.close(writer)
        with os.fdopen(reader) as pipe:
            there = pipe.read()

        self.assertIn(f":{child}:", there)
        self.assertNotEqual(here, there)


class ClaimPlanTests(TestCase):
    """20,000 open events and 200,000 done ones, with the statistics of an empty outbox."""

    @classmethod
    def setUpTestData(cls) -> None:
        with connection.cursor() as cursor:
            cls.insert(cursor, _Status.COMPLETED, 200_000)
            cursor.execute("ANALYZE core_outboxevent")
            cls.insert(cursor, _Status.PENDING, 20_000)

    @staticmethod
    def insert(cursor: object, status: str, count: int) -> None:
        cursor.execute(  # type: ignore[attr-defined]
            "INSERT INTO core_outboxevent (id, updated_at, processed_at, aggregate_type, "
            "aggregate_id, event_type, payload, version, status, retry_count, wait_count, "
            "claim_count, locked_by, error_message, history, request_id) "
            "SELECT gen_random_uuid(), now(), now(), 'TEST', number::text, 'test.local', '{}', 1, "
            "%s, 0, 0, 0, '', '', '[]', '' FROM generate_series(1, %s) AS number",
            [status, count],
        )

    def plan(self) -> str:
        """What PostgreSQL does for one claim of 100, with the rows that it touched."""
        plan: list[str] = []

        def explain(execute, sql, params, many, context):  # type: ignore[no-untyped-def]
            before, update, after = sql.split(";")
            execute(before, None, many, context)
            execute("EXPLAIN (ANALYZE, TIMING OFF, BUFFERS OFF)" + update, params, many, context)
            plan.extend(row[0] for row in context["cursor"].fetchall())
            execute(after, None, many, context)
            return execute(update.replace("%(limit)s", "0"), params, many, context)

        with connection.execute_wrapper(explain):
            claim_due(100, Lane.LOCAL)
        return "\n".join(plan)

    def test_walks_the_index_of_due_events_no_further_than_needed(self) -> None:
        for statistics in ("of an empty outbox", "of now"):
            with self.subTest(statistics=statistics):
                if statistics == "of now":
                    with connection.cursor() as cursor:
                        cursor.execute("ANALYZE core_outboxevent")

                plan = self.plan()

                self.assertIn("Index Scan using outbox_due", plan)
                self.assertIn("outbox_open_by_aggregate", plan)
                self.assertNotIn("Seq Scan", plan)
                self.assertNotIn("Sort", plan)
                self.assertRegex(plan, r"outbox_due .*actual rows=100")

    def test_does_not_walk_the_open_events_to_finish_some(self) -> None:
        claimed = claim_due(100, Lane.LOCAL)
        plan: list[str] = []

        def explain(execute, sql, params, many, context):  # type: ignore[no-untyped-def]
            execute("EXPLAIN " + sql, params, many, context)
            plan.extend(row[0] for row in context["cursor"].fetchall())
            return execute(sql, params, many, context)

        with connection.execute_wrapper(explain):
            finished = complete(ids_of(claimed), claimed[0].token)

        self.assertEqual(finished, 100)
        self.assertRegex("\n".join(plan), "Index Scan (using|on) core_outboxevent_pkey")
        self.assertNotIn("outbox_open", "\n".join(plan))
