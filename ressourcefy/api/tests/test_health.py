"""Health at both addresses."""

import socket
import threading
from datetime import timedelta

from django.db import connection, transaction
from django.test import TransactionTestCase, override_settings
from django.utils import timezone

from api.tests.base import ApiTestCase
from core.models import OutboxEvent
from core.tests.outbox_helpers import wait_until
from monetization.models import WebhookEvent
from monetization.types import WebhookStatus


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


def make_webhook(*, minutes: int) -> None:
    """A delivery that came so many minutes ago and failed."""
    WebhookEvent.objects.create(
        stripe_id="evt_1",
        event_type="invoice.paid",
        status=WebhookStatus.FAILED,
        created_at=timezone.now() - timedelta(minutes=minutes),
    )


class LivenessTests(ApiTestCase):
    def test_asks_the_database_nothing(self) -> None:
        with self.assertNumQueries(0):
            response = self.client.get("/api/health/live/")

        self.assertEqual(response.status_code, 200)


class HealthTests(TransactionTestCase):
    client_class = ApiTestCase.client_class

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
        stale = {"authorization": "Bearer stale"}

        response = self.client.get("/api/health/ready/", headers=stale)

        self.assertEqual(response.status_code, 200)

    def test_an_outbox_that_nobody_drains_is_degraded(self) -> None:
        make_backlog(101, minutes=11)

        response = self.client.get("/health/ready/")

        self.assertEqual((response.status_code, response.json()), (503, {"status": "degraded"}))

    def test_a_young_or_small_backlog_is_not(self) -> None:
        make_backlog(100, minutes=11)
        make_backlog(200, minutes=9)

        self.assertEqual(self.client.get("/health/ready/").status_code, 200)

    def test_a_delivery_of_stripe_that_takes_no_effect_is_degraded(self) -> None:
        make_webhook(minutes=16)

        response = self.client.get("/health/ready/")

        self.assertEqual((response.status_code, response.json()), (503, {"status": "degraded"}))

    def test_one_that_failed_a_moment_ago_is_not(self) -> None:
        make_webhook(minutes=14)

        self.assertEqual(self.client.get("/health/ready/").status_code, 200)

    @override_settings(HEALTH_CHECKS_BACKLOG=False)
    def test_a_setting_leaves_the_backlog_out(self) -> None:
        make_backlog(101, minutes=11)
        make_webhook(minutes=16)

        self.assertEqual(self.client.get("/health/ready/").status_code, 200)


class DatabaseAwayTests(TransactionTestCase):
    def test_readiness_is_unavailable_and_liveness_is_not(self) -> None:
        connection.close()
        self.addCleanup(connection.settings_dict.update, HOST=connection.settings_dict["HOST"])
        self.addCleanup(connection.close)
        connection.settings_dict["HOST"] = "/nowhere"

        ready, live = self.client.get("/health/ready/"), self.client.get("/health/live/")

        self.assertEqual((ready.status_code, ready.json()), (503, {"status": "unavailable"}))
        self.assertEqual(live.status_code, 200)


class HangingDatabaseTests(TransactionTestCase):
    def assert_unavailable_before_the_check_ends(self) -> None:
        response = self.client.get("/health/ready/")

        self.assertEqual((response.status_code, response.json()), (503, {"status": "unavailable"}))
        self.assertEqual(self.checks_under_way(), 1)

    def checks_under_way(self) -> int:
        return sum(thread.name == "readiness" for thread in threading.enumerate())

    def test_a_server_that_accepts_and_says_nothing_is_unavailable(self) -> None:
        silent = socket.create_server(("127.0.0.1", 0))
        before = dict(connection.settings_dict)
        connection.settings_dict.update(HOST="127.0.0.1", PORT=str(silent.getsockname()[1]))
        self.addCleanup(connection.settings_dict.update, before)
        self.addCleanup(silent.close)

        self.assert_unavailable_before_the_check_ends()
        self.assert_unavailable_before_the_check_ends()

    def test_a_locked_table_is_unavailable_until_it_is_free(self) -> None:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(f"LOCK TABLE {OutboxEvent._meta.db_table}")
            self.assert_unavailable_before_the_check_ends()
            self.assert_unavailable_before_the_check_ends()

        wait_until(lambda: self.client.get("/health/ready/").status_code == 200)
