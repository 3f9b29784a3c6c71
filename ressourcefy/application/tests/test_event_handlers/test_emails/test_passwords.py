"""The mails about passwords: the link to a new one, and the warning of a change."""

from datetime import UTC, timedelta
from typing import Any

from django.core import mail
from django.test import TestCase, override_settings
from django.utils import timezone

from application.dto.events import EventType
from application.tests.test_event_handlers.test_emails.mails import (
    LINKS,
    emit,
    grow_older,
    html_of,
    make_reset_request,
    token_in,
)
from core.outbox import dispatch_event
from users.models import User
from users.services.mail_tokens import (
    user_for_password_reset,
)
from users.tests.factories import make_user
from users.types import AuthProvider


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
