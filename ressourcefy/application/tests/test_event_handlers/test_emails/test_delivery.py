"""Event, worker and mail provider together."""

from django.test import TestCase, override_settings
from django.utils import timezone

from application.tests.test_event_handlers.test_emails.mails import LINKS, make_registration
from core.models import OutboxEvent
from core.outbox import RetryLater, dispatch_event, process_outbox
from core.tests.resend_server import API_KEY, Fault, ResendServer


@override_settings(WEB_LINKS=LINKS, RESEND_API_KEY=API_KEY, EMAIL_TIMEOUT_SECONDS=5)
class DeliveryTests(TestCase):
    """Event, worker and provider together."""

    def test_reaches_the_provider_once_whatever_happens_to_the_worker(self) -> None:
        user, event = make_registration()

        with ResendServer() as server, self.settings(RESEND_API_URL=server.url):
            dispatch_event(event)  # and then the worker is killed before it can say so
            process_outbox()

        event.refresh_from_db()
        [delivered] = server.delivered
        self.assertEqual(server.requests, 2)
        self.assertEqual(delivered.body["to"], [user.email])
        self.assertEqual(delivered.idempotency_key, str(event.id))
        self.assertEqual(event.status, OutboxEvent.Status.COMPLETED)

    def test_waits_for_a_provider_that_is_away(self) -> None:
        _, event = make_registration()

        with ResendServer() as server, self.settings(RESEND_API_URL=server.url):
            server.faults.append(Fault(503))
            process_outbox()

        event.refresh_from_db()
        self.assertEqual(server.delivered, [])
        self.assertEqual(event.status, OutboxEvent.Status.PENDING)
        self.assertEqual(event.retry_count, 0)
        self.assertGreater(event.next_retry_at, timezone.now())

    def test_gives_up_an_address_that_the_provider_refuses(self) -> None:
        user, event = make_registration()

        with ResendServer() as server, self.settings(RESEND_API_URL=server.url):
            server.faults.append(Fault(422, "validation_error", f"Invalid `to`: {user.email}"))
            process_outbox()

        event.refresh_from_db()
        self.assertEqual(event.status, OutboxEvent.Status.FAILED)
        self.assertNotIn(user.email, event.error_message)

    def test_leaves_a_connection_to_the_provider_out_of_the_database(self) -> None:
        _, event = make_registration()

        with (
            ResendServer() as server,
            self.settings(RESEND_API_URL=server.url),
            self.assertRaises(RetryLater),
        ):
            server.faults.append(Fault(status=0))
            dispatch_event(event)

        event.refresh_from_db()
        self.assertEqual(set(event.payload), {"user_id", "generation"})
