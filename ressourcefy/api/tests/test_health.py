"""Health at both addresses."""

from datetime import timedelta

from django.db import connection
from django.test import TransactionTestCase, override_settings
from django.utils import timezone

from api.tests.base import ApiTestCase
from core.models import OutboxEvent


def make_backlog(count: int, *, minutes: int) -> None:
    """Events that have been pending for so many minutes."""
    then = timezone.now() - timedelta(minutes=minutes)
    OutboxEvent.objects.bulk_create(
        OutboxEvent(
            aggregate_type="TEST",
            aggregate_id=str(number),
            event_type="test.happened",
            created_at=then,
            next_retry_at=then,
        )
        for number in range(count)
    )


class HealthTests(ApiTestCase):
    def test_answers_at_the_root_and_under_the_api(self) -> None:
        for address in (
            "/health/live/",
            "/health/ready/",
            "/api/health/live/",
            "/api/health/ready/",
        ):
            with self.subTest(address=address):
                response = self.client.get(address)

                self.assertEqual((response.status_code, response.json()), (200, {"status": "ok"}))

    def test_a_stale_token_is_no_obstacle(self) -> None:
        self.client.credentials(HTTP_AUTHORIZATION="Bearer stale")

        self.assertEqual(self.client.get("/api/health/ready/").status_code, 200)

    def test_an_outbox_that_nobody_drains_is_degraded(self) -> None:
        make_backlog(101, minutes=11)

        response = self.client.get("/health/ready/")

        self.assertEqual((response.status_code, response.json()), (503, {"status": "degraded"}))

    def test_a_young_or_small_backlog_is_not(self) -> None:
        make_backlog(100, minutes=11)
        make_backlog(200, minutes=9)

        self.assertEqual(self.client.get("/health/ready/").status_code, 200)

    @override_settings(HEALTH_CHECKS_BACKLOG=False)
    def test_a_setting_leaves_the_backlog_out(self) -> None:
        make_backlog(101, minutes=11)

        self.assertEqual(self.client.get("/health/ready/").status_code, 200)

    def test_liveness_asks_the_database_nothing_and_readiness_one_thing(self) -> None:
        with self.assertNumQueries(0):
            self.client.get("/health/live/")
        with self.assertNumQueries(1):
            self.client.get("/health/ready/")


class DatabaseAwayTests(TransactionTestCase):
    def test_readiness_is_unavailable_and_liveness_is_not(self) -> None:
        connection.close()
        self.addCleanup(connection.settings_dict.update, HOST=connection.settings_dict["HOST"])
        self.addCleanup(connection.close)
        connection.settings_dict["HOST"] = "/nowhere"

        ready, live = self.client.get("/health/ready/"), self.client.get("/health/live/")

        self.assertEqual((ready.status_code, ready.json()), (503, {"status": "unavailable"}))
        self.assertEqual(live.status_code, 200)
