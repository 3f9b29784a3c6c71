"""Sending one mail by SMTP, against a local server that speaks it."""

import email
import email.policy
from typing import Any

from django.test import SimpleTestCase

from core.outbox import PermanentFailure, RetryLater
from core.services.email_service import send_email
from core.tests.ports import free_port
from core.tests.smtp_server import smtp_server

ADDRESS = "amelie@example.org"
LOGGER = "core.services.email_service"


class SendBySmtpTests(SimpleTestCase):
    def test_delivers_both_forms(self) -> None:
        with smtp_server() as server:
            send_email(ADDRESS, "Été", "Text", "<p>HTML</p>", idempotency_key="event-1")

        [raw] = server.messages
        message = email.message_from_bytes(raw, policy=email.policy.default)
        self.assertEqual(message["Subject"], "Été")
        self.assertEqual(message["Message-ID"], "<event-1@example.com>")
        self.assertEqual(
            [part.get_content_type() for part in message.walk()],
            ["multipart/alternative", "text/plain", "text/html"],
        )

    def test_waits_for_what_passes(self) -> None:
        for command in ("CONNECT", "MAIL", "RCPT", "DATA", "MESSAGE"):
            with (
                self.subTest(command=command),
                smtp_server({command: "451 try again later"}) as server,
                self.assertRaises(RetryLater),
            ):
                send_email(ADDRESS, "Hello", "Text")
            self.assertEqual(server.messages, [])

    def test_gives_up_what_will_not_pass(self) -> None:
        for command in ("RCPT", "DATA", "MESSAGE"):
            with (
                self.subTest(command=command),
                smtp_server({command: f"550 no such user {ADDRESS}"}),
                self.assertRaises(PermanentFailure) as refusal,
            ):
                send_email(ADDRESS, "Hello", "Text")
            self.assertNotIn(ADDRESS, str(refusal.exception))

    def test_alarms_and_waits_for_settings_to_be_put_right(self) -> None:
        settings: list[tuple[dict[str, str], dict[str, Any]]] = [
            ({"CONNECT": "554 not you"}, {}),
            ({"MAIL": "553 sender not allowed"}, {}),
            (
                {"EHLO": "250-hello\r\n250 AUTH PLAIN", "AUTH": "535 wrong"},
                {"username": "me", "password": "wrong"},
            ),
            ({}, {"use_tls": True}),
            ({}, {"username": "me", "password": "no sign-in is offered"}),
        ]
        for replies, options in settings:
            with (
                self.subTest(replies=replies, options=list(options)),
                smtp_server(replies, **options),
                self.assertLogs(LOGGER, "ERROR"),
                self.assertRaises(RetryLater),
            ):
                send_email(ADDRESS, "Hello", "Text")

    def test_waits_for_a_server_that_is_away(self) -> None:
        with smtp_server(hangs_up=True), self.assertRaises(RetryLater):
            send_email(ADDRESS, "Hello", "Text")
        with smtp_server(port=free_port()), self.assertRaises(RetryLater):
            send_email(ADDRESS, "Hello", "Text")
        with smtp_server(host="mail.invalid"), self.assertRaises(RetryLater):
            send_email(ADDRESS, "Hello", "Text")
