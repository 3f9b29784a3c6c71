"""The health of the outbox: right, bounded, cheap at any size."""

from datetime import timedelta
from typing import Any

from django.db import connection
from django.db.models.functions import Now
from django.test import TestCase

from core.models import OutboxEvent
from core.tests.factories import make_event
from read_models.operations.outbox_backlog import (
    BACKLOG_AGE,
    BACKLOG_LIMIT,
    OutboxCounts,
    get_outbox_counts,
    is_outbox_stuck,
)

_Status = OutboxEvent.Status


def make_many(count: int, *, status: str = _Status.PENDING, minutes: int = 11) -> None:
    """Events emitted `minutes` ago, made by the database."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO core_outboxevent (id, created_at, updated_at, processed_at, "
            "locked_until, aggregate_type, aggregate_id, event_type, payload, version, status, "
            "retry_count, wait_count, claim_count, locked_by, error_message, history, request_id) "
            "SELECT gen_random_uuid(), now() - make_interval(mins => %s), now(), now(), "
            "CASE WHEN %s = 'PROCESSING' THEN now() - interval '1 minute' END, "
            "'TEST', number::text, 'test.local', '{}', 1, %s, 0, 0, 0, '', '', '[]', '' "
            "FROM generate_series(1, %s) AS number",
            [minutes, status, status, count],
        )


class IsOutboxStuckTests(TestCase):
    def test_allows_the_limit_and_no_event_more(self) -> None:
        make_many(BACKLOG_LIMIT)
        at_the_limit = is_outbox_stuck()
        make_many(1)

        self.assertFalse(at_the_limit)
        self.assertTrue(is_outbox_stuck())

    def test_counts_events_whose_worker_is_gone(self) -> None:
        make_many(BACKLOG_LIMIT + 1, status=_Status.PROCESSING)

        self.assertTrue(is_outbox_stuck())

    def test_counts_nothing_young_nothing_done_nothing_dead(self) -> None:
        make_many(200, minutes=9)
        make_many(200, status=_Status.COMPLETED)
        make_many(200, status=_Status.FAILED)

        self.assertFalse(is_outbox_stuck())

    def test_counts_nothing_that_a_worker_holds(self) -> None:
        make_many(BACKLOG_LIMIT + 1)
        OutboxEvent.objects.update(
            status=_Status.PROCESSING, locked_until=Now() + timedelta(minutes=1)
        )

        self.assertFalse(is_outbox_stuck())

    def test_takes_one_query(self) -> None:
        with self.assertNumQueries(1):
            is_outbox_stuck()


class BacklogPlanTests(TestCase):
    """50,000 done, 50,000 waiting and 50,000 young events."""

    @classmethod
    def setUpTestData(cls) -> None:
        make_many(50_000, status=_Status.COMPLETED)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE core_outboxevent")
        make_many(50_000)
        make_many(50_000, minutes=1)

    def plan(self) -> str:
        """What PostgreSQL does for the health check, with the rows that it touched."""
        plan: list[str] = []

        def explain(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
            execute(f"EXPLAIN (ANALYZE, TIMING OFF) {sql}", params, many, context)
            plan.extend(row[0] for row in context["cursor"].fetchall())
            return execute(sql, params, many, context)

        with connection.execute_wrapper(explain):
            self.assertTrue(is_outbox_stuck())
        return "\n".join(plan)

    def test_reads_one_index_entry_more_than_the_limit(self) -> None:
        for statistics in ("of an empty outbox", "of now"):
            with self.subTest(statistics=statistics):
                if statistics == "of now":
                    with connection.cursor() as cursor:
                        cursor.execute("ANALYZE core_outboxevent")

                plan = self.plan()

                self.assertIn("Index Scan using outbox_open_by_age", plan)
                self.assertNotIn("Seq Scan", plan)
                self.assertNotIn("Sort", plan)
                self.assertRegex(plan, r"outbox_open_by_age .*actual rows=101")


class GetOutboxCountsTests(TestCase):
    def test_of_an_empty_outbox_are_zero(self) -> None:
        self.assertEqual(get_outbox_counts(), OutboxCounts(0, 0, 0, None, None))

    def test_tell_the_statuses_apart(self) -> None:
        make_many(3)
        make_many(2, status=_Status.PROCESSING)
        make_many(4, status=_Status.FAILED)
        make_many(5, status=_Status.COMPLETED, minutes=60)
        newest = make_event()

        with self.assertNumQueries(5):
            counts = get_outbox_counts()

        self.assertEqual((counts.pending, counts.processing, counts.failed), (4, 2, 4))
        self.assertIsNotNone(counts.oldest_pending_at)
        assert counts.oldest_pending_at is not None
        self.assertGreater(newest.created_at - counts.oldest_pending_at, BACKLOG_AGE)
        self.assertIsNotNone(counts.last_processed_at)
