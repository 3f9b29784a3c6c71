"""The health of deliveries: right, bounded, cheap at any size."""

import re
from datetime import timedelta

from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from monetization.models import WebhookEvent
from monetization.types import WebhookStatus
from read_models.operations.metrics import DatabaseCollector
from read_models.operations.webhook_backlog import get_oldest_webhook_age, is_webhook_stuck


def make_webhooks(status: WebhookStatus, *, minutes: int, count: int = 1) -> None:
    """Deliveries that came so many minutes ago."""
    then = timezone.now() - timedelta(minutes=minutes)
    WebhookEvent.objects.bulk_create(
        WebhookEvent(
            stripe_id=f"evt_{status}_{minutes}_{number}",
            event_type="invoice.paid",
            status=status,
            created_at=then,
        )
        for number in range(count)
    )


class StuckTests(TestCase):
    def test_is_one_that_failed_and_came_long_ago(self) -> None:
        make_webhooks(WebhookStatus.FAILED, minutes=16)
        make_webhooks(WebhookStatus.FAILED, minutes=1)

        with self.assertNumQueries(1):
            self.assertTrue(is_webhook_stuck())

    def test_is_nothing_young_nothing_settled_nothing_that_waits(self) -> None:
        make_webhooks(WebhookStatus.FAILED, minutes=14)
        for status in (WebhookStatus.PROCESSED, WebhookStatus.IGNORED, WebhookStatus.PENDING):
            make_webhooks(status, minutes=60)

        self.assertFalse(is_webhook_stuck())


class AgeTests(TestCase):
    def test_is_that_of_the_oldest_that_is_not_settled(self) -> None:
        self.assertIsNone(get_oldest_webhook_age())
        make_webhooks(WebhookStatus.PROCESSED, minutes=60)
        make_webhooks(WebhookStatus.PENDING, minutes=30)
        make_webhooks(WebhookStatus.PENDING, minutes=20)
        make_webhooks(WebhookStatus.FAILED, minutes=10)

        with self.assertNumQueries(1):
            age = get_oldest_webhook_age()

        assert age is not None
        self.assertAlmostEqual(age.total_seconds(), 30 * 60, delta=60)

    def test_is_a_figure_of_a_scrape(self) -> None:
        make_webhooks(WebhookStatus.FAILED, minutes=10)

        found = {family.name: family for family in DatabaseCollector().collect()}

        (sample,) = found["webhook_oldest_unprocessed_age_seconds"].samples
        self.assertAlmostEqual(sample.value, 600, delta=60)


class PlanTests(TestCase):
    """4,000 settled and 1,000 failed deliveries."""

    @classmethod
    def setUpTestData(cls) -> None:
        make_webhooks(WebhookStatus.PROCESSED, minutes=60, count=4_000)
        make_webhooks(WebhookStatus.FAILED, minutes=20, count=1_000)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE monetization_webhookevent")

    def test_both_read_one_entry_of_the_index_of_open_ones(self) -> None:
        for ask in (is_webhook_stuck, get_oldest_webhook_age):
            with self.subTest(ask.__name__):
                with CaptureQueriesContext(connection) as queries:
                    ask()

                self.assert_reads_one_entry(queries[0]["sql"])

    def assert_reads_one_entry(self, statement: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN (ANALYZE, TIMING OFF, COSTS OFF) {statement}")
            plan = "\n".join(line for (line,) in cursor.fetchall())

        self.assertNotIn("Seq Scan", plan)
        self.assertNotIn("Sort", plan)
        rows = re.findall(r"using webhook_unprocessed.*actual rows=([\d.]+)", plan)
        self.assertEqual([float(found) for found in rows], [1], plan)
