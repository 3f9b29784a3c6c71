"""Log lines: one JSON object each, with the request id and without secrets."""

import json
import logging
from typing import Any

from django.test import SimpleTestCase

from core.logs import RedactingJsonFormatter, RequestContextFilter
from core.redaction import REDACTED, redact
from core.request_context import RequestContext, current_context, request_context, set_context

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U"
SIGNED = "IjAxOTNhYmMi.Z0HqUA.r3MbO0V9SnhTn7wq1iT6Ax0mUuE"


def line(message: str, *args: Any, **extra: Any) -> dict[str, Any]:
    """What the product would print."""
    record = logging.getLogger("test").makeRecord(
        "test", logging.INFO, __file__, 1, message, args, None, extra=extra
    )
    RequestContextFilter().filter(record)
    text = RedactingJsonFormatter("%(message)s %(request_id)s").format(record)
    assert text.isascii()
    assert "\n" not in text
    parsed: dict[str, Any] = json.loads(text)
    return parsed


class LoggerTests(SimpleTestCase):
    def test_none_that_was_there_before_the_settings_is_silenced(self) -> None:
        before = [
            logger
            for logger in logging.root.manager.loggerDict.values()
            if isinstance(logger, logging.Logger)
        ]

        self.assertIn("asyncio", [logger.name for logger in before])
        self.assertEqual([logger.name for logger in before if logger.disabled], [])


class RedactTests(SimpleTestCase):
    def test_hides_secrets_and_addresses(self) -> None:
        texts = [
            f"Bearer {JWT}",
            f"got {JWT} here",
            f"/auth/activate?token={SIGNED}",
            "Authorization: Bearer abc",
            'password="hunter2"',
            "{'new_password': 'hunter2'}",
            "RESEND_API_KEY=re_12345678_0123456789abc",
            "key sk_live_abcdefgh12345678",
            "whsec_abcdefgh12345678",
            "postgres://app:hunter2@db/x",
            "write to ann.example+x@mail.example.org",
        ]
        secrets = [JWT, SIGNED, "abc", "hunter2", "re_1", "sk_live_a", "whsec_a", "ann.example"]

        for text in texts:
            with self.subTest(text=text):
                hidden = redact(text)

                self.assertIn(REDACTED, hidden)
                for secret in secrets:
                    if secret in text:
                        self.assertNotIn(secret, hidden)

    def test_hides_card_numbers_however_they_are_typed(self) -> None:
        cards = ("4242424242424242", "5555 5555 5555 4444", "3782-822463-10005")
        for card in cards:
            with self.subTest(card=card):
                self.assertEqual(redact(f"card {card}, thanks"), f"card {REDACTED}, thanks")

    def test_hides_the_row_that_the_database_shows_with_an_error(self) -> None:
        row = "DETAIL:  Failing row contains (1, my secret,\nmy second line, 2)."
        cause = "\n\nThe above exception was the direct cause of the following exception:\n"

        hidden = redact(f'CheckViolation: violates "c"\n{row}{cause}IntegrityError: "c"\n{row}')

        self.assertEqual(
            hidden,
            f'CheckViolation: violates "c"\nDETAIL:{REDACTED}{cause}'
            f'IntegrityError: "c"\nDETAIL:{REDACTED}',
        )

    def test_leaves_ordinary_text(self) -> None:
        texts = (
            "Payment processed",
            "tokens of 3 users",
            "refund re_3MmlLrLkdIwHu7ix0snN0B15",
            "2026-01-25T12:00:00.123Z",
            "a.b.c",
            "1234567890123456 is no card number",
            "01a20476-725d-7195-9096-bdd0bfbc4f50",
        )
        for text in texts:
            with self.subTest(text=text):
                self.assertEqual(redact(text), text)

    def test_keeps_the_name_of_what_it_hides(self) -> None:
        self.assertEqual(redact("password=hunter2"), f"password={REDACTED}")


class JsonLineTests(SimpleTestCase):
    def test_carries_the_request_id_of_the_context(self) -> None:
        with request_context(RequestContext(request_id="abc-1")):
            self.assertEqual(line("Hello")["request_id"], "abc-1")

        self.assertEqual(line("Hello")["request_id"], "")

    def test_a_record_may_name_its_own_request(self) -> None:
        self.assertEqual(line("Hello", request_id="other")["request_id"], "other")

    def test_input_cannot_forge_a_line(self) -> None:
        self.assertEqual(
            line("Hello %s", 'x\n{"level": "ERROR"}')["message"], 'Hello x\n{"level": "ERROR"}'
        )

    def test_a_line_is_ascii_whatever_it_tells_of(self) -> None:
        for text in ("Grüße", "one\u2028two\x85three", "half a pair: \ud800", "\x00\x1b[2J"):
            with self.subTest(text=text):
                self.assertEqual(line("Hello %s", text)["message"], f"Hello {text}")

    def test_redacts_message_extras_and_what_lies_within(self) -> None:
        found = line(
            "Sent to %s",
            "ann@example.org",
            email="ann@example.org",
            count=3,
            nothing=None,
            facts={"token": "abc", "note": f"Bearer {JWT}", "tries": [1, "bob@example.org"]},
        )

        self.assertEqual(found["message"], f"Sent to {REDACTED}")
        self.assertEqual(found["email"], REDACTED)
        self.assertEqual((found["count"], found["nothing"]), (3, None))
        self.assertEqual(
            found["facts"],
            {"token": REDACTED, "note": f"Bearer {REDACTED}", "tries": [1, REDACTED]},
        )

    def test_redacts_stack_traces(self) -> None:
        try:
            raise ValueError("password=hunter2")  # noqa: TRY301
        except ValueError as error:
            record = logging.getLogger("test").makeRecord(
                "test", logging.ERROR, __file__, 1, "Crashed", (), (type(error), error, None)
            )

        self.assertNotIn("hunter2", RedactingJsonFormatter("%(message)s").format(record))


class RequestContextTests(SimpleTestCase):
    def test_ends_with_its_block(self) -> None:
        with request_context(RequestContext(request_id="a")):
            set_context(RequestContext(request_id="b"))
            self.assertEqual(current_context().request_id, "b")

        self.assertEqual(current_context(), RequestContext())
