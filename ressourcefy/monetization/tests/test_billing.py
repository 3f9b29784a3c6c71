"""The order rule of subscriptions, and the ledger: each fact once, told twice or late."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any
from uuid import uuid4

from django.test import TestCase, override_settings
from django.utils import timezone

from monetization.models import Payment, Purchase, Subscription
from monetization.services.ledger import (
    Receipt,
    correct_refunded,
    find_payment,
    purchase_status,
    record_payment,
    remember_charge,
    remember_dispute,
    settle,
)
from monetization.services.premium import has_premium
from monetization.services.subscriptions import (
    AppliedKey,
    SubscriptionChange,
    SubscriptionFacts,
    apply_facts,
    event_key,
    flag_duplicates,
    has_subscription,
    open_provisionally,
    subscription_row,
    sync_key,
)
from monetization.types import (
    DisputeStatus,
    PaymentStatus,
    Plan,
    PurchaseStatus,
    StripeStatus,
    SubscriptionStatus,
)
from users.models import User
from users.tests.factories import make_user

SECOND = int(timezone.now().timestamp())
CREATED, UPDATED, DELETED = 0, 1, 2
PRICES = [
    {
        "key": "premium-monthly",
        "price_id": "price_monthly",
        "amount_cents": 900,
        "currency": "EUR",
        "interval": "month",
        "is_offered": True,
    }
]


def make_facts(**fields: Any) -> SubscriptionFacts:
    """An active subscription that runs for another month."""
    now = datetime.fromtimestamp(SECOND, UTC)
    defaults: dict[str, Any] = {
        "stripe_status": StripeStatus.ACTIVE,
        "price_id": "price_monthly",
        "item_id": "si_1",
        "started_at": now,
        "current_period_start": now,
        "current_period_end": now + timedelta(days=30),
        "trial_end": None,
        "cancel_at": None,
        "cancel_at_period_end": False,
        "canceled_at": None,
        "ended_at": None,
        "pause_collection": "",
        "latest_invoice": "in_1",
    }
    return SubscriptionFacts(**(defaults | fields))


INCOMPLETE = make_facts(stripe_status=StripeStatus.INCOMPLETE)
ACTIVE = make_facts()
PAST_DUE = make_facts(stripe_status=StripeStatus.PAST_DUE)
CANCELED = make_facts(
    stripe_status=StripeStatus.CANCELED, ended_at=datetime.fromtimestamp(SECOND, UTC)
)


@override_settings(BILLING_PRICES=PRICES)
class OrderTests(TestCase):
    def setUp(self) -> None:
        self.user = make_user()
        self.row = subscription_row("sub_1", self.user.pk)

    def tell(self, facts: SubscriptionFacts, key: AppliedKey) -> SubscriptionChange:
        row = Subscription.objects.get(pk=self.row.pk)
        return apply_facts(row, facts, key, datetime.fromtimestamp(key[0], UTC))

    def status(self) -> str:
        return Subscription.objects.get(pk=self.row.pk).stripe_status

    def test_the_events_of_one_second_end_the_same_in_any_order(self) -> None:
        told = (
            (INCOMPLETE, event_key(SECOND, CREATED, StripeStatus.INCOMPLETE)),
            (ACTIVE, event_key(SECOND, UPDATED, StripeStatus.ACTIVE)),
            (CANCELED, event_key(SECOND, DELETED, StripeStatus.CANCELED)),
        )
        for order in permutations(told):
            self.row = subscription_row(f"sub_{uuid4().hex}", self.user.pk)

            for facts, key in order:
                self.tell(facts, key)

            self.assertEqual(self.status(), StripeStatus.CANCELED)

    def test_an_older_event_changes_nothing(self) -> None:
        self.tell(ACTIVE, event_key(SECOND, UPDATED, StripeStatus.ACTIVE))

        change = self.tell(PAST_DUE, event_key(SECOND - 1, UPDATED, StripeStatus.PAST_DUE))

        self.assertFalse(change.was_applied)
        self.assertEqual(self.status(), StripeStatus.ACTIVE)

    def test_the_same_key_with_other_content_is_applied_and_asked_about(self) -> None:
        key = event_key(SECOND, UPDATED, StripeStatus.ACTIVE)
        self.assertFalse(self.tell(ACTIVE, key).needs_sync)

        again = self.tell(ACTIVE, key)
        other = self.tell(replace(ACTIVE, item_id="si_2"), key)

        self.assertFalse(again.needs_sync)
        self.assertTrue(other.was_applied and other.needs_sync)

    def test_what_has_ended_is_opened_by_an_answer_only(self) -> None:
        self.tell(CANCELED, event_key(SECOND, DELETED, StripeStatus.CANCELED))

        event = self.tell(ACTIVE, event_key(SECOND + 9, UPDATED, StripeStatus.ACTIVE))

        self.assertFalse(event.was_applied)
        self.assertTrue(event.needs_sync)
        self.assertEqual(self.status(), StripeStatus.CANCELED)
        answer = self.tell(ACTIVE, sync_key(timezone.now() + timedelta(minutes=1)))
        self.assertTrue(answer.was_applied)
        self.assertEqual(self.status(), StripeStatus.ACTIVE)

    def test_an_event_of_the_second_of_an_answer_has_stripe_asked_again(self) -> None:
        self.tell(PAST_DUE, sync_key(datetime.fromtimestamp(SECOND, UTC)))

        same = self.tell(PAST_DUE, event_key(SECOND, UPDATED, StripeStatus.PAST_DUE))
        other = self.tell(ACTIVE, event_key(SECOND, UPDATED, StripeStatus.ACTIVE))
        old = self.tell(ACTIVE, event_key(SECOND - 3_600, UPDATED, StripeStatus.ACTIVE))

        self.assertEqual((same.needs_sync, other.needs_sync, old.needs_sync), (False, True, False))
        self.assertEqual(self.status(), StripeStatus.PAST_DUE)

    def test_a_payment_is_late_since_the_first_event_that_said_so(self) -> None:
        late = event_key(SECOND + 60, UPDATED, StripeStatus.PAST_DUE)
        first = event_key(SECOND, UPDATED, StripeStatus.PAST_DUE)
        for order in ((first, late), (late, first)):
            self.row = subscription_row(f"sub_{uuid4().hex}", self.user.pk)

            for key in order:
                self.tell(PAST_DUE, key)

            row = Subscription.objects.get(pk=self.row.pk)
            self.assertEqual(row.past_due_since, datetime.fromtimestamp(SECOND, UTC))
        self.tell(ACTIVE, event_key(SECOND + 90, UPDATED, StripeStatus.ACTIVE))
        self.assertIsNone(Subscription.objects.get(pk=self.row.pk).past_due_since)

    def test_both_ways_to_schedule_an_end_name_its_time(self) -> None:
        ends_at = ACTIVE.current_period_end
        for facts in (
            replace(ACTIVE, cancel_at=ends_at),
            replace(ACTIVE, cancel_at_period_end=True),
        ):
            self.row = subscription_row(f"sub_{uuid4().hex}", self.user.pk)

            self.tell(facts, event_key(SECOND, UPDATED, StripeStatus.ACTIVE))

            row = Subscription.objects.get(pk=self.row.pk)
            self.assertEqual((row.cancel_at, row.ends_at), (ends_at, ends_at))

    def test_a_price_that_is_not_in_the_catalogue_opens_nothing(self) -> None:
        foreign = replace(ACTIVE, price_id="price_of_somebody_else")

        self.tell(foreign, event_key(SECOND, UPDATED, StripeStatus.ACTIVE))

        self.assertEqual(Subscription.objects.get(pk=self.row.pk).plan, Plan.FREE)
        self.assertFalse(has_premium(self.user))

    def test_a_word_that_we_do_not_know_opens_nothing(self) -> None:
        self.tell(replace(ACTIVE, stripe_status="napping"), event_key(SECOND, UPDATED, "napping"))

        row = Subscription.objects.get(pk=self.row.pk)
        self.assertEqual((row.stripe_status, row.status), ("napping", SubscriptionStatus.EXPIRED))
        self.assertFalse(has_premium(self.user))

    def test_a_paid_checkout_opens_for_a_day_until_stripe_tells(self) -> None:
        paid_at = timezone.now()

        opened = open_provisionally(self.row, price_id="price_monthly", paid_at=paid_at)

        self.assertTrue(opened and has_premium(self.user))
        row = Subscription.objects.get(pk=self.row.pk)
        self.assertEqual(row.current_period_end, paid_at + timedelta(hours=24))
        # Anything that Stripe tells outranks it, and it never comes back.
        self.tell(INCOMPLETE, event_key(1, CREATED, StripeStatus.INCOMPLETE))
        row.refresh_from_db()
        self.assertFalse(open_provisionally(row, price_id="price_monthly", paid_at=paid_at))
        self.assertFalse(has_premium(self.user))

    def test_all_but_the_oldest_of_several_live_ones_are_flagged(self) -> None:
        self.tell(ACTIVE, event_key(SECOND, UPDATED, StripeStatus.ACTIVE))
        first, self.row = self.row, subscription_row("sub_2", self.user.pk)
        later = replace(ACTIVE, started_at=ACTIVE.started_at + timedelta(minutes=1))
        self.tell(later, event_key(SECOND, UPDATED, StripeStatus.ACTIVE))

        flagged = flag_duplicates(self.user.pk)

        self.assertEqual([row.pk for row in flagged], [self.row.pk])
        self.assertEqual(flag_duplicates(self.user.pk), [])
        self.assertTrue(has_subscription(self.user.pk))
        self.row = first
        self.tell(CANCELED, event_key(SECOND + 1, DELETED, StripeStatus.CANCELED))
        flag_duplicates(self.user.pk)
        self.assertFalse(Subscription.objects.filter(is_duplicate=True).exists())


class LedgerTests(TestCase):
    def setUp(self) -> None:
        self.user: User = make_user()

    def receive(self, **fields: Any) -> tuple[Payment, bool]:
        defaults: dict[str, Any] = {
            "reference": "in_1",
            "user_id": self.user.pk,
            "amount_cents": 900,
            "currency": "EUR",
            "paid_at": timezone.now(),
        }
        return record_payment(Receipt(**(defaults | fields)))

    def test_a_payment_is_recorded_once(self) -> None:
        payment, is_new = self.receive()

        same, is_new_again = self.receive(amount_cents=1)

        self.assertEqual((payment, True, False), (same, is_new, is_new_again))
        self.assertEqual(same.amount_cents, 900)

    def test_what_was_told_before_the_payment_waits_for_it(self) -> None:
        remember_charge("pi_1", amount_refunded=300)
        remember_dispute("dp_1", payment_intent="pi_1", status=DisputeStatus.OPEN, reason="")
        remember_charge("pi_1", invoice="in_1", charge="ch_1")
        payment, _ = self.receive()

        self.assertEqual(find_payment("pi_1"), payment)
        settle(payment, "pi_1")

        payment.refresh_from_db()
        self.assertEqual(
            (payment.charge, payment.amount_refunded, payment.status, payment.dispute_status),
            ("ch_1", 300, PaymentStatus.COMPLETED, DisputeStatus.OPEN),
        )

    def test_what_was_refunded_only_grows_but_for_an_answer(self) -> None:
        payment, _ = self.receive()
        for refunded, status in ((900, "refunded"), (300, "refunded")):
            remember_charge("pi_1", amount_refunded=refunded)
            settle(payment, "pi_1")
            self.assertEqual((payment.amount_refunded, payment.status), (900, status))

        correct_refunded("pi_1", 0, asked_at=timezone.now())
        settle(payment, "pi_1")

        self.assertEqual((payment.amount_refunded, payment.status), (0, PaymentStatus.COMPLETED))

    def test_a_closed_dispute_stays_closed(self) -> None:
        payment, _ = self.receive()
        for status in (DisputeStatus.LOST, DisputeStatus.OPEN, DisputeStatus.WON):
            remember_dispute("dp_1", payment_intent="pi_1", status=status, reason="")

        settle(payment, "pi_1")

        self.assertEqual(payment.dispute_status, DisputeStatus.LOST)
        self.assertEqual(purchase_status(payment), PurchaseStatus.SUSPENDED)

    def test_a_disputed_subscription_is_suspended_until_the_dispute_is_won(self) -> None:
        row = subscription_row("sub_1", self.user.pk)
        open_provisionally(row, price_id="price_monthly", paid_at=timezone.now())
        payment, _ = self.receive(subscription=row)
        for status, has_access in ((DisputeStatus.OPEN, False), (DisputeStatus.WON, True)):
            remember_dispute("dp_1", payment_intent="pi_1", status=status, reason="")

            settle(payment, "pi_1")

            self.assertIs(has_premium(self.user), has_access, status)

    def test_only_a_whole_refund_takes_a_purchase_back(self) -> None:
        payment, _ = self.receive(reference="pi_1")
        for refunded, expected in ((899, PurchaseStatus.ACTIVE), (900, PurchaseStatus.REVOKED)):
            remember_charge("pi_1", amount_refunded=refunded)

            settle(payment, "pi_1")

            self.assertEqual(purchase_status(payment), expected)
        self.assertEqual(purchase_status(None), PurchaseStatus.ACTIVE)
        self.assertFalse(Purchase.objects.exists())
