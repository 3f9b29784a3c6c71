"""Figures: what is counted, and who may read it."""

import http.client
import re
from http import HTTPStatus

from django.conf import settings
from django.test import SimpleTestCase, TestCase, override_settings
from prometheus_client import REGISTRY, generate_latest

from core.metrics import PAYMENT_FAILURE, PAYMENT_SUCCESS, WEBHOOK_LATENCY
from core.metrics.exposition import exposition
from core.metrics.server import serve_metrics
from core.outbox import (
    Event,
    HandlerKind,
    PermanentFailure,
    RetryLater,
    emit_event,
    handles,
    process_outbox,
    temporary_handlers,
)
from core.services.email_service import send_email
from core.tests.smtp_server import SmtpServer

TOKEN = "a token for the tests of metrics"


def value(name: str, **labels: str) -> float:
    """The present value of a sample in this process; 0 if there is none."""
    return REGISTRY.get_sample_value(name, labels) or 0.0


def scrape(port: int, path: str = "/metrics", **headers: str) -> tuple[int, str]:
    """Status and body of one request to a metrics server."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path, headers=headers)
        response = connection.getresponse()
        return response.status, response.read().decode()
    finally:
        connection.close()


def mailers(port: int) -> dict[str, object]:
    """Mail through a local SMTP server."""
    backend = "django.core.mail.backends.smtp.EmailBackend"
    options = {"host": "127.0.0.1", "port": port, "timeout": 5}
    return {"default": {"BACKEND": backend, "OPTIONS": options}}


class NamesTests(SimpleTestCase):
    def test_payments_and_webhooks_are_there_before_the_first_one(self) -> None:
        text = "\n".join(
            line for line in exposition_without_database().splitlines() if not line.startswith("#")
        )

        for sample in (
            "payment_success_total",
            "payment_failure_total",
            "webhook_processing_latency_count",
        ):
            self.assertRegex(text, rf"(?m)^{sample} \d")
        self.assertEqual([PAYMENT_SUCCESS._type, PAYMENT_FAILURE._type], ["counter", "counter"])
        self.assertEqual(WEBHOOK_LATENCY._type, "histogram")


def exposition_without_database() -> str:
    """What this process alone counted."""
    return generate_latest(REGISTRY).decode()


class MailTests(SimpleTestCase):
    def assert_counted(self, outcome: str, replies: dict[str, str], error: type | None) -> None:
        before = value("mails_total", outcome=outcome)
        with SmtpServer(replies) as server, override_settings(MAILERS=mailers(server.port)):
            if error:
                with self.assertRaises(error):
                    send_email("reader@example.org", "Hello", "Text")
            else:
                send_email("reader@example.org", "Hello", "Text")

        self.assertEqual(value("mails_total", outcome=outcome) - before, 1)

    def test_a_delivered_mail_counts_as_sent(self) -> None:
        self.assert_counted("sent", {}, None)

    def test_a_mail_that_has_to_wait_counts_as_retry(self) -> None:
        self.assert_counted("retry", {"MESSAGE": "451 later"}, RetryLater)

    def test_a_refused_mail_counts_as_refused(self) -> None:
        self.assert_counted("refused", {"MESSAGE": "550 never"}, PermanentFailure)


class EventTests(TestCase):
    def test_attempts_count_by_what_became_of_them(self) -> None:
        failures = {"test.dead": PermanentFailure("no"), "test.failed": ValueError("no")}
        with temporary_handlers(keep=False):

            @handles("test.dead", HandlerKind.LOCAL)
            @handles("test.failed", HandlerKind.LOCAL)
            @handles("test.done", HandlerKind.LOCAL)
            def handle(event: Event) -> None:
                if event.event_type in failures:
                    raise failures[event.event_type]

            for outcome in ("done", "failed", "dead"):
                emit_event("TEST", outcome, f"test.{outcome}", {})
            process_outbox()

        for outcome in ("done", "failed", "dead"):
            labels = {"event_type": f"test.{outcome}", "outcome": outcome}
            self.assertEqual(value("outbox_events_total", **labels), 1, outcome)


class ServerTests(TestCase):
    def serve(self) -> int:
        server = serve_metrics(0)
        assert server
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        return int(server.server_address[1])

    def test_answers_on_loopback_at_one_path(self) -> None:
        port = self.serve()

        found, elsewhere = scrape(port), scrape(port, "/")

        self.assertEqual(settings.METRICS_HOST, "127.0.0.1")
        self.assertEqual(found[0], HTTPStatus.OK)
        self.assertIn("mails_total", found[1])
        self.assertEqual(elsewhere, (HTTPStatus.NOT_FOUND, ""))

    @override_settings(METRICS_TOKEN=TOKEN)
    def test_tells_nothing_without_the_token(self) -> None:
        port = self.serve()

        for headers in (
            {},
            {"Authorization": "Bearer wrong"},
            {"Authorization": TOKEN},
            {"Authorization": f"Bearer {TOKEN} "[:-2]},
            {"Authorization": "Bearer ÿ"},
        ):
            with self.subTest(headers=headers):
                self.assertEqual(scrape(port, **headers), (HTTPStatus.UNAUTHORIZED, ""))

        self.assertEqual(scrape(port, Authorization=f"Bearer {TOKEN}")[0], HTTPStatus.OK)

    def test_a_taken_port_is_logged_and_ends_nothing(self) -> None:
        port = self.serve()

        with self.assertLogs("core.metrics.server", "WARNING") as logs:
            second = serve_metrics(port)

        self.assertIsNone(second)
        self.assertEqual(len(logs.records), 1)

    def test_the_text_has_no_sample_twice(self) -> None:
        samples = re.findall(r"(?m)^([a-z_]+(?:\{[^}]*\})?) ", exposition().decode())

        self.assertEqual(len(samples), len(set(samples)))
        self.assertGreater(len(samples), 20)
