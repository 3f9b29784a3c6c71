"""Premium access by the clock, and a ledger that cannot be rewritten."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.test import TestCase
from django.utils import timezone

from monetization.models import Payment, Refund, Subscription
from monetization.services.premium import has_premium
from monetization.tests.factories import make_payment, make_subscription
from monetization.types import Plan, SubscriptionSource, SubscriptionStatus
from users.tests.factories import make_user

DAY = timedelta(days=1)


class PremiumTests(TestCase):
    def check(self, expected: bool, **fields: Any) -> None:
        """A subscription with these fields gives access, or does not."""
        subscription = make_subscription(make_user(), **fields)

        self.assertIs(has_premium(subscription.user), expected, fields)

    def test_nobody_has_it_without_a_subscription(self) -> None:
        self.assertFalse(has_premium(make_user()))

    def test_somebody_elses_does_not_count(self) -> None:
        make_subscription(make_user())

        self.assertFalse(has_premium(make_user()))

    def test_one_given_by_an_administrator_counts_until_it_ends(self) -> None:
        now = timezone.now()

        self.check(True)
        self.check(True, ends_at=now + DAY)
        self.check(False, ends_at=now - DAY)
        self.check(False, status=SubscriptionStatus.CANCELED)
        self.check(False, status=SubscriptionStatus.EXPIRED)
        self.check(False, plan=Plan.FREE)

    def test_a_paid_one_counts_for_its_period_and_three_days_of_grace(self) -> None:
        now = timezone.now()

        def paid(**fields: Any) -> dict[str, Any]:
            return {"source": SubscriptionSource.STRIPE, "stripe_status": "active", **fields}

        self.check(True, **paid(current_period_end=now + DAY))
        self.check(True, **paid(current_period_end=now - 2 * DAY))
        self.check(False, **paid(current_period_end=now - 4 * DAY))
        self.check(False, **paid())
        self.check(True, **paid(current_period_end=now + DAY, stripe_status="trialing"))
        for word in ("incomplete", "incomplete_expired", "paused", "unpaid", "canceled"):
            self.check(False, **paid(current_period_end=now + DAY, stripe_status=word))

    def test_a_late_one_counts_for_three_weeks(self) -> None:
        now = timezone.now()
        late: dict[str, Any] = {
            "source": SubscriptionSource.STRIPE,
            "stripe_status": "past_due",
            "current_period_end": now - DAY,
        }

        self.check(True, **late, past_due_since=now - 20 * DAY)
        self.check(False, **late, past_due_since=now - 22 * DAY)
        self.check(False, **late)

    def test_an_end_by_the_clock_needs_no_event(self) -> None:
        now = timezone.now()
        paid: dict[str, Any] = {
            "source": SubscriptionSource.STRIPE,
            "stripe_status": "active",
            "current_period_end": now + 20 * DAY,
        }

        self.check(True, **paid, cancel_at=now + DAY)
        self.check(False, **paid, cancel_at=now - DAY)
        self.check(False, **paid, ended_at=now - DAY)

    def test_a_disputed_one_is_suspended(self) -> None:
        self.check(False, suspended_at=timezone.now())

    def test_the_status_shown_follows_the_clock(self) -> None:
        over = make_subscription(make_user(), ends_at=timezone.now() - DAY)
        running = make_subscription(make_user())
        canceled = make_subscription(make_user(), status=SubscriptionStatus.CANCELED)

        shown = dict(Subscription.objects.with_status_now().values_list("id", "status_now"))

        self.assertEqual(
            shown,
            {
                over.id: SubscriptionStatus.EXPIRED,
                running.id: SubscriptionStatus.ACTIVE,
                canceled.id: SubscriptionStatus.CANCELED,
            },
        )

    def test_the_database_refuses_a_stripe_id_on_a_manual_one(self) -> None:
        with self.assertRaises(IntegrityError), transaction.atomic():
            make_subscription(make_user(), stripe_subscription_id="sub_1")


class LedgerTests(TestCase):
    def refused(self, *paths: Callable[[], object]) -> None:
        for path in paths:
            with self.assertRaises(IntegrityError), transaction.atomic():
                path()

    def test_no_path_changes_the_money_of_a_payment(self) -> None:
        payment = make_payment(make_user(), amount_cents=900)

        def by_sql() -> None:
            with connection.cursor() as cursor:
                cursor.execute("UPDATE monetization_payment SET amount_cents = 1")

        for field, value in (
            ("amount_cents", 1),
            ("currency", "EUR"),
            ("provider_reference", "in_forged"),
        ):
            changed = Payment.objects.get()
            setattr(changed, field, value)
            self.refused(
                changed.save,
                lambda field=field, value=value: Payment.objects.update(**{field: value}),
                lambda field=field, changed=changed: Payment.objects.bulk_update(
                    [changed], [field]
                ),
            )
        self.refused(by_sql, payment.delete, Payment.objects.all().delete)

        payment.refresh_from_db()
        self.assertEqual((payment.amount_cents, payment.currency), (900, "USD"))

    def test_the_rest_of_a_payment_moves_on(self) -> None:
        payment = make_payment(make_user())

        Payment.objects.update(amount_refunded=100)

        payment.refresh_from_db()
        self.assertEqual(payment.amount_refunded, 100)

    def test_the_database_refuses_impossible_payments(self) -> None:
        user = make_user()

        self.refused(
            lambda: make_payment(user, amount_cents=0),
            lambda: make_payment(user, currency="usd"),
            lambda: make_payment(user, amount_cents=100, amount_refunded=101),
        )

    def test_a_reference_is_used_once(self) -> None:
        user = make_user()
        make_payment(user, provider_reference="in_1")

        self.refused(lambda: make_payment(user, provider_reference="in_1"))

    def test_a_refund_is_for_ever(self) -> None:
        refund = Refund.objects.create(payment=make_payment(make_user()), amount_cents=100)

        self.refused(
            lambda: Refund.objects.update(amount_cents=1),
            refund.delete,
            Refund.objects.all().delete,
        )
