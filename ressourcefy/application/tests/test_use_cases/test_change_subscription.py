"""Changing subscriptions that administrators gave: events, and what comes at the same time."""

from datetime import timedelta
from functools import partial

from django.test import TestCase, TransactionTestCase
from django.utils import timezone

from application.dto.commands import ChangeSubscriptionCommand
from application.dto.results import ChangedSubscription
from application.tests.test_use_cases.account_helpers import events_of
from application.use_cases.change_subscription import ChangeSubscription
from audit.models import AuditLog
from core.exceptions import InvalidAction
from core.models import OutboxEvent
from core.tests.races import at_once
from monetization.models import Subscription
from monetization.services.manual_subscriptions import SubscriptionChanges
from monetization.services.premium import has_premium
from monetization.tests.factories import make_subscription
from monetization.types import SubscriptionStatus
from users.models import User
from users.tests.factories import make_user
from users.types import Role


def change(admin: User, row: Subscription, changes: SubscriptionChanges) -> ChangedSubscription:
    return ChangeSubscription().execute(
        ChangeSubscriptionCommand(user=admin, subscription_id=row.pk, changes=changes)
    )


def make_ended(user: User) -> Subscription:
    now = timezone.now()
    return make_subscription(
        user, status=SubscriptionStatus.CANCELED, canceled_at=now, ended_at=now, ends_at=now
    )


class ChangeSubscriptionTests(TestCase):
    def setUp(self) -> None:
        self.admin, self.user = make_user(role=Role.ADMIN), make_user()

    def test_premium_that_comes_is_told_once(self) -> None:
        row = make_ended(self.user)

        for _ in range(2):
            change(self.admin, row, {"status": SubscriptionStatus.ACTIVE, "ends_at": None})
            self.assertTrue(has_premium(self.user))
            change(self.admin, row, {"status": SubscriptionStatus.CANCELED})
            self.assertFalse(has_premium(self.user))

        events = OutboxEvent.objects.filter(aggregate_id=str(row.pk))
        self.assertEqual(
            list(events.values_list("event_type", flat=True)), ["billing.subscription_activated"]
        )
        self.assertEqual(events_of(self.user), [])

    def test_what_was_refused_leaves_nothing(self) -> None:
        row = make_ended(self.user)
        make_subscription(self.user)

        with self.assertRaises(InvalidAction):
            change(self.admin, row, {"status": SubscriptionStatus.ACTIVE, "ends_at": None})

        row.refresh_from_db()
        self.assertEqual(row.status, SubscriptionStatus.CANCELED)
        self.assertFalse(AuditLog.objects.exists() or OutboxEvent.objects.exists())

    def test_the_end_of_one_that_is_over_stays_in_the_past(self) -> None:
        row = make_ended(self.user)
        earlier = timezone.now() - timedelta(days=3)

        change(self.admin, row, {"ends_at": earlier})

        row.refresh_from_db()
        self.assertEqual((row.status, row.ends_at), (SubscriptionStatus.CANCELED, earlier))
        with self.assertRaises(InvalidAction):
            change(self.admin, row, {"ends_at": timezone.now() + timedelta(days=3)})


class ChangeSubscriptionRaceTests(TransactionTestCase):
    def test_one_of_two_that_are_taken_up_at_once_is(self) -> None:
        admin, user = make_user(role=Role.ADMIN), make_user()
        rows = [make_ended(user), make_ended(user)]

        results = at_once(
            [
                partial(change, admin, row, {"status": SubscriptionStatus.ACTIVE, "ends_at": None})
                for row in rows
            ]
        )

        self.assertEqual(sum(isinstance(result, InvalidAction) for result in results), 1, results)
        self.assertEqual(Subscription.objects.granting_access().count(), 1)
