"""The mails that follow from events, as they arrive."""

import re
import time
from datetime import UTC, datetime, timedelta
from threading import Thread
from typing import Any

from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.db import connection, transaction
from django.test import TestCase, TransactionTestCase, override_settings
from django.utils import timezone

from application.dto.events import AggregateType, EventType
from core.models import OutboxEvent
from core.models.base import new_id
from core.outbox import PermanentFailure, RetryLater, dispatch_event, emit_event, process_outbox
from core.tests.resend_server import API_KEY, Fault, ResendServer
from core.tokens import Purpose, TokenInvalid, lifetime, read
from users.models import User, UserSession
from users.services.mail_tokens import (
    next_activation_generation,
    next_reset_generation,
    user_for_activation,
    user_for_password_reset,
)
from users.tests.factories import make_user
from users.types import AuthProvider

LINKS = {
    "activate": "https://app.example.com/auth/activate",
    "reset": "https://app.example.com/auth/reset-password",
    "login": "https://app.example.com/auth/login",
}


def emit(event_type: EventType, user: User, **payload: Any) -> OutboxEvent:
    """An event about an account, with the ids that such events carry."""
    return emit_event(AggregateType.USER, user.id, event_type, {"user_id": str(user.id), **payload})


def make_registration(**fields: Any) -> tuple[User, OutboxEvent]:
    """An account that waits for its activation, and the event that says so."""
    user = make_user(is_activated=False, **fields)
    generation = next_activation_generation(user)
    return user, emit(EventType.USER_REGISTERED, user, generation=generation)


def make_reset_request(**fields: Any) -> tuple[User, OutboxEvent]:
    """An account and the event that asks for a new password."""
    user = make_user(**fields)
    generation = next_reset_generation(user)
    return user, emit(EventType.USER_PASSWORD_RESET_REQUESTED, user, generation=generation)


def grow_older(event: OutboxEvent, age: timedelta) -> None:
    """Move an event into the past."""
    event.created_at = timezone.now() - age
    event.save(update_fields=["created_at"])


def html_of(message: Any) -> str:
    """The HTML form of a mail."""
    assert isinstance(message, EmailMultiAlternatives)
    [(content, _mimetype)] = message.alternatives
    return str(content)


def token_in(message: Any) -> str:
    """The token of the link in the text form."""
    found = re.search(r"\?token=(\S+)", message.body)
    assert found
    return found[1]


@override_settings(WEB_LINKS=LINKS)
class ActivationMailTests(TestCase):
    def test_brings_a_link_that_activates(self) -> None:
        user, event = make_registration()

        dispatch_event(event)

        [sent] = mail.outbox
        self.assertEqual(sent.to, [user.email])
        self.assertEqual(sent.subject, "Activate your Ressourcefy account")
        self.assertEqual(user_for_activation(token_in(sent)), user)
        link = f"{LINKS['activate']}?token={token_in(sent)}"
        self.assertIn(f"\n{link}\n", sent.body)
        self.assertEqual(html_of(sent).count(f'href="{link}"'), 2)

    def test_names_the_user_and_the_time_of_registration(self) -> None:
        moment = datetime(2026, 5, 4, 21, 30, tzinfo=UTC)
        _, event = make_registration(username="amélie", accepted_terms_at=moment)

        dispatch_event(event)

        [sent] = mail.outbox
        for form in (sent.body, html_of(sent)):
            self.assertIn("“amélie”", form)
            self.assertIn("4 May 2026, 21:30 UTC", form)

    def test_is_written_in_the_users_language(self) -> None:
        moment = datetime(2026, 8, 4, 21, 30, tzinfo=UTC)
        _, event = make_registration(language="fr", accepted_terms_at=moment)

        dispatch_event(event)

        [sent] = mail.outbox
        self.assertEqual(sent.subject, "Activez votre compte Ressourcefy")
        self.assertIn("4 août 2026, 21:30 UTC", sent.body)
        self.assertIn('<html lang="fr">', html_of(sent))
        self.assertIn("Bonjour,", html_of(sent))

    def test_shows_a_user_name_as_it_is_and_escapes_it_in_html(self) -> None:
        _, event = make_registration(username='<img/src="x">&')

        dispatch_event(event)

        [sent] = mail.outbox
        self.assertIn('“<img/src="x">&”', sent.body)
        self.assertIn("“&lt;img/src=&quot;x&quot;&gt;&amp;”", html_of(sent))
        self.assertNotIn("<img", html_of(sent))

    def test_follows_from_a_request_for_another_link(self) -> None:
        user, first = make_registration()
        dispatch_event(first)
        generation = next_activation_generation(user)

        dispatch_event(emit(EventType.USER_ACTIVATION_REQUESTED, user, generation=generation))

        older, newer = (token_in(sent) for sent in mail.outbox)
        self.assertEqual(user_for_activation(newer), user)
        with self.assertRaises(TokenInvalid):
            user_for_activation(older)

    def test_is_the_same_mail_however_often_it_is_sent(self) -> None:
        _, event = make_registration()

        dispatch_event(event)
        dispatch_event(event)

        first, second = mail.outbox
        self.assertEqual((first.body, html_of(first)), (second.body, html_of(second)))
        self.assertEqual(first.extra_headers, second.extra_headers)
        self.assertIn(str(event.id), first.extra_headers["Message-ID"])

    def test_is_not_sent_once_its_reason_has_gone(self) -> None:
        reasons: list[dict[str, Any]] = [
            {"is_activated": True},
            {"is_active": False},
            {"deleted_at": timezone.now()},
            {"auth_provider": AuthProvider.GOOGLE},
            {"activation_generation": 2},
        ]
        for change in reasons:
            with self.subTest(change=list(change)):
                user, event = make_registration()
                User.objects.filter(pk=user.pk).update(**change)

                dispatch_event(event)

                self.assertEqual(mail.outbox, [])

    def test_goes_to_the_stored_address(self) -> None:
        user, event = make_registration()
        User.objects.filter(pk=user.pk).update(email="stored@example.org")

        dispatch_event(event)

        self.assertEqual([sent.to for sent in mail.outbox], [["stored@example.org"]])


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


@override_settings(WEB_LINKS=LINKS)
class PasswordMailTests(TestCase):
    def test_brings_a_link_that_opens_one_change_of_password(self) -> None:
        user, event = make_reset_request()

        dispatch_event(event)

        [sent] = mail.outbox
        self.assertEqual(sent.subject, "Reset your Ressourcefy password")
        self.assertIn(f"\n{LINKS['reset']}?token={token_in(sent)}\n", sent.body)
        self.assertEqual(user_for_password_reset(token_in(sent)), user)

    def test_brings_no_link_once_its_reason_has_gone(self) -> None:
        reasons: list[dict[str, Any]] = [
            {"is_active": False},
            {"deleted_at": timezone.now()},
            {"auth_provider": AuthProvider.GOOGLE},
            {"reset_generation": 2},
        ]
        for change in reasons:
            with self.subTest(change=list(change)):
                user, event = make_reset_request()
                User.objects.filter(pk=user.pk).update(**change)

                dispatch_event(event)

                self.assertEqual(mail.outbox, [])

    def test_warns_of_a_change(self) -> None:
        user = make_user(username="zoé")
        event = emit(EventType.USER_PASSWORD_CHANGED, user)
        grow_older(event, timedelta(days=3))

        dispatch_event(event)

        [sent] = mail.outbox
        changed_at = event.created_at.astimezone(UTC).strftime("%H:%M UTC")
        self.assertEqual(sent.to, [user.email])
        self.assertIn("“zoé” was changed on", sent.body)
        self.assertIn(changed_at, sent.body)
        self.assertIn(LINKS["login"], html_of(sent))

    def test_warns_nobody_of_a_change_of_a_dead_account(self) -> None:
        user = make_user(is_active=False)

        dispatch_event(emit(EventType.USER_PASSWORD_CHANGED, user))

        self.assertEqual(mail.outbox, [])


@override_settings(WEB_LINKS=LINKS)
class WelcomeMailTests(TestCase):
    def test_greets_an_activated_account(self) -> None:
        user = make_user(username="amélie", language="fr")

        dispatch_event(emit(EventType.USER_ACTIVATED, user))

        [sent] = mail.outbox
        self.assertEqual(sent.subject, "Bienvenue sur Ressourcefy")
        self.assertIn("Votre compte «\u00a0amélie\u00a0» est actif.", sent.body)
        self.assertIn(LINKS["login"], sent.body)

    def test_is_not_sent_once_its_reason_has_gone(self) -> None:
        reasons: list[dict[str, Any]] = [{"is_activated": False}, {"is_active": False}]
        for fields in reasons:
            with self.subTest(fields=fields):
                dispatch_event(emit(EventType.USER_ACTIVATED, make_user(**fields)))

                self.assertEqual(mail.outbox, [])


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


def make_session(user: User, **fields: Any) -> UserSession:
    """An open session."""
    return UserSession.objects.create(
        user=user, refresh_id=new_id(), expires_at=timezone.now() + timedelta(days=1), **fields
    )


@override_settings(WEB_LINKS=LINKS)
class SessionMailTests(TestCase):
    """Mails about a session: which device, since when, from where."""

    def warn(self, user: User, session: UserSession) -> None:
        dispatch_event(
            emit(EventType.USER_SIGNED_IN_ON_NEW_DEVICE, user, session_id=str(session.id))
        )

    def test_a_new_device_is_named_with_time_and_address(self) -> None:
        user = make_user(username="ana")
        moment = datetime(2026, 5, 4, 21, 30, tzinfo=UTC)
        session = make_session(
            user, created_at=moment, device="Firefox (Linux)", ip_address="203.0.113.7"
        )

        self.warn(user, session)

        [sent] = mail.outbox
        self.assertEqual(sent.to, [user.email])
        self.assertEqual(sent.subject, "New sign-in to your Ressourcefy account")
        for form in (sent.body, html_of(sent)):
            for part in ("“ana”", "4 May 2026, 21:30 UTC", "Firefox (Linux)", "203.0.113.7"):
                self.assertIn(part, form)

    def test_what_is_not_known_is_left_out(self) -> None:
        user = make_user(language="fr")

        self.warn(user, make_session(user))

        [sent] = mail.outbox
        self.assertEqual(sent.subject, "Nouvelle connexion à votre compte Ressourcefy")
        self.assertIn("Appareil : inconnu", sent.body)
        self.assertNotIn("Adresse réseau", sent.body)

    def test_what_users_wrote_is_escaped(self) -> None:
        user = make_user(username='<img/src="x">')
        session = make_session(user, user_agent="<b>https://evil.example.com</b>", device="<b>")

        self.warn(user, session)

        [sent] = mail.outbox
        self.assertNotIn("evil.example.com", sent.body)
        self.assertNotIn("<img", html_of(sent))
        self.assertNotIn("<b>", html_of(sent))

    def test_a_session_that_was_ended_by_reuse_is_explained(self) -> None:
        user = make_user(username="ana")
        session = make_session(user, device="Safari (iPad)", revoked_at=timezone.now())

        dispatch_event(
            emit(EventType.USER_SESSION_ENDED_BY_REUSE, user, session_id=str(session.id))
        )

        [sent] = mail.outbox
        self.assertEqual(sent.subject, "A session of your Ressourcefy account was ended")
        self.assertIn("Safari (iPad)", sent.body)

    def test_is_not_sent_once_account_or_session_are_gone(self) -> None:
        user, other, gone = make_user(), make_user(), make_user(is_active=False)
        sessions = [(user, UserSession(id=new_id())), (other, make_session(user))]

        for owner, session in (*sessions, (gone, make_session(gone))):
            for event_type in (
                EventType.USER_SIGNED_IN_ON_NEW_DEVICE,
                EventType.USER_SESSION_ENDED_BY_REUSE,
            ):
                dispatch_event(emit(event_type, owner, session_id=str(session.id)))

        self.assertEqual(mail.outbox, [])
