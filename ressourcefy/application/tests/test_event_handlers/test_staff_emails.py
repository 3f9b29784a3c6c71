"""The mails that follow from what administrators do with accounts, as they arrive."""

import json
import re
from datetime import timedelta
from typing import Any

from django.core import mail
from django.test import TestCase, override_settings
from django.utils import timezone

from application.dto.commands import (
    AuthenticateUserCommand,
    ConfirmPasswordResetCommand,
    CreateUserCommand,
    ResetUserPasswordCommand,
)
from application.dto.events import EventType
from application.exceptions import InvalidCredentials, ResetTokenInvalid
from application.tests.test_use_cases.account_helpers import is_good, sign_in
from application.use_cases.auth.authenticate_user import AuthenticateUser
from application.use_cases.auth.confirm_password_reset import ConfirmPasswordReset
from application.use_cases.create_user import CreateUser
from application.use_cases.reset_user_password import ResetUserPassword
from audit.models import AuditLog
from core.models import OutboxEvent
from core.models.base import new_id
from core.outbox import dispatch_event, process_outbox
from users.models import User
from users.services.passwords import change_password, staff_password
from users.tests.factories import PASSWORD, make_user
from users.types import Role

LINKS = {
    "activate": "https://app.example.com/auth/activate",
    "reset": "https://app.example.com/auth/reset-password",
    "login": "https://app.example.com/auth/login",
}
NEW = "of my own choosing"


def authenticate(user: User, password: str) -> None:
    AuthenticateUser().execute(AuthenticateUserCommand(email=user.email, password=password))


def confirm(token: str) -> None:
    ConfirmPasswordReset().execute(ConfirmPasswordResetCommand(token=token, new_password=NEW))


def token_in(message: Any) -> str:
    found = re.search(r"\?token=(\S+)", message.body)
    assert found
    return found[1]


def password_in(message: Any) -> str:
    found = re.search(r"[a-z2-7]{5}(?:-[a-z2-7]{5}){3}", message.body)
    assert found
    return found[0]


def event_of(event_type: EventType) -> OutboxEvent:
    return OutboxEvent.objects.get(event_type=event_type)


def grow_older(event: OutboxEvent, age: timedelta) -> None:
    event.created_at = timezone.now() - age
    event.save(update_fields=["created_at"])


@override_settings(WEB_LINKS=LINKS)
class StaffPasswordTests(TestCase):
    def setUp(self) -> None:
        self.admin, self.user = make_user(role=Role.ADMIN), make_user(username="amélie")

    def reset(self) -> OutboxEvent:
        ResetUserPassword().execute(ResetUserPasswordCommand(user=self.admin, user_id=self.user.id))
        return event_of(EventType.USER_PASSWORD_SET_BY_STAFF)

    def test_holds_a_password_that_signs_in_and_a_link_to_choose_another(self) -> None:
        dispatch_event(self.reset())

        [sent] = mail.outbox
        self.assertEqual(sent.to, [self.user.email])
        self.assertIn("“amélie”", sent.body)
        authenticate(self.user, password_in(sent))
        confirm(token_in(sent))
        authenticate(self.user, NEW)

    def test_makes_the_old_password_and_the_sessions_worthless(self) -> None:
        session = sign_in(self.user).session

        self.reset()

        self.assertFalse(is_good(session))
        with self.assertRaises(InvalidCredentials):
            authenticate(self.user, PASSWORD)

    def test_is_nowhere_but_in_the_mail(self) -> None:
        event = self.reset()
        password = staff_password(event.id)
        dispatch_event(event)

        self.assertEqual(password_in(mail.outbox[0]), password)
        self.assertEqual(event.payload, {"user_id": str(self.user.id)})
        entry = AuditLog.objects.get(object_id=str(self.user.id), actor=self.admin)
        for place in (event.payload, entry.after_state, entry.before_state):
            self.assertNotIn(password, json.dumps(place))

    def test_follows_from_the_key_of_the_installation(self) -> None:
        event = self.reset()
        here = staff_password(event.id)

        with override_settings(SECRET_KEY="another"):
            elsewhere = staff_password(event.id)

        self.assertNotEqual(here, elsewhere)
        self.assertEqual(here, staff_password(event.id))
        self.assertNotEqual(here, staff_password(new_id()))

    def test_is_not_sent_once_another_password_was_set(self) -> None:
        event = self.reset()
        self.user.refresh_from_db()
        change_password(self.user, "!")

        dispatch_event(event)

        self.assertEqual(mail.outbox, [])

    def test_is_sent_for_the_last_of_two_resets(self) -> None:
        self.reset()
        ResetUserPassword().execute(ResetUserPasswordCommand(user=self.admin, user_id=self.user.id))

        process_outbox(limit=10)

        [sent] = mail.outbox
        authenticate(self.user, password_in(sent))

    def test_comes_late_without_a_link_that_would_be_dead(self) -> None:
        event = self.reset()
        grow_older(event, timedelta(hours=5))

        dispatch_event(event)

        [sent] = mail.outbox
        self.assertNotIn("token=", sent.body)
        self.assertIn(LINKS["login"], sent.body)
        authenticate(self.user, password_in(sent))

    def test_is_not_sent_to_the_shut_out(self) -> None:
        event = self.reset()
        User.objects.filter(pk=self.user.pk).update(is_active=False)

        dispatch_event(event)

        self.assertEqual(mail.outbox, [])


@override_settings(WEB_LINKS=LINKS)
class InvitationTests(TestCase):
    def setUp(self) -> None:
        self.admin = make_user(role=Role.ADMIN)

    def create(self, **fields: Any) -> User:
        record = CreateUser().execute(
            CreateUserCommand(user=self.admin, email="new@example.org", **fields)
        )
        return User.objects.get(pk=record.id)

    def test_lets_one_choose_the_first_password(self) -> None:
        user = self.create(username="newcomer")
        self.assertFalse(user.has_usable_password())

        dispatch_event(event_of(EventType.USER_INVITED))

        [sent] = mail.outbox
        self.assertEqual(sent.to, ["new@example.org"])
        self.assertIn("“newcomer”", sent.body)
        confirm(token_in(sent))
        authenticate(user, NEW)
        with self.assertRaises(ResetTokenInvalid):
            confirm(token_in(sent))

    def test_is_not_sent_to_whoever_has_a_password(self) -> None:
        self.create(password="long enough to use")

        process_outbox(limit=10)

        self.assertEqual(mail.outbox, [])
        self.assertFalse(OutboxEvent.objects.exclude(status="COMPLETED").exists())

    def test_is_asked_for_anew_when_it_waited_for_half_of_its_links_life(self) -> None:
        self.create()
        event = event_of(EventType.USER_INVITED)
        grow_older(event, timedelta(minutes=40))

        dispatch_event(event)

        self.assertEqual(mail.outbox, [])
        self.assertEqual(OutboxEvent.objects.filter(event_type=EventType.USER_INVITED).count(), 2)
