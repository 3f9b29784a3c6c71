"""Deleting one's own account, keeping it after all, and what is left in the end."""

import json
import re
from datetime import timedelta
from io import StringIO
from threading import Barrier, Thread
from typing import Any

from django.core import mail
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.test import TestCase, TransactionTestCase, override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from application.dto.commands import (
    CreateCheckoutSessionCommand,
    DeleteOwnAccountCommand,
    DeleteUserCommand,
    RestoreOwnAccountCommand,
    RestoreUserCommand,
)
from application.dto.events import EventType
from application.dto.results import DeletedAccount
from application.exceptions import (
    LinkNotValid,
    NoLocalPassword,
    NotYourPassword,
    PaymentsUnavailable,
)
from application.services.erasure import erase_due
from application.tests.canary import dump, hits, make_canary, tables_about_people
from application.tests.shop import ShopTestCase, deliver
from application.tests.test_use_cases.account_helpers import authenticate, events_of, register
from application.tests.test_use_cases.test_data_export import ask, built_for
from application.use_cases.create_checkout_session import CreateCheckoutSession
from application.use_cases.delete_own_account import DeleteOwnAccount
from application.use_cases.delete_user import DeleteUser
from application.use_cases.restore_own_account import RestoreOwnAccount
from application.use_cases.restore_user import RestoreUser
from audit.models import AuditLog
from core.exceptions import TooManyRequests
from core.outbox import process_outbox
from interactions.models import Comment
from monetization.models import Payment, Subscription
from resources.models import Resource
from users.exceptions import LastSuperadmin, SessionEnded, UserNotFound
from users.models import DataExport, Profile, User, UserSession
from users.services.erasure import accounts_to_erase
from users.services.mail_tokens import restoration_token_for
from users.services.sessions import open_session, user_of_session
from users.tests.factories import PASSWORD, make_user
from users.types import AuthProvider, Role


def delete(user: User, password: str = PASSWORD) -> DeletedAccount:
    """Delete one's own account."""
    return DeleteOwnAccount().execute(DeleteOwnAccountCommand(user=user, password=password))


def as_stored(user: User) -> User:
    """The row of the account, whatever became of it."""
    return User.all_objects.get(pk=user.pk)


def let_grace_pass(user: User) -> None:
    """Move the end of the grace period into the past."""
    User.all_objects.filter(pk=user.pk).update(erase_after=timezone.now() - timedelta(seconds=1))


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


class ErasureTests(TestCase):
    """A person with a row in every table, exported and then erased."""

    def erased_canary(self) -> Any:
        canary = make_canary()
        delete(canary.user)
        process_outbox(50)
        let_grace_pass(canary.user)
        self.assertEqual(erase_due().erased, 1)
        process_outbox(50)
        return canary

    def test_leaves_nothing_personal_in_any_table(self) -> None:
        canary = self.erased_canary()

        self.assertEqual(hits(canary.personal), set())
        self.assertEqual({mark for _table, mark in hits(canary.said)}, set(canary.said))

    def test_would_have_found_it_before(self) -> None:
        """Each mark stands somewhere, so that the search above can fail."""
        canary = make_canary()

        self.assertEqual({mark for _table, mark in hits(canary.personal)}, set(canary.personal))
        self.assertGreater(len(dump()), 30)

    def test_comes_after_a_complete_export(self) -> None:
        canary = make_canary()
        content = json.dumps(built_for(canary.user), ensure_ascii=False)
        self.assertEqual([mark for mark in canary.personal if mark not in content], [])
        ask(canary.user)
        process_outbox(50)
        [export] = DataExport.objects.all()
        delete(canary.user)
        let_grace_pass(canary.user)

        erase_due()

        self.assertFalse(DataExport.objects.exists())
        self.assertEqual(export.user_id, canary.user.pk)

    def test_keeps_content_votes_and_payments_under_a_nameless_account(self) -> None:
        canary = self.erased_canary()

        row = as_stored(canary.user)
        self.assertEqual(row.email, f"{row.pk.hex}@erased.invalid")
        self.assertFalse(Profile.objects.filter(user=row).exists())
        self.assertFalse(row.has_usable_password())
        self.assertEqual((row.role, row.is_active), (Role.USER, False))
        self.assertEqual(Resource.objects.get(author=row).title, canary.said[0])
        self.assertEqual(Comment.objects.get(author=row).content, canary.said[2])
        self.assertEqual(Payment.objects.get(user=row).amount_cents, 900)
        kept = {
            model.__name__
            for model in tables_about_people() - {User}
            for field in model._meta.concrete_fields
            if field.related_model is User
            and model._base_manager.filter(**{field.attname: row.pk}).exists()
        }
        self.assertEqual(
            kept,
            {
                "AuditLog",
                "Comment",
                "CommentModeration",
                "CommentVote",
                "Payment",
                "PaymentIntentRecord",
                "Purchase",
                "Resource",
                "ResourceVote",
                "StripeCustomer",
                "Subscription",
                "UserEvent",
            },
        )

    def test_frees_address_and_user_name(self) -> None:
        canary = make_canary()
        email, username = canary.user.email, canary.user.profile.username
        delete(canary.user)
        let_grace_pass(canary.user)

        erase_due()

        again = register(email, username=username)
        self.assertNotEqual(again.user_id, canary.user.pk)

    def test_is_final(self) -> None:
        canary = self.erased_canary()

        with self.assertRaises(UserNotFound):
            RestoreUser().execute(
                RestoreUserCommand(user=make_user(role=Role.ADMIN), user_id=canary.user.pk)
            )
        with self.assertRaises(IntegrityError), transaction.atomic():
            User.all_objects.filter(pk=canary.user.pk).restore()
        self.assertEqual(erase_due().erased, 0)

    def test_is_recorded_and_tracked(self) -> None:
        canary = self.erased_canary()

        self.assertEqual(events_of(canary.user)[-1], EventType.USER_ERASED)
        entry = AuditLog.objects.latest("created_at", "id")
        self.assertEqual((entry.actor, entry.after_state), (None, {"is_erased": True}))

    def test_spares_everybody_else(self) -> None:
        other, waiting, deleted = make_canary(), make_canary(), make_canary()
        delete(waiting.user)
        User.objects.filter(pk=deleted.user.pk).update(deleted_at=timezone.now())

        self.erased_canary()

        for canary in (other, waiting, deleted):
            found = {mark for _table, mark in hits(canary.personal)}
            self.assertEqual(found, set(canary.personal))

    def test_begins_with_those_who_wait_longest_along_an_index(self) -> None:
        with CaptureQueriesContext(connection) as captured:
            accounts_to_erase(20)

        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute(f"EXPLAIN {captured[0]['sql']}")
            plan = "\n".join(row[0] for row in cursor.fetchall())
        self.assertIn("user_to_be_erased", plan)
        self.assertNotIn("Sort", plan)


class CommandTests(TestCase):
    def run_command(self, *arguments: str) -> str:
        out = StringIO()
        call_command("erase_accounts", *arguments, stdout=out)
        return out.getvalue()

    def test_erases_all_whose_time_is_over(self) -> None:
        users = [make_user() for _ in range(25)]
        past = timezone.now() - timedelta(days=1)
        User.objects.filter(pk__in=[user.pk for user in users]).update(
            deleted_at=past, erase_after=past
        )

        self.assertIn("25 accounts were erased.", self.run_command())
        self.assertIn("0 accounts were erased.", self.run_command())

    def test_erases_one_that_was_deleted_at_once(self) -> None:
        user = make_user(deleted_at=timezone.now())

        self.run_command("--user", str(user.pk))

        self.assertIsNotNone(as_stored(user).erased_at)

    def test_refuses_one_that_is_not_deleted(self) -> None:
        user = make_user()

        with self.assertRaises(CommandError):
            self.run_command("--user", str(user.pk))

        self.assertIsNone(as_stored(user).erased_at)

    @override_settings(STRIPE_SECRET_KEY="")
    def test_says_what_could_not_be_erased(self) -> None:
        past = timezone.now() - timedelta(days=1)
        user = make_user(deleted_at=past, erase_after=past)
        Subscription.objects.create(
            user=user, source="stripe", stripe_subscription_id="sub_1", stripe_status="active"
        )

        with (
            self.assertLogs("application.services.erasure", "WARNING"),
            self.assertRaisesMessage(CommandError, "1 could not be"),
        ):
            self.run_command()


class DeletionRaceTests(TransactionTestCase):
    def test_two_superadmins_who_both_go_leave_one(self) -> None:
        both = [make_user(role=Role.SUPERADMIN) for _ in range(2)]
        barrier, refused = Barrier(2), list[Exception]()

        def run(user: User) -> None:
            barrier.wait(10)
            try:
                delete(user)
            except LastSuperadmin as refusal:
                refused.append(refusal)
            finally:
                connection.close()

        threads = [Thread(target=run, args=[user]) for user in both]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)

        self.assertEqual(User.objects.filter(role=Role.SUPERADMIN).count(), 1)
        self.assertEqual(len(refused), 1)

    def test_two_workers_erase_an_account_once(self) -> None:
        user = make_user()
        delete(user)
        let_grace_pass(user)
        barrier, done = Barrier(2), list[int]()

        def run() -> None:
            barrier.wait(10)
            try:
                done.append(erase_due().erased)
            finally:
                connection.close()

        threads = [Thread(target=run) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)

        self.assertEqual(sum(done), 1)
        self.assertEqual(events_of(user).count(EventType.USER_ERASED), 1)
