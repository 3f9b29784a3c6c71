"""Deleting an account, paid or not, and keeping it after all."""

import re
from datetime import timedelta
from typing import Any

from django.core import mail
from django.test import TestCase, override_settings
from django.utils import timezone

from application.dto.commands import (
    CreateCheckoutSessionCommand,
    DeleteUserCommand,
    RestoreOwnAccountCommand,
    RestoreUserCommand,
)
from application.dto.events import EventType
from application.exceptions import (
    LinkNotValid,
    NoLocalPassword,
    NotYourPassword,
    PaymentsUnavailable,
)
from application.services.erasure import erase_due
from application.tests.shop import ShopTestCase, deliver
from application.tests.test_use_cases.account_helpers import authenticate, events_of
from application.tests.test_use_cases.test_account_deletion.deleting import (
    as_stored,
    delete,
    let_grace_pass,
)
from application.use_cases.create_checkout_session import CreateCheckoutSession
from application.use_cases.delete_user import DeleteUser
from application.use_cases.restore_own_account import RestoreOwnAccount
from application.use_cases.restore_user import RestoreUser
from audit.models import AuditLog
from core.exceptions import TooManyRequests
from core.outbox import process_outbox
from monetization.models import Subscription
from users.exceptions import LastSuperadmin, SessionEnded
from users.models import User, UserSession
from users.services.mail_tokens import restoration_token_for
from users.services.sessions import open_session, user_of_session
from users.tests.factories import make_user
from users.types import AuthProvider, Role


def link_in(message: Any) -> str:
    """The token of the link in the mail about a deletion."""
    found = re.search(r"/restore-account/([^/\s]+)/", str(message.body))
    assert found
    return found[1]


class DeleteTests(TestCase):
    def test_closes_the_account_at_once_for_everybody(self) -> None:
        user = make_user()
        session = open_session(user, lifetime=timedelta(days=1))

        deleted = delete(user)

        row = as_stored(user)
        self.assertTrue(row.is_deleted)
        self.assertEqual(row.erase_after, deleted.erase_after)
        grace = deleted.erase_after - timezone.now()
        self.assertAlmostEqual(grace / timedelta(days=14), 1, places=3)
        self.assertIsNone(
            user_of_session(session.id, user_id=user.id, token_version=user.token_version)
        )
        self.assertFalse(UserSession.objects.filter(user=user, revoked_at=None).exists())
        with self.assertRaises(Exception) as refused:
            authenticate(user.email)
        self.assertEqual(refused.exception.code, "invalid_credentials")  # type: ignore[attr-defined]

    def test_is_recorded_and_told_without_personal_values(self) -> None:
        user = make_user()

        delete(user)

        self.assertEqual(events_of(user), [EventType.USER_DELETION_REQUESTED])
        entry = AuditLog.objects.get()
        self.assertEqual((entry.action, entry.actor), ("DELETE", user))
        self.assertEqual(entry.after_state, {"is_deleted": True, "is_to_be_erased": True})

    def test_is_followed_by_one_last_mail(self) -> None:
        user = make_user()
        delete(user)

        process_outbox(20)

        [sent] = mail.outbox
        self.assertEqual(sent.to, [user.email])
        self.assertEqual(sent.subject, "Your Ressourcefy account is deleted")

    def test_needs_the_password(self) -> None:
        user = make_user()

        with self.assertRaises(NotYourPassword):
            delete(user, "a wrong one")

        self.assertFalse(as_stored(user).is_deleted)

    @override_settings(RATE_LIMIT_FACTOR=1)
    def test_gives_no_more_guesses_than_anything_else(self) -> None:
        user = make_user()
        for _ in range(5):
            with self.assertRaises(NotYourPassword):
                delete(user, "a wrong one")

        with self.assertRaises(TooManyRequests):
            delete(user)

    def test_is_refused_for_an_account_without_a_password(self) -> None:
        user = make_user(auth_provider=AuthProvider.GOOGLE)

        with self.assertRaises(NoLocalPassword):
            delete(user)

    def test_is_refused_for_the_last_superadmin(self) -> None:
        last = make_user(role=Role.SUPERADMIN)

        with self.assertRaises(LastSuperadmin):
            delete(last)

        make_user(role=Role.SUPERADMIN)
        delete(last)

    def test_is_refused_where_the_account_changed_meanwhile(self) -> None:
        user = make_user()
        User.objects.filter(pk=user.pk).update(password="another")

        with self.assertRaises(SessionEnded):
            delete(user)

    def test_is_refused_a_second_time(self) -> None:
        user = make_user()
        delete(user)

        with self.assertRaises(SessionEnded):
            delete(user)


class RestoreTests(TestCase):
    def setUp(self) -> None:
        self.user = make_user()
        delete(self.user)
        process_outbox(20)
        [sent] = mail.outbox
        self.token = link_in(sent)

    def restore(self, token: str) -> None:
        RestoreOwnAccount().execute(RestoreOwnAccountCommand(token=token))

    def test_brings_the_account_back_as_it_was(self) -> None:
        self.restore(self.token)

        row = as_stored(self.user)
        self.assertEqual((row.is_deleted, row.erase_after, row.is_active), (False, None, True))
        self.assertEqual(events_of(self.user)[1], EventType.USER_RESTORED)
        self.assertEqual(AuditLog.objects.filter(actor=self.user).count(), 2)
        self.assertEqual(authenticate(self.user.email).session.user_id, self.user.id)

    def test_works_once(self) -> None:
        self.restore(self.token)

        with self.assertRaises(LinkNotValid):
            self.restore(self.token)

    def test_does_not_work_after_another_deletion(self) -> None:
        self.restore(self.token)
        delete(as_stored(self.user))

        with self.assertRaises(LinkNotValid):
            self.restore(self.token)

    def test_does_not_work_when_the_time_is_over(self) -> None:
        old = restoration_token_for(
            as_stored(self.user), issued_at=timezone.now() - timedelta(days=14, seconds=1)
        )

        with self.assertRaises(LinkNotValid):
            self.restore(old)

    def test_does_not_work_once_the_account_is_erased(self) -> None:
        let_grace_pass(self.user)
        token = restoration_token_for(as_stored(self.user))
        erase_due()

        with self.assertRaises(LinkNotValid):
            self.restore(token)

    def test_is_not_for_accounts_that_an_administrator_deleted(self) -> None:
        user = make_user()
        admin = make_user(role=Role.ADMIN)
        DeleteUser().execute(DeleteUserCommand(user=admin, user_id=user.id))

        with self.assertRaises(LinkNotValid):
            self.restore(restoration_token_for(as_stored(user)))

    def test_is_possible_for_an_administrator_too(self) -> None:
        admin = make_user(role=Role.ADMIN)

        RestoreUser().execute(RestoreUserCommand(user=admin, user_id=self.user.id))

        self.assertIsNone(as_stored(self.user).erase_after)
        with self.assertRaises(LinkNotValid):
            self.restore(self.token)


class PaidDeletionTests(ShopTestCase, TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.payer = make_user()

    def subscribe(self) -> Subscription:
        command = CreateCheckoutSessionCommand(user=self.payer, plan="premium-monthly")
        deliver(self.shop.pay(CreateCheckoutSession().execute(command).session_id))
        return Subscription.objects.get(user=self.payer)

    def status_at_stripe(self, row: Subscription) -> str:
        return str(self.shop.get(f"/v1/subscriptions/{row.stripe_subscription_id}")["status"])

    def test_ends_the_subscription_at_stripe(self) -> None:
        row = self.subscribe()

        delete(self.payer)

        self.assertEqual(self.status_at_stripe(row), "canceled")
        self.assertTrue(as_stored(self.payer).is_deleted)

    def test_is_refused_while_stripe_is_away(self) -> None:
        row = self.subscribe()
        self.shop.control("fault", kind="status", times=9)

        with self.assertRaises(PaymentsUnavailable):
            delete(self.payer)

        self.shop.control("fault", clear=True)
        self.assertEqual(self.status_at_stripe(row), "active")
        self.assertFalse(as_stored(self.payer).is_deleted)

    def test_ends_nothing_for_the_last_superadmin_or_a_wrong_password(self) -> None:
        self.payer = make_user(role=Role.SUPERADMIN)
        row = self.subscribe()

        with self.assertRaises(LastSuperadmin):
            delete(self.payer)
        with self.assertRaises(NotYourPassword):
            delete(self.payer, "a wrong one")

        self.assertEqual(self.status_at_stripe(row), "active")

    def test_erases_nobody_who_pays_while_stripe_is_away_and_all_others(self) -> None:
        row, other = self.subscribe(), make_user()
        past = timezone.now() - timedelta(days=1)
        for user in (self.payer, other):
            User.objects.filter(pk=user.pk).update(deleted_at=past, erase_after=past)
        self.shop.control("fault", kind="status", times=99)

        with self.assertLogs("application.services.erasure", "WARNING"):
            done = erase_due()

        self.assertEqual((done.erased, done.failed), (1, 1))
        self.assertIsNone(as_stored(self.payer).erased_at)
        self.shop.control("fault", clear=True)
        self.assertEqual(erase_due().erased, 1)
        self.assertEqual(self.status_at_stripe(row), "canceled")
