"""Stripe slow, broken or away: an answer in time, nothing half done, and the others go on."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from unittest.mock import patch

from django.test import SimpleTestCase, TestCase, override_settings, tag

from application.dto.commands import CreateCheckoutSessionCommand
from application.exceptions import PaymentsNotConfigured, PaymentsRefused, PaymentsUnavailable
from application.services.stripe_service import StripeService
from application.services.stripe_turns import Turns
from application.tests.shop import ShopTestCase
from application.use_cases.create_checkout_session import CreateCheckoutSession
from core.models import OutboxEvent
from core.tests.outbox_helpers import wait_until
from monetization.models import Payment, PaymentIntentRecord, Purchase, Subscription
from users.tests.factories import make_user

#: What a whole use case may take in these tests; 8 in production.
SECONDS = 1.0
HURRIED: Callable[[], StripeService] = partial(StripeService, seconds=SECONDS)


@tag("slow")
class TroubleTests(ShopTestCase, TestCase):
    def check_out(self) -> str:
        command = CreateCheckoutSessionCommand(user=self.user, plan="premium-monthly")
        return CreateCheckoutSession(payments=HURRIED).execute(command).session_id

    def setUp(self) -> None:
        super().setUp()
        self.user = make_user()

    def is_able_to_pay(self) -> bool:
        """At Stripe the slow request may still be running, with our key."""
        try:
            return bool(self.check_out())
        except PaymentsUnavailable:
            return False

    def test_ends_in_time_with_nothing_half_done(self) -> None:
        for fault in (
            {"kind": "delay", "seconds": 3},
            {"kind": "reset"},
            {"kind": "status", "status": 500},
            {"kind": "status", "status": 503},
            {"kind": "status", "status": 429},
            {"kind": "garbage"},
            {"kind": "reset", "when": "after"},
        ):
            for place in ("/v1/customers", "/v1/checkout"):
                self.user = make_user()
                with self.subTest(fault, place=place):
                    self.shop.control("fault", **fault, times=99, path_prefix=place)
                    # Whoever waited for the slow answer, or tried again for ever, would have one.
                    with self.assertRaises(PaymentsUnavailable):
                        self.check_out()
                    self.shop.control("fault", clear=True)

                    record = PaymentIntentRecord.objects.get(user=self.user)
                    self.assertEqual((record.status, record.stripe_session_id), ("created", None))
                    wait_until(self.is_able_to_pay)
                    self.assertEqual(PaymentIntentRecord.objects.filter(user=self.user).count(), 1)
        self.assertFalse(Subscription.objects.exists())
        self.assertFalse(Payment.objects.exists())
        self.assertFalse(Purchase.objects.exists())
        self.assertEqual(
            set(OutboxEvent.objects.values_list("event_type", flat=True)),
            {"billing.checkout_started"},
        )

    def test_that_passes_at_once_is_not_noticed(self) -> None:
        self.shop.control("fault", kind="reset", times=1, path_prefix="/v1/checkout")

        self.assertTrue(self.check_out())

    def test_with_the_key_is_unavailability_too(self) -> None:
        for status in (401, 403):
            self.shop.control("fault", kind="status", status=status, times=1)
            with self.subTest(status), self.assertRaises(PaymentsUnavailable) as caught:
                self.check_out()
            self.assertNotIsInstance(caught.exception, PaymentsRefused)

    @override_settings(STRIPE_API_BASE="http://127.0.0.1:9")
    def test_of_nobody_listening(self) -> None:
        with self.assertRaises(PaymentsUnavailable):
            self.check_out()


class StrangeAnswerTests(TestCase):
    """Well-formed JSON that is not what was asked for."""

    def test_is_unavailability(self) -> None:
        for answer in (b"{}", b'{"id": null}', b'{"id": "cs_1", "url": "x", "expires_at": "y"}'):
            with (
                self.subTest(answer),
                self.answering(answer) as address,
                override_settings(STRIPE_API_BASE=address, STRIPE_SECRET_KEY="sk_test_1"),
                self.assertRaises(PaymentsUnavailable),
            ):
                HURRIED().create_checkout_session({"mode": "payment"}, key="1")

    @contextmanager
    def answering(self, body: bytes) -> Iterator[str]:
        """The address of a server that says nothing else."""

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_arguments: Any) -> None:
                pass

        with HTTPServer(("127.0.0.1", 0), Handler) as server:
            thread = threading.Thread(target=server.serve_forever, args=(0.01,))
            thread.start()
            try:
                yield f"http://127.0.0.1:{server.server_port}"
            finally:
                server.shutdown()
                thread.join()


class NoKeyTests(SimpleTestCase):
    @override_settings(STRIPE_SECRET_KEY="")
    def test_asks_nobody(self) -> None:
        with self.assertRaises(PaymentsNotConfigured):
            StripeService().price("price_1")


class TurnTests(SimpleTestCase):
    """Two wait for Stripe; whether others queue behind them depends on how it does."""

    def setUp(self) -> None:
        self.turns = Turns()
        self.release = threading.Event()
        self.addCleanup(self.release.set)

    def occupy(self) -> list[threading.Thread]:
        """Both turns are taken until `release`."""
        taken = threading.Barrier(3, timeout=10)

        def wait() -> None:
            with self.turns.taken(seconds=1):
                taken.wait()
                self.release.wait(20)

        threads = [threading.Thread(target=wait) for _ in range(2)]
        for thread in threads:
            thread.start()
        taken.wait()
        return threads

    def test_a_third_waits_for_its_turn(self) -> None:
        self.occupy()
        threading.Timer(0.2, self.release.set).start()

        with self.turns.taken(seconds=10):
            self.assertTrue(self.release.is_set())

    def test_nobody_waits_behind_those_who_are_kept_waiting(self) -> None:
        threads = self.occupy()
        # A minute's wait would be rewarded with a turn: the threads wait for less.
        with self.assertRaises(PaymentsUnavailable), self.turns.taken(seconds=60):
            pass
        self.release.set()
        for thread in threads:
            thread.join()

        # The next two may be kept waiting as well.
        self.release.clear()
        self.occupy()
        with (
            patch.object(self.turns._changed, "wait", side_effect=AssertionError("It waited.")),
            self.assertRaises(PaymentsUnavailable),
            self.turns.taken(seconds=60),
        ):
            pass

    def test_waiting_has_an_end(self) -> None:
        self.occupy()

        with self.assertRaises(PaymentsUnavailable), self.turns.taken(seconds=0.01):
            pass

    def test_after_trouble_everybody_is_let_in_again(self) -> None:
        threads = self.occupy()
        with self.assertRaises(PaymentsUnavailable), self.turns.taken(seconds=60):
            pass
        self.release.set()
        for thread in threads:
            thread.join()

        with self.turns.taken(seconds=1):
            pass

        self.release.clear()
        self.occupy()
        threading.Timer(0.2, self.release.set).start()
        with self.turns.taken(seconds=10):
            self.assertTrue(self.release.is_set())
