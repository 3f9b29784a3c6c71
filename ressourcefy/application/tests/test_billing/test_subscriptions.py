"""What deliveries about subscriptions change, and in which order they count."""

from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import permutations
from typing import Any

from django.db import transaction
from django.test import TestCase
from django.utils import timezone

from application.tests.billing import requested_syncs, subscribe, told_types
from application.tests.shop import Delivery, ShopTestCase, deliver
from monetization.models import Subscription
from monetization.services.premium import has_premium
from monetization.types import Plan, StripeStatus, SubscriptionStatus
from users.models import User
from users.tests.factories import make_user

CREATED = "customer.subscription.created"
UPDATED = "customer.subscription.updated"
DELETED = "customer.subscription.deleted"


class SubscriptionTestCase(ShopTestCase, TestCase):
    """Somebody has subscribed, and all of it is told."""

    user: User
    stripe_id: str
    first: list[Delivery]

    def setUp(self) -> None:
        super().setUp()
        self.user = make_user()
        self.first = self.shop.pay(subscribe(self.user).session_id)
        deliver(self.first)
        self.stripe_id = str(self.row().stripe_subscription_id)

    def row(self) -> Subscription:
        return Subscription.objects.get()

    def at_stripe(self) -> dict[str, Any]:
        return self.shop.get(f"/v1/subscriptions/{self.stripe_id}")

    def happen(self, name: str, **body: Any) -> list[Delivery]:
        """Something happens to the subscription, and is delivered."""
        self.shop.control(name, subscription=self.stripe_id, **body)
        deliveries = self.shop.take()
        deliver(deliveries)
        return deliveries

    def emit(self, event_type: str, seconds: int, **fields: Any) -> Delivery:
        """An event so many seconds after the last one, with a subscription changed like that."""
        created = self.row().applied_key[0] + seconds
        return self.shop.emit(event_type, self.at_stripe() | fields, created=created)


class SubscriptionTests(SubscriptionTestCase):
    def test_is_kept_as_stripe_tells(self) -> None:
        row, told_of = self.row(), self.at_stripe()
        item = told_of["items"]["data"][0]

        self.assertEqual((row.stripe_status, row.status), ("active", SubscriptionStatus.ACTIVE))
        self.assertEqual((row.item_id, row.price_id), (item["id"], "price_monthly"))
        assert row.current_period_end is not None
        self.assertEqual(row.current_period_end.timestamp(), item["current_period_end"])
        self.assertEqual(told_types().count("billing.subscription_activated"), 1)

    def test_that_is_paused_and_resumed_closes_and_opens(self) -> None:
        deliver([self.emit("customer.subscription.paused", 1, status="paused")])
        self.assertFalse(has_premium(self.user))
        self.assertEqual(self.row().status, SubscriptionStatus.EXPIRED)

        deliver([self.emit("customer.subscription.resumed", 1)])

        self.assertTrue(has_premium(self.user))
        self.assertEqual(told_types().count("billing.subscription_activated"), 1)

    def test_keeps_that_its_collection_is_paused(self) -> None:
        pause = {"behavior": "void", "resumes_at": None}

        deliver([self.emit(UPDATED, 1, pause_collection=pause)])

        self.assertEqual(self.row().pause_collection, "void")

    def test_follows_pending_updates(self) -> None:
        for event_type in ("pending_update_applied", "pending_update_expired"):
            with self.subTest(event_type):
                deliver([self.emit(f"customer.subscription.{event_type}", 1, canceled_at=7)])

                self.assertEqual(self.row().canceled_at, datetime.fromtimestamp(7, UTC))

    def test_that_ends_later_tells_of_it_and_of_its_undoing(self) -> None:
        self.happen("cancel_at_period_end")
        row = self.row()
        self.assertEqual(row.cancel_at, row.current_period_end)
        self.assertFalse(row.cancel_at_period_end)
        self.assertTrue(has_premium(self.user))

        deliver([self.emit(UPDATED, 1, cancel_at=None, canceled_at=None)])

        self.assertIsNone(self.row().cancel_at)
        self.assertIsNone(self.row().ends_at)
        self.assertEqual(
            [one for one in told_types() if "cancel" in one],
            ["billing.subscription_cancel_scheduled", "billing.subscription_cancel_undone"],
        )

    def test_of_classic_billing_ends_with_its_period(self) -> None:
        deliver([self.emit(UPDATED, 1, cancel_at=None, cancel_at_period_end=True)])

        row = self.row()
        self.assertEqual(row.cancel_at, row.current_period_end)

    def test_of_another_plan_tells_of_it(self) -> None:
        self.happen("change_plan", price="price_yearly")

        self.assertEqual(self.row().price_id, "price_yearly")
        self.assertTrue(has_premium(self.user))
        self.assertEqual(told_types().count("billing.subscription_plan_changed"), 1)

    def test_of_a_foreign_price_opens_nothing(self) -> None:
        foreign = self.at_stripe()["items"]
        foreign["data"][0]["price"]["id"] = "price_of_another_product"

        with self.assertLogs("billing", "ERROR"):
            deliver([self.emit(UPDATED, 1, items=foreign)])

        self.assertEqual(self.row().plan, Plan.FREE)
        self.assertFalse(has_premium(self.user))

    def test_of_a_retired_price_stays_open(self) -> None:
        retired = self.at_stripe()["items"]
        retired["data"][0]["price"]["id"] = "price_2025"

        deliver([self.emit(UPDATED, 1, items=retired)])

        self.assertTrue(has_premium(self.user))

    def test_that_is_deleted_is_over_for_good(self) -> None:
        self.happen("cancel")
        row = self.row()
        self.assertEqual(row.status, SubscriptionStatus.CANCELED)
        self.assertIsNotNone(row.ended_at)
        self.assertFalse(has_premium(self.user))

        deliver([self.emit(UPDATED, 60, status="active", ended_at=None)])

        self.assertEqual(self.row().stripe_status, StripeStatus.CANCELED)
        self.assertEqual(requested_syncs(), [("subscription", self.stripe_id)])
        self.assertEqual(told_types().count("billing.subscription_canceled"), 1)

    def test_whose_trial_ends_soon_tells_of_it_once(self) -> None:
        end = int(timezone.now().timestamp()) + 3 * 86_400
        facts = {"status": "trialing", "trial_end": end}

        deliver([self.emit("customer.subscription.trial_will_end", 1, **facts)])
        deliver([self.emit("customer.subscription.trial_will_end", 0, **facts)])

        self.assertEqual(told_types().count("billing.trial_ending"), 1)
        self.assertEqual(self.row().stripe_status, StripeStatus.TRIALING)

    def test_of_which_fields_are_absent_opens_nothing_and_fails_nothing(self) -> None:
        bare = {"id": self.stripe_id, "object": "subscription", "status": "active"}
        created = self.row().applied_key[0] + 1

        with self.assertLogs("billing", "ERROR"):
            deliver([self.shop.emit(UPDATED, bare, created=created)])

        self.assertFalse(has_premium(self.user))

    def test_of_an_unknown_status_opens_nothing(self) -> None:
        deliver([self.emit(UPDATED, 1, status="hibernating")])

        self.assertEqual(self.row().stripe_status, "hibernating")
        self.assertEqual(self.row().status, SubscriptionStatus.EXPIRED)
        self.assertFalse(has_premium(self.user))

    def test_that_is_a_second_live_one_is_stored_and_flagged(self) -> None:
        deliver([self.emit(UPDATED, 1, cancel_at=None)])
        other = self.at_stripe() | {"id": "sub_second", "start_date": 2_000_000_000}

        with self.assertLogs("billing", "ERROR"):
            deliver([self.shop.emit(CREATED, other)])

        second = Subscription.objects.get(stripe_subscription_id="sub_second")
        self.assertTrue(second.is_duplicate)
        self.assertFalse(
            Subscription.objects.get(stripe_subscription_id=self.stripe_id).is_duplicate
        )
        with self.assertNoLogs("billing", "ERROR"):
            deliver([self.shop.emit(UPDATED, other)])

    def test_of_a_person_leaves_what_an_administrator_gave_alone(self) -> None:
        given = Subscription.objects.create(user=self.user)

        self.happen("cancel")

        given.refresh_from_db()
        self.assertEqual(given.status, SubscriptionStatus.ACTIVE)
        self.assertTrue(has_premium(self.user))


class OrderTests(SubscriptionTestCase):
    def test_of_events_in_one_second_is_that_of_their_types(self) -> None:
        self._assert_all_orders_end(
            [
                self._event(CREATED, status="incomplete"),
                self._event(UPDATED),
                self._event(DELETED, status="canceled", ended_at=2_000_000_000),
            ],
            StripeStatus.CANCELED,
        )

    def test_of_created_and_updated_in_one_second_ends_open(self) -> None:
        self._assert_all_orders_end(
            [self._event(CREATED, status="incomplete"), self._event(UPDATED)], StripeStatus.ACTIVE
        )

    def test_of_two_updates_in_one_second_puts_incomplete_first(self) -> None:
        self._assert_all_orders_end(
            [self._event(UPDATED, status="incomplete"), self._event(UPDATED)], StripeStatus.ACTIVE
        )

    def test_of_an_end_and_an_update_of_a_later_second_is_asked_for(self) -> None:
        end = self._event(DELETED, status="canceled", ended_at=2_000_000_000)
        later = self._event(UPDATED, created=2_000_000_001)

        for order in permutations([end, later]):
            with self.subTest([one.type for one in order]):
                start = transaction.savepoint()
                deliver(order)

                self.assertEqual(self._second().stripe_status, StripeStatus.CANCELED)
                self.assertEqual(requested_syncs(), [("subscription", "sub_second")])
                transaction.savepoint_rollback(start)

    def test_of_old_news_changes_nothing(self) -> None:
        before = self.row().applied_key

        deliver([self.emit(UPDATED, -1, status="past_due")])

        self.assertEqual(self.row().applied_key, before)
        self.assertTrue(has_premium(self.user))
        self.assertEqual(requested_syncs(), [])

    def test_of_two_updates_that_contradict_each_other_is_asked_for(self) -> None:
        deliver([self.emit(UPDATED, 1, status="past_due")])
        deliver([self.emit(UPDATED, 0)])

        self.assertEqual(self.row().stripe_status, StripeStatus.ACTIVE)
        self.assertEqual(requested_syncs(), [("subscription", self.stripe_id)])

    def _event(self, event_type: str, *, created: int = 2_000_000_000, **fields: Any) -> Delivery:
        about = self.at_stripe() | {"id": "sub_second"} | fields
        return self.shop.emit(event_type, about, created=created)

    def _second(self) -> Subscription:
        return Subscription.objects.get(stripe_subscription_id="sub_second")

    def _assert_all_orders_end(self, events: list[Delivery], status: StripeStatus) -> None:
        for order in permutations(events):
            with self.subTest([one.type for one in order]):
                start = transaction.savepoint()
                deliver(order)

                self.assertEqual(self._second().stripe_status, status)
                self.assertEqual(requested_syncs(), [])
                transaction.savepoint_rollback(start)


class PastDueTests(SubscriptionTestCase):
    """Since when a payment has been due decides for how long access stays."""

    def setUp(self) -> None:
        super().setUp()
        self.at = self.row().applied_key[0]

    def test_begins_with_the_event_that_says_so(self) -> None:
        deliver([self._past_due(10)])

        self.assertEqual(self._since(), 10)
        self.assertEqual(told_types().count("billing.subscription_past_due"), 1)

    def test_stays_where_it_began_while_the_payment_is_due(self) -> None:
        for order in permutations([self._past_due(10), self._past_due(20)]):
            with self.subTest():
                self.assertEqual(self._since_after(order), 10)

    def test_goes_on_over_the_next_period(self) -> None:
        order = [self._past_due(10), self._past_due(30, latest_invoice="in_b")]

        self.assertEqual(self._since_after(order), 10)

    def test_begins_anew_after_it_was_paid(self) -> None:
        events = [
            self._past_due(10),
            self.emit(UPDATED, 20),
            self._past_due(30, latest_invoice="in_b"),
        ]
        for order in permutations(events):
            with self.subTest([one.id for one in order]):
                self.assertEqual(self._since_after(order), 30)

    def test_is_over_once_it_is_paid(self) -> None:
        for order in permutations([self._past_due(10), self.emit(UPDATED, 20)]):
            with self.subTest():
                self.assertIsNone(self._since_after(order))

    def _past_due(self, seconds: int, **fields: Any) -> Delivery:
        return self.emit(
            UPDATED, seconds, **({"status": "past_due", "latest_invoice": "in_a"} | fields)
        )

    def _since_after(self, order: Iterable[Delivery]) -> int | None:
        start = transaction.savepoint()
        deliver(order)
        since = self._since()
        transaction.savepoint_rollback(start)
        return since

    def _since(self) -> int | None:
        since = self.row().past_due_since
        return None if since is None else int(since.timestamp()) - self.at
