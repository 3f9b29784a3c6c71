"""What the grace period leaves of a deleted account, and races with it."""

import json
from datetime import timedelta
from io import StringIO
from threading import Barrier, Thread
from typing import Any

from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.test import TestCase, TransactionTestCase, override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from application.dto.commands import (
    RestoreUserCommand,
)
from application.dto.events import EventType
from application.services.erasure import erase_due
from application.tests.canary import dump, hits, make_canary, tables_about_people
from application.tests.test_use_cases.account_helpers import events_of, register
from application.tests.test_use_cases.test_account_deletion.deleting import (
    as_stored,
    delete,
    let_grace_pass,
)
from application.tests.test_use_cases.test_data_export import ask, built_for
from application.use_cases.restore_user import RestoreUser
from audit.models import AuditLog
from core.outbox import process_outbox
from interactions.models import Comment
from monetization.models import Payment, Subscription
from resources.models import Resource
from users.exceptions import LastSuperadmin, UserNotFound
from users.models import DataExport, Profile, User
from users.services.erasure import accounts_to_erase
from users.tests.factories import make_user
from users.types import Role


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
            # Of a few rows anything is quick: what could be planned is asked for.
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute("SET LOCAL enable_sort = off")
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
