"""Sending one mail: against a local server that speaks Resend's API, and by Django's mailers."""

import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.core import mail
from django.test import SimpleTestCase, override_settings

from core.outbox import PermanentFailure, RetryLater
from core.services.email_service import send_email
from core.tests.ports import free_port
from core.tests.resend_server import API_KEY, Fault, ResendServer
from core.tests.smtp_server import smtp_server

ADDRESS = "amelie@example.org"
LOGGER = "core.services.email_service"


@contextmanager
def resend_server(**settings: Any) -> Iterator[ResendServer]:
    """A server with the settings that lead to it."""
    with (
        ResendServer() as server,
        override_settings(
            **{
                "RESEND_API_KEY": API_KEY,
                "RESEND_API_URL": server.url,
                "EMAIL_TIMEOUT_SECONDS": 5,
                "DEFAULT_FROM_EMAIL": "Ressourcefy <no-reply@example.com>",
                **settings,
            }
        ),
    ):
        yield server


class SendByResendTests(SimpleTestCase):
    def send_with(self, fault: Fault) -> None:
        with resend_server() as server:
            server.faults.append(fault)
            send_email(ADDRESS, "Hello", "Text", idempotency_key="k1")

    def test_delivers_both_forms_with_the_key(self) -> None:
        with resend_server() as server, self.assertLogs(LOGGER, "INFO") as logs:
            send_email(
                ADDRESS,
                "Été",
                "Text",
                "<p>HTML</p>",
                idempotency_key="event-1",
                headers={"X-Kind": "activation"},
            )

        [delivered] = server.delivered
        self.assertEqual(delivered.idempotency_key, "event-1")
        self.assertEqual(
            dict(delivered.body),
            {
                "from": "Ressourcefy <no-reply@example.com>",
                "to": [ADDRESS],
                "subject": "Été",
                "text": "Text",
                "html": "<p>HTML</p>",
                "headers": {"Auto-Submitted": "auto-generated", "X-Kind": "activation"},
            },
        )
        self.assertNotIn(ADDRESS, "".join(logs.output))

    def test_delivers_text_alone(self) -> None:
        with resend_server() as server:
            send_email(ADDRESS, "Hello", "Text")

        [delivered] = server.delivered
        self.assertNotIn("html", delivered.body)
        self.assertEqual(delivered.idempotency_key, "")

    def test_delivers_once_however_often_it_is_sent(self) -> None:
        with resend_server() as server:
            for _ in range(3):
                send_email(ADDRESS, "Hello", "Text", idempotency_key="event-1")

        self.assertEqual((server.requests, len(server.delivered)), (3, 1))

    def test_takes_the_same_key_with_another_body_for_delivered(self) -> None:
        with resend_server() as server:
            send_email(ADDRESS, "Hello", "Text", idempotency_key="event-1")
            send_email(ADDRESS, "Bonjour", "Texte", idempotency_key="event-1")

        self.assertEqual([mail.body["subject"] for mail in server.delivered], ["Hello"])

    def test_waits_while_the_same_mail_is_under_way(self) -> None:
        with resend_server() as server:
            server.gate.clear()
            first = threading.Thread(
                target=send_email,
                args=(ADDRESS, "Hello", "Text"),
                kwargs={"idempotency_key": "event-1"},
            )
            first.start()
            self.assertTrue(server.arrived.wait(timeout=10))

            with self.assertRaisesRegex(RetryLater, "409 concurrent_idempotent_requests"):
                send_email(ADDRESS, "Hello", "Text", idempotency_key="event-1")

            server.gate.set()
            first.join(timeout=10)
            self.assertEqual(len(server.delivered), 1)

    def test_waits_for_what_passes(self) -> None:
        faults = [
            Fault(429, "rate_limit_exceeded"),
            Fault(429, "daily_quota_exceeded"),
            Fault(408, "timeout"),
            Fault(500, "application_error"),
            Fault(500, "an_error_nobody_listed"),
            Fault(502, raw=b"<html>Bad gateway</html>", content_type="text/html"),
            Fault(503, raw=b"", content_type="text/plain"),
            Fault(503, raw=b"not JSON"),
            Fault(200, raw=b"<html>a portal</html>", content_type="text/html"),
            Fault(status=0),
        ]
        for fault in faults:
            with self.subTest(fault=fault), self.assertRaises(RetryLater):
                self.send_with(fault)

    def test_waits_as_long_as_it_is_asked_to(self) -> None:
        waits = {"30": timedelta(seconds=30), "Wed, 21 Oct 2015 07:28:00 GMT": None, "": None}

        for asked, expected in waits.items():
            with self.subTest(asked=asked), self.assertRaises(RetryLater) as refusal:
                self.send_with(Fault(429, "rate_limit_exceeded", headers={"Retry-After": asked}))
            self.assertEqual(refusal.exception.after, expected)

    def test_gives_up_what_will_not_pass(self) -> None:
        faults = [
            Fault(422, "validation_error", f"Invalid `to` field: {ADDRESS}"),
            Fault(422, "missing_required_field"),
            Fault(400, "invalid_idempotency_key"),
            Fault(413, "too_large"),
            Fault(451, "security_error"),
        ]
        for fault in faults:
            with self.subTest(fault=fault), self.assertRaises(PermanentFailure) as refusal:
                self.send_with(fault)
            self.assertIn(fault.name, str(refusal.exception))
            self.assertNotIn(ADDRESS, str(refusal.exception))

    def test_gives_up_an_address_that_the_provider_finds_invalid(self) -> None:
        with resend_server() as server, self.assertRaises(PermanentFailure):
            send_email("amelie@localhost", "Hello", "Text")

        self.assertEqual(server.delivered, [])

    def test_alarms_and_waits_for_settings_to_be_put_right(self) -> None:
        wrong_settings = [
            {"RESEND_API_KEY": "re_wrong"},
            {"DEFAULT_FROM_EMAIL": "no-reply"},
        ]
        for settings in wrong_settings:
            with (
                self.subTest(settings=list(settings)),
                resend_server(**settings),
                self.assertLogs(LOGGER, "ERROR") as logs,
                self.assertRaises(RetryLater),
            ):
                send_email(ADDRESS, "Hello", "Text")
            self.assertNotIn("re_wrong", "".join(logs.output))
            self.assertNotIn(ADDRESS, "".join(logs.output))

    def test_alarms_about_refusals_of_the_account(self) -> None:
        faults = [
            Fault(401, "restricted_api_key"),
            Fault(403, "validation_error", "The example.com domain is not verified."),
            Fault(404, "not_found"),
            Fault(422, "invalid_from_address"),
            Fault(200, raw=b'{"object": "list", "data": []}'),
            Fault(301, raw=b"{}", headers={"Location": "https://api.resend.com/emails"}),
        ]
        for fault in faults:
            with (
                self.subTest(fault=fault),
                self.assertLogs(LOGGER, "ERROR"),
                self.assertRaises(RetryLater),
            ):
                self.send_with(fault)

    def test_waits_for_a_server_that_is_not_there(self) -> None:
        with (
            override_settings(
                RESEND_API_KEY=API_KEY, RESEND_API_URL=f"http://127.0.0.1:{free_port()}"
            ),
            self.assertRaises(RetryLater),
        ):
            send_email(ADDRESS, "Hello", "Text")

    def test_gives_a_silent_server_no_more_than_its_time(self) -> None:
        with resend_server(EMAIL_TIMEOUT_SECONDS=0.3) as server:
            server.gate.clear()

            # The server holds the answer back for half a minute, and then takes the mail.
            with self.assertRaises(RetryLater):
                send_email(ADDRESS, "Hello", "Text")

    def test_gives_a_dripping_server_no_more_than_its_time(self) -> None:
        with resend_server(EMAIL_TIMEOUT_SECONDS=0.3) as server:
            server.byte_delay = 0.2

            # A time-out for each read alone would wait for the whole answer: the mail was taken.
            with self.assertRaises(RetryLater):
                send_email(ADDRESS, "Hello", "Text")

    def test_reads_no_endless_answer(self) -> None:
        with self.assertRaises(RetryLater):
            self.send_with(Fault(200, raw=b" " * 200_000 + b'{"id": "x"}'))


class HeaderTests(SimpleTestCase):
    def test_refuses_line_breaks(self) -> None:
        forged = "Hello\r\nBcc: everyone@example.org"
        for to, subject, headers in (
            (forged, "Hello", {}),
            (ADDRESS, forged, {}),
            (ADDRESS, "Hello\nthere", {}),
            (ADDRESS, "Hello", {"X-Kind": forged}),
            (ADDRESS, "Hello", {"X-Kind\r\nBcc": "everyone@example.org"}),
        ):
            with (
                self.subTest(to=to, subject=subject, headers=headers),
                self.assertRaises(PermanentFailure),
            ):
                send_email(to, subject, "Text", headers=headers)

        self.assertEqual(mail.outbox, [])


class SendByMailerTests(SimpleTestCase):
    """Django's test runner replaces the mailers by one that keeps mails in `mail.outbox`."""

    @override_settings(DEFAULT_FROM_EMAIL="Ressourcefy <no-reply@example.com>")
    def test_delivers_both_forms(self) -> None:
        send_email(ADDRESS, "Été", "Text", "<p>HTML</p>", idempotency_key="event-1")

        [sent] = mail.outbox
        assert isinstance(sent, mail.EmailMultiAlternatives)
        self.assertEqual((sent.subject, sent.body, sent.to), ("Été", "Text", [ADDRESS]))
        self.assertEqual(
            [(part[0], part[1]) for part in sent.alternatives],
            [("<p>HTML</p>", "text/html")],
        )
        self.assertEqual(
            sent.extra_headers,
            {"Auto-Submitted": "auto-generated", "Message-ID": "<event-1@example.com>"},
        )

    def test_delivers_text_alone(self) -> None:
        send_email(ADDRESS, "Hello", "Text")

        [sent] = mail.outbox
        self.assertEqual(sent.message().get_content_type(), "text/plain")

    def test_gives_up_an_address_that_cannot_be_written(self) -> None:
        for address in ("", "two@example.org, three@example.org", "no body@example.org"):
            with (
                self.subTest(address=address),
                smtp_server() as server,
                self.assertRaises(PermanentFailure),
            ):
                send_email(address, "Hello", "Text")
            self.assertEqual(server.messages, [])

    @override_settings(
        MAILERS={"default": {"BACKEND": "django.core.mail.backends.dummy.EmailBackend"}}
    )
    def test_writes_a_line_to_the_log_where_no_provider_is(self) -> None:
        with self.assertLogs(LOGGER, "WARNING") as logs:
            send_email(ADDRESS, "Hello", "The link: https://example.org/?token=secret")

        [record] = logs.records
        self.assertEqual(record.__dict__["subject"], "Hello")
        self.assertNotIn(ADDRESS, str(record.__dict__))
        self.assertNotIn("token=", str(record.__dict__))

    def test_writes_files_for_the_mailbox(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            mailers = {
                "default": {
                    "BACKEND": "django.core.mail.backends.filebased.EmailBackend",
                    "OPTIONS": {"file_path": folder},
                }
            }
            with override_settings(MAILERS=mailers):
                send_email(ADDRESS, "Hello", "Text", "<p>HTML</p>")

            [written] = Path(folder).iterdir()
            self.assertIn(f"To: {ADDRESS}", written.read_text())

    def test_alarms_and_waits_for_a_mailer_that_cannot_be_made(self) -> None:
        mailers = {"default": {"BACKEND": "django.core.mail.backends.nowhere.EmailBackend"}}

        with (
            override_settings(MAILERS=mailers),
            self.assertLogs(LOGGER, "ERROR"),
            self.assertRaises(RetryLater),
        ):
            send_email(ADDRESS, "Hello", "Text")
