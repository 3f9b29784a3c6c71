"""Who has premium, by the database's clock."""

from datetime import datetime, timedelta
from typing import Any

from django.test import TestCase, override_settings
from django.utils import timezone

from monetization.models import Subscription
from monetization.services.premium import has_premium
from monetization.tests.factories import make_subscription
from monetization.types import Plan, StripeStatus, SubscriptionSource, SubscriptionStatus
from users.models import User
from users.tests.factories import make_user

MINUTE = timedelta(minutes=1)


class PremiumTests(TestCase):
    user: User
    now: datetime

    def setUp(self) -> None:
        self.user = make_user()
        self.now = timezone.now()

    def assert_access(self, expected: bool, **fields: Any) -> None:
        """Whether a subscription of Stripe with these fields gives access."""
        row = make_subscription(
            self.user,
            **{
                "source": SubscriptionSource.STRIPE,
                "stripe_status": StripeStatus.ACTIVE,
                "current_period_end": self.now + timedelta(days=30),
            }
            | fields,
        )
        with self.subTest({name: str(value) for name, value in fields.items()}):
            self.assertEqual(has_premium(self.user), expected)
        row.delete()

    def test_is_there_three_days_longer_than_the_period(self) -> None:
        for status in (StripeStatus.ACTIVE, StripeStatus.TRIALING):
            end = self.now - timedelta(days=3)
            self.assert_access(True, stripe_status=status)
            self.assert_access(True, stripe_status=status, current_period_end=end + MINUTE)
            self.assert_access(False, stripe_status=status, current_period_end=end - MINUTE)
            self.assert_access(False, stripe_status=status, current_period_end=None)

    def test_is_there_for_three_weeks_of_retries(self) -> None:
        late: dict[str, Any] = {"stripe_status": StripeStatus.PAST_DUE}
        since = self.now - timedelta(days=21)

        self.assert_access(True, **late, past_due_since=since + MINUTE)
        self.assert_access(False, **late, past_due_since=since - MINUTE)
        self.assert_access(False, **late, past_due_since=None)
        # The period of a payment that is late may be over for longer.
        old = self.now - timedelta(days=20)
        self.assert_access(True, **late, past_due_since=since + MINUTE, current_period_end=old)

    @override_settings(BILLING_PAST_DUE_GRACE=timedelta(days=1))
    def test_is_there_for_as_long_as_an_operator_says(self) -> None:
        since = self.now - timedelta(days=1)

        for passed, expected in ((-MINUTE, False), (MINUTE, True)):
            self.assert_access(
                expected, stripe_status=StripeStatus.PAST_DUE, past_due_since=since + passed
            )

    def test_ends_at_the_time_that_was_set_although_nobody_says_so(self) -> None:
        for status in (StripeStatus.ACTIVE, StripeStatus.TRIALING, StripeStatus.PAST_DUE):
            facts = {"stripe_status": status, "past_due_since": self.now - MINUTE}
            self.assert_access(True, **facts, cancel_at=self.now + MINUTE)
            self.assert_access(False, **facts, cancel_at=self.now - MINUTE)

    def test_is_not_there_in_any_other_state(self) -> None:
        for status in (
            StripeStatus.INCOMPLETE,
            StripeStatus.INCOMPLETE_EXPIRED,
            StripeStatus.PAUSED,
            StripeStatus.UNPAID,
            StripeStatus.CANCELED,
            "unheard_of",
            "",
        ):
            self.assert_access(False, stripe_status=status)

    def test_is_not_there_while_suspended_or_once_ended_or_for_another_price(self) -> None:
        self.assert_access(False, suspended_at=self.now - MINUTE)
        self.assert_access(False, ended_at=self.now - MINUTE)
        self.assert_access(False, plan=Plan.FREE)

    def test_that_was_given_lasts_to_its_end(self) -> None:
        given: dict[str, Any] = {
            "source": SubscriptionSource.MANUAL,
            "stripe_status": "",
            "current_period_end": None,
        }

        self.assert_access(True, **given)
        self.assert_access(True, **given, ends_at=self.now + MINUTE)
        self.assert_access(False, **given, ends_at=self.now - MINUTE)
        self.assert_access(False, **given, status=SubscriptionStatus.CANCELED)
        self.assert_access(False, **given, status=SubscriptionStatus.EXPIRED)

    def test_is_there_if_one_of_several_gives_it(self) -> None:
        make_subscription(
            self.user, source=SubscriptionSource.STRIPE, stripe_status=StripeStatus.CANCELED
        )
        self.assert_access(False, stripe_status=StripeStatus.PAUSED)
        self.assert_access(True)

    def test_is_nobody_elses(self) -> None:
        make_subscription(make_user())

        self.assertFalse(has_premium(self.user))

    def test_is_shown_as_expired_once_it_has_run_out(self) -> None:
        row = make_subscription(
            self.user,
            source=SubscriptionSource.STRIPE,
            stripe_status=StripeStatus.ACTIVE,
            current_period_end=self.now - timedelta(days=4),
        )

        found = Subscription.objects.with_status_now().values_list("status_now", flat=True)

        self.assertEqual(found.get(pk=row.pk), SubscriptionStatus.EXPIRED)
