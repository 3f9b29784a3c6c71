"""Mails that could not be sent in time: late, asked for anew, given up."""

import time
from datetime import UTC, timedelta
from threading import Thread

from django.core import mail
from django.db import connection, transaction
from django.test import TestCase, TransactionTestCase, override_settings
from django.utils import timezone

from application.dto.events import EventType
from application.tests.test_event_handlers.test_emails.mails import (
    LINKS,
    grow_older,
    make_registration,
    make_reset_request,
    token_in,
)
from core.models import OutboxEvent
from core.outbox import PermanentFailure, dispatch_event
from core.tokens import Purpose, lifetime, read
from users.models import User
from users.services.mail_tokens import (
    next_activation_generation,
    user_for_activation,
    user_for_password_reset,
)


@override_settings(WEB_LINKS=LINKS)
class LateMailTests(TestCase):
    def test_is_sent_until_half_of_its_links_life_is_over(self) -> None:
        _, event = make_registration()
        grow_older(event, lifetime(Purpose.ACTIVATION) / 2 - timedelta(minutes=1))

        dispatch_event(event)

        self.assertEqual(len(mail.outbox), 1)

    def test_says_until_when_its_link_works(self) -> None:
        _, activation = make_registration()
        _, reset = make_reset_request()
        for event, purpose in (
            (activation, Purpose.ACTIVATION),
            (reset, Purpose.PASSWORD_RESET),
        ):
            grow_older(event, lifetime(purpose) / 3)

            dispatch_event(event)

            with self.subTest(purpose=purpose):
                sent = mail.outbox[-1]
                claims = read(purpose, token_in(sent))
                self.assertEqual(claims.issued_at, event.created_at.replace(microsecond=0))
                ends_at = (event.created_at + lifetime(purpose)).astimezone(UTC)
                self.assertIn(ends_at.strftime("until %-d %B %Y, %H:%M UTC"), sent.body)

    def test_is_asked_for_anew_after_that(self) -> None:
        user, event = make_registration()
        grow_older(event, lifetime(Purpose.ACTIVATION) / 2 + timedelta(minutes=1))

        dispatch_event(event)

        self.assertEqual(mail.outbox, [])
        renewed = OutboxEvent.objects.exclude(pk=event.pk).get()
        self.assertEqual(renewed.event_type, EventType.USER_ACTIVATION_REQUESTED)
        self.assertEqual(renewed.aggregate_id, str(user.id))
        self.assertEqual((event.payload["generation"], renewed.payload["generation"]), (1, 2))
        dispatch_event(renewed)
        self.assertEqual(user_for_activation(token_in(mail.outbox[0])), user)

    def test_is_asked_for_once_although_the_worker_died_in_between(self) -> None:
        _, event = make_registration()
        grow_older(event, lifetime(Purpose.ACTIVATION))

        dispatch_event(event)
        dispatch_event(event)

        self.assertEqual(OutboxEvent.objects.exclude(pk=event.pk).count(), 1)
        self.assertEqual(mail.outbox, [])

    def test_about_a_password_is_asked_for_anew_too(self) -> None:
        user, event = make_reset_request()
        grow_older(event, lifetime(Purpose.PASSWORD_RESET) / 2 + timedelta(seconds=1))

        dispatch_event(event)

        renewed = OutboxEvent.objects.exclude(pk=event.pk).get()
        self.assertEqual(renewed.event_type, EventType.USER_PASSWORD_RESET_REQUESTED)
        dispatch_event(renewed)
        self.assertEqual(user_for_password_reset(token_in(mail.outbox[0])), user)

    def test_keeps_the_time_of_the_first_renewal(self) -> None:
        _, event = make_reset_request()
        grow_older(event, lifetime(Purpose.PASSWORD_RESET))
        dispatch_event(event)
        renewed = OutboxEvent.objects.exclude(pk=event.pk).get()
        grow_older(renewed, lifetime(Purpose.PASSWORD_RESET))

        dispatch_event(renewed)

        again = OutboxEvent.objects.exclude(pk__in=[event.pk, renewed.pk]).get()
        self.assertEqual(again.payload["renewed_at"], renewed.payload["renewed_at"])

    @override_settings(OUTBOX_PATIENCE=timedelta(hours=24))
    def test_is_given_up_when_renewals_go_on_for_too_long(self) -> None:
        user, event = make_reset_request()
        first_renewal = timezone.now() - timedelta(hours=24, minutes=1)
        event.payload["renewed_at"] = first_renewal.isoformat()
        grow_older(event, lifetime(Purpose.PASSWORD_RESET))

        with self.assertRaises(PermanentFailure):
            dispatch_event(event)

        self.assertEqual(OutboxEvent.objects.count(), 1)
        user.refresh_from_db()
        self.assertEqual(user.reset_generation, 1)


@override_settings(WEB_LINKS=LINKS)
class RacingRenewalTests(TransactionTestCase):
    def test_gives_way_to_a_request_made_meanwhile(self) -> None:
        user, event = make_registration()
        grow_older(event, lifetime(Purpose.ACTIVATION))
        worker = Thread(target=self.deliver, args=(event,))

        with transaction.atomic():
            locked = User.objects.select_for_update().get(pk=user.pk)
            worker.start()
            self.wait_for_a_waiting_connection()
            next_activation_generation(locked)
        worker.join(timeout=30)

        self.assertFalse(worker.is_alive())
        user.refresh_from_db()
        self.assertEqual(user.activation_generation, 2)
        self.assertEqual(OutboxEvent.objects.count(), 1)
        self.assertEqual(mail.outbox, [])

    def deliver(self, event: OutboxEvent) -> None:
        try:
            dispatch_event(event)
        finally:
            connection.close()

    def wait_for_a_waiting_connection(self) -> None:
        """Until another connection to this database waits for a lock of ours."""
        deadline = time.monotonic() + 30
        with connection.cursor() as cursor:
            while time.monotonic() < deadline:
                cursor.execute(
                    "SELECT count(*) FROM pg_locks"
                    " WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"
                )
                if cursor.fetchone() != (0,):
                    return
                time.sleep(0.01)
        self.fail("The worker never came to wait for the account.")
