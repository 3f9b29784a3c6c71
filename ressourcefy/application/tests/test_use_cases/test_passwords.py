"""Changing a password, knowing the present one or holding a token from a mail."""

from datetime import timedelta
from functools import partial

from django.test import TestCase, TransactionTestCase

from application.dto.commands import (
    ChangePasswordCommand,
    ConfirmPasswordResetCommand,
    RequestPasswordResetCommand,
)
from application.dto.events import EventType
from application.dto.results import SessionPass
from application.exceptions import (
    InvalidCredentials,
    NoLocalPassword,
    ResetTokenInvalid,
    WrongPassword,
)
from application.tests.test_use_cases.account_helpers import (
    events_of,
    is_good,
    refresh,
    sign_in,
)
from application.use_cases.auth.change_password import ChangePassword
from application.use_cases.auth.confirm_password_reset import ConfirmPasswordReset
from application.use_cases.auth.request_password_reset import RequestPasswordReset
from audit.models import AuditLog
from core.exceptions import InvalidInput
from core.models import OutboxEvent
from core.tests.races import at_once
from core.tokens import Purpose, lifetime
from users.exceptions import SessionEnded
from users.models import User
from users.services.mail_tokens import reset_token_for
from users.tests.factories import PASSWORD, make_user
from users.types import AuthProvider

NEW_PASSWORD = "a newer and better one"


def request_reset(email: str) -> None:
    RequestPasswordReset().execute(RequestPasswordResetCommand(email=email))


def confirm_reset(token: str, new_password: str = NEW_PASSWORD) -> None:
    ConfirmPasswordReset().execute(
        ConfirmPasswordResetCommand(token=token, new_password=new_password)
    )


def change(
    user: User, session: SessionPass, *, current: str = PASSWORD, new: str = NEW_PASSWORD
) -> SessionPass:
    return ChangePassword().execute(
        ChangePasswordCommand(
            user=user,
            session_id=session.session_id,
            current_password=current,
            new_password=new,
        )
    )


class RequestPasswordResetTests(TestCase):
    def test_asks_for_a_mail_and_ends_the_links_mailed_before(self) -> None:
        user = make_user(email="ana@example.org")
        token = reset_token_for(user)

        request_reset("ANA@example.org")

        event = OutboxEvent.objects.get()
        self.assertEqual(event.event_type, EventType.USER_PASSWORD_RESET_REQUESTED)
        self.assertEqual(event.payload, {"user_id": str(user.id), "generation": 1})
        with self.assertRaises(ResetTokenInvalid):
            confirm_reset(token)

    def test_leaves_no_trace_where_no_mail_is_due(self) -> None:
        deleted = make_user()
        deleted.delete()
        for email in (
            "nobody@example.org",
            deleted.email,
            make_user(is_active=False).email,
            make_user(auth_provider=AuthProvider.GOOGLE).email,
        ):
            request_reset(email)

        self.assertFalse(OutboxEvent.objects.exists())
        self.assertFalse(AuditLog.objects.exists())


class ConfirmPasswordResetTests(TestCase):
    def setUp(self) -> None:
        self.user = make_user()
        self.session = sign_in(self.user).session
        self.token = reset_token_for(self.user)

    def test_sets_the_password_and_ends_all_sessions(self) -> None:
        confirm_reset(self.token)

        self.assertFalse(is_good(self.session))
        self.assertTrue(is_good(sign_in(self.user, NEW_PASSWORD).session))
        with self.assertRaises(InvalidCredentials):
            sign_in(self.user)
        self.assertIn(EventType.USER_PASSWORD_CHANGED, events_of(self.user))

    def test_works_once(self) -> None:
        confirm_reset(self.token)

        with self.assertRaises(ResetTokenInvalid):
            confirm_reset(self.token, "yet another password")

    def test_keeps_the_token_good_after_a_password_that_is_refused(self) -> None:
        for password in ("password1", self.user.email, "x" * 129):
            with self.subTest(password=password), self.assertRaises(InvalidInput) as refusal:
                confirm_reset(self.token, password)

            self.assertEqual(set(refusal.exception.details), {"new_password"})

        confirm_reset(self.token)

    def test_refuses_an_old_token_and_what_is_none(self) -> None:
        issued_at = self.user.created_at - lifetime(Purpose.PASSWORD_RESET) - timedelta(seconds=5)
        for token in ("nonsense", reset_token_for(self.user, issued_at=issued_at)):
            with self.subTest(token=token), self.assertRaises(ResetTokenInvalid):
                confirm_reset(token)

    def test_does_not_activate_the_account(self) -> None:
        user = make_user(is_activated=False)

        confirm_reset(reset_token_for(user))

        user.refresh_from_db()
        self.assertFalse(user.is_activated)


class ChangePasswordTests(TestCase):
    def setUp(self) -> None:
        self.user = make_user()
        self.session = sign_in(self.user).session

    def test_ends_all_other_sessions_and_gives_this_one_new_tokens(self) -> None:
        other = sign_in(self.user).session

        renewed = change(self.user, self.session)

        self.assertEqual(renewed.session_id, self.session.session_id)
        self.assertEqual(
            [is_good(one) for one in (self.session, other, renewed)], [False, False, True]
        )
        self.assertTrue(is_good(refresh(renewed)))
        self.assertIn(EventType.USER_PASSWORD_CHANGED, events_of(self.user))

    def test_makes_mailed_reset_links_worthless(self) -> None:
        token = reset_token_for(self.user)

        change(self.user, self.session)

        with self.assertRaises(ResetTokenInvalid):
            confirm_reset(token)

    def test_asks_for_the_present_password(self) -> None:
        with self.assertRaises(WrongPassword):
            change(self.user, self.session, current="not this one")

        self.assertTrue(is_good(self.session))

    def test_refuses_a_password_that_breaks_a_rule(self) -> None:
        with self.assertRaises(InvalidInput) as refusal:
            change(self.user, self.session, new="12345678")

        self.assertEqual(set(refusal.exception.details), {"new_password"})

    def test_refuses_an_account_that_signs_in_elsewhere(self) -> None:
        self.user.auth_provider = AuthProvider.GOOGLE

        with self.assertRaises(NoLocalPassword):
            change(self.user, self.session)

    def test_refuses_when_the_session_or_the_password_has_gone_meanwhile(self) -> None:
        stale = User.objects.select_related("profile").get(pk=self.user.pk)
        renewed = change(self.user, self.session)

        with self.assertRaises(SessionEnded):
            change(stale, renewed, new="and a third password")


class PasswordResetRaceTests(TransactionTestCase):
    def test_sets_one_password_for_twenty_uses_of_a_token(self) -> None:
        user = make_user()
        token = reset_token_for(user)

        results = at_once([partial(confirm_reset, token, f"{NEW_PASSWORD} {n}") for n in range(20)])

        winners = [number for number, result in enumerate(results) if result is None]
        self.assertEqual(len(winners), 1)
        self.assertEqual(sum(isinstance(result, ResetTokenInvalid) for result in results), 19)
        self.assertTrue(is_good(sign_in(user, f"{NEW_PASSWORD} {winners[0]}").session))
        self.assertEqual(events_of(user).count(EventType.USER_PASSWORD_CHANGED), 1)
