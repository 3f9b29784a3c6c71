"""The mails about sessions: a new device, and a session that was ended."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.core import mail
from django.test import TestCase, override_settings
from django.utils import timezone

from application.dto.events import EventType
from application.tests.test_event_handlers.test_emails.mails import LINKS, emit, html_of
from core.models.base import new_id
from core.outbox import dispatch_event
from users.models import User, UserSession
from users.tests.factories import make_user


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
