"""Random lives of a customer, told in any order and number, compared with a simple model."""

from random import Random
from typing import Any

from django.test import TestCase, tag
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from application.services.billing.events import APPLIERS
from application.tests.billing import buy, run_syncs, subscribe
from application.tests.shop import Delivery, Shop, deliver
from core.models import OutboxEvent
from monetization.models import Payment, Purchase, Subscription
from monetization.services.premium import has_premium
from monetization.types import PurchaseStatus, StripeStatus
from resources.models import Resource
from resources.tests.factories import make_resource
from users.models import User
from users.tests.factories import make_user

PRICE = 500
LIVE = {StripeStatus.ACTIVE, StripeStatus.PAST_DUE}


class Money:
    """What the model knows of one payment intent."""

    def __init__(self, amount: int) -> None:
        self.amount = amount
        self.refunded = 0
        self.dispute = ""

    @property
    def is_contested(self) -> bool:
        return self.dispute in {"open", "lost"}


class Life(RuleBasedStateMachine):
    """One person: what happens at Stripe is modelled at once, and told whenever chance has it."""

    def __init__(self) -> None:
        super().__init__()
        self.shop = Shop()
        self.overridden = self.shop.settings()
        self.overridden.enable()
        self.user: User = make_user()
        self.resource: Resource = make_resource(price_cents=PRICE)
        self.untold: list[Delivery] = []
        self.told: list[Delivery] = []
        self.subscription = ""
        self.status = StripeStatus.INCOMPLETE
        self.of_subscription: dict[str, Money] = {}
        self.of_purchase: dict[str, Money] = {}
        self.disputes: dict[str, str] = {}

    def teardown(self) -> None:
        """What was still to be asked for would be asked at the shop of the next life."""
        self.overridden.disable()
        OutboxEvent.objects.open().update(status=OutboxEvent.Status.COMPLETED)

    @initialize()
    def begin(self) -> None:
        self.subscribe()

    # What happens --------------------------------------------------------------------------------

    @precondition(lambda self: not self.untold and self.status not in LIVE)
    @rule()
    def subscribe(self) -> None:
        told_of = self.happened(self.shop.pay(subscribe(self.user).session_id))
        made = next(one for one in told_of if one.type == "checkout.session.completed")
        self.subscription = made.object["subscription"]
        self.status = StripeStatus.ACTIVE
        self.of_subscription = {}
        self.note_paid_invoice(told_of)

    @precondition(lambda self: self.status == StripeStatus.ACTIVE)
    @rule(works=st.booleans())
    def renew(self, works: bool) -> None:
        customer = self.user.stripe_customer.stripe_customer_id
        self.shop.control("card", customer=customer, works=works)
        told_of = self.control("renew", subscription=self.subscription)
        self.status = StripeStatus.ACTIVE if works else StripeStatus.PAST_DUE
        self.note_paid_invoice(told_of)

    @precondition(lambda self: self.status == StripeStatus.PAST_DUE)
    @rule()
    def pay_what_is_due(self) -> None:
        latest = self.shop.get(f"/v1/subscriptions/{self.subscription}")["latest_invoice"]
        self.note_paid_invoice(self.control("pay_invoice", invoice=latest))
        self.status = StripeStatus.ACTIVE

    @precondition(lambda self: self.status in LIVE)
    @rule(on=st.booleans())
    def schedule_the_end(self, on: bool) -> None:
        self.control("cancel_at_period_end", subscription=self.subscription, on=on)

    @precondition(lambda self: self.status in LIVE)
    @rule()
    def cancel(self) -> None:
        self.control("cancel", subscription=self.subscription)
        self.status = StripeStatus.CANCELED

    @precondition(lambda self: not self.untold and not self.has_bought)
    @rule()
    def buy(self) -> None:
        told_of = self.happened(self.shop.pay(buy(self.user, self.resource).session_id))
        self.of_purchase[told_of[-1].object["payment_intent"]] = Money(PRICE)

    @precondition(lambda self: self.refundable)
    @rule(data=st.data())
    def refund(self, data: st.DataObject) -> None:
        intent = data.draw(st.sampled_from(self.refundable))
        money = self.money[intent]
        amount = data.draw(st.integers(1, money.amount - money.refunded))
        self.control("refund", payment_intent=intent, amount=amount)
        money.refunded += amount

    @precondition(lambda self: self.disputable)
    @rule(data=st.data())
    def dispute(self, data: st.DataObject) -> None:
        intent = data.draw(st.sampled_from(self.disputable))
        made = self.shop.control("dispute", payment_intent=intent)
        self.happened(self.shop.take())
        self.disputes[made["id"]] = intent
        self.money[intent].dispute = "open"

    @precondition(lambda self: self.disputes)
    @rule(data=st.data(), outcome=st.sampled_from(["won", "lost"]))
    def close_dispute(self, data: st.DataObject, outcome: str) -> None:
        dispute = data.draw(st.sampled_from(sorted(self.disputes)))
        self.control("close_dispute", dispute=dispute, outcome=outcome)
        money = self.money.get(self.disputes.pop(dispute))
        if money is not None:
            money.dispute = outcome

    # What is told --------------------------------------------------------------------------------

    @precondition(lambda self: self.untold)
    @rule(chance=st.randoms(use_true_random=False))
    def tell_some(self, chance: Random) -> None:
        some = chance.sample(self.untold, chance.randint(1, len(self.untold)))
        self.untold = [one for one in self.untold if one not in some]
        self.tell(some, chance)

    @precondition(lambda self: self.untold)
    @rule(chance=st.randoms(use_true_random=False))
    def tell_all(self, chance: Random) -> None:
        everything, self.untold = self.untold, []
        chance.shuffle(everything)
        self.tell(everything, chance)

    def tell(self, deliveries: list[Delivery], chance: Random) -> None:
        """Once, some of them twice, and something old again."""
        again = [one for one in deliveries if chance.random() < 0.3]
        old = chance.sample(self.told, min(1, len(self.told)))
        deliver([*deliveries, *again, *old])
        self.told += deliveries

    # What follows --------------------------------------------------------------------------------

    @invariant()
    def access_is_as_in_the_model(self) -> None:
        if self.untold:
            return
        run_syncs()
        self.check_premium()
        self.check_purchase()

    def check_premium(self) -> None:
        contested = any(money.is_contested for money in self.of_subscription.values())
        expected = self.status in LIVE and not contested
        assert has_premium(self.user) == expected, (self.status, contested)
        row = Subscription.objects.get(stripe_subscription_id=self.subscription)
        assert row.stripe_status == self.status
        assert not row.is_duplicate

    def check_purchase(self) -> None:
        opened = Purchase.objects.filter(user=self.user, status=PurchaseStatus.ACTIVE).exists()
        assert opened == self.has_bought
        for intent, money in self.money.items():
            payment = Payment.objects.get(payment_intent=intent)
            assert (payment.amount_cents, payment.amount_refunded) == (money.amount, money.refunded)

    # How -----------------------------------------------------------------------------------------

    @property
    def money(self) -> dict[str, Money]:
        return self.of_subscription | self.of_purchase

    @property
    def has_bought(self) -> bool:
        return any(
            money.refunded < money.amount and not money.is_contested
            for money in self.of_purchase.values()
        )

    @property
    def refundable(self) -> list[str]:
        return [
            intent
            for intent, money in self.money.items()
            if money.refunded < money.amount and not money.is_contested
        ]

    @property
    def disputable(self) -> list[str]:
        return [intent for intent, money in self.money.items() if not money.dispute]

    def control(self, name: str, **body: Any) -> list[Delivery]:
        self.shop.control(name, **body)
        return self.happened(self.shop.take())

    def happened(self, deliveries: list[Delivery]) -> list[Delivery]:
        """Keep for later what something is made of."""
        told_of = [one for one in deliveries if one.type in APPLIERS]
        self.untold += told_of
        return told_of

    def note_paid_invoice(self, deliveries: list[Delivery]) -> None:
        paid = [one.object for one in deliveries if one.type == "invoice_payment.paid"]
        for one in paid:
            self.of_subscription[one["payment"]["payment_intent"]] = Money(one["amount_paid"])


@tag("slow")
class LifeTests(TestCase):
    def test_of_a_customer_gives_the_access_that_was_paid(self) -> None:
        run_state_machine_as_test(  # type: ignore[no-untyped-call]
            Life,
            settings=settings(
                max_examples=15,
                stateful_step_count=15,
                deadline=None,
                derandomize=True,
                database=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
