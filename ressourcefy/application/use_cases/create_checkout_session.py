"""Begin to pay: for premium, or for one resource."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.db import transaction

from application.dto.commands import CreateCheckoutSessionCommand
from application.dto.results import CheckoutSession
from application.exceptions import (
    NotForSale,
    PaymentPending,
    PaymentsNotConfigured,
    PaymentsRefused,
    PaymentsUnavailable,
    UnknownOffer,
)
from application.policies.purchase_policy import can_buy
from application.services.checkout_records import (
    Surroundings,
    Wish,
    close_record,
    customer_key,
    keep_session,
    new_record,
    open_record,
    refuse_needless,
    session_parameters,
)
from application.services.return_addresses import allowed_address
from application.services.stripe_service import StripeService, is_configured
from monetization.models import PaymentIntentRecord, StripeCustomer
from monetization.services.catalogue import find_offer
from monetization.services.customers import close_customer
from monetization.services.locks import lock_billing
from monetization.types import IntentKind, IntentStatus
from resources.services.access import find_for
from users.models import User

_TOO_LITTLE = "amount_too_small"
# One other plan may wait to be paid, and one more come in meanwhile.
_PLANS_GIVEN_UP = 2


@dataclass(slots=True)
class CreateCheckoutSession:
    """A second call for the same thing answers the same session, also while the first one runs.

    The record is committed before Stripe is called, outside any transaction; after a failure the
    next call takes it up again. Nothing is granted here: that is for Stripe's deliveries to say.

    Raises UnknownOffer, NotForSale, ResourceNotFound, ReturnAddressRefused, AlreadySubscribed,
    AlreadyPurchased, PaymentPending, and PaymentsUnavailable within eight seconds.
    """

    payments: Callable[[], StripeService] = StripeService

    def execute(self, command: CreateCheckoutSessionCommand) -> CheckoutSession:
        wish = _wish(command)
        success_url = allowed_address(
            command.success_url, field="success_url", default="checkout_done"
        )
        cancel_url = allowed_address(
            command.cancel_url, field="cancel_url", default="checkout_canceled"
        )
        if not is_configured():
            raise PaymentsNotConfigured
        stripe = self.payments()
        for _plan in range(_PLANS_GIVEN_UP + 1):
            record, customer = _record(command.user, wish, success_url, cancel_url)
            with stripe.turn():
                if wish.is_met_by(record):
                    return self._session(stripe, record, customer)
                self._give_up(stripe, record, customer)
        # Somebody chooses faster than we can follow.
        raise PaymentsUnavailable

    def _session(
        self, stripe: StripeService, record: PaymentIntentRecord, customer: StripeCustomer
    ) -> CheckoutSession:
        # Another request for the same may have been here while this one waited for its turn.
        record.refresh_from_db(fields=["stripe_session_id", "url"])
        if record.stripe_session_id:
            return CheckoutSession(session_id=record.stripe_session_id, url=record.url)
        customer_id = _customer_id(stripe, customer)
        try:
            session = stripe.create_checkout_session(
                session_parameters(record, customer_id), key=str(record.pk)
            )
        except PaymentsRefused as refusal:
            close_record(record, IntentStatus.FAILED)
            if refusal.is_about_customer:
                close_customer(customer_id)
            if refusal.stripe_code == _TOO_LITTLE:
                raise NotForSale from refusal
            raise
        keep_session(record, customer_id, session)
        return CheckoutSession(session_id=session.session_id, url=session.url)

    def _give_up(
        self, stripe: StripeService, record: PaymentIntentRecord, customer: StripeCustomer
    ) -> None:
        """Close the checkout for another plan, so that both cannot be paid."""
        session_id = self._session(stripe, record, customer).session_id
        try:
            stripe.expire_checkout_session(session_id)
        except PaymentsRefused as refusal:
            if stripe.checkout_session(session_id).get("status") == "complete":
                # Paid a moment ago; Stripe's delivery is on its way.
                raise PaymentPending from refusal
        close_record(record, IntentStatus.EXPIRED)


def _wish(command: CreateCheckoutSessionCommand) -> Wish:
    if command.resource_id is not None:
        return _purchase(command.user, command.resource_id)
    offer = find_offer(key=command.plan, price_id=command.price_id)
    if offer is None:
        raise UnknownOffer
    return Wish(
        kind=IntentKind.SUBSCRIPTION,
        amount_cents=offer.amount_cents,
        currency=offer.currency,
        plan_key=offer.key,
        price_id=offer.price_id,
    )


def _purchase(user: User, resource_id: UUID) -> Wish:
    resource = find_for(user, resource_id)
    if resource.price_cents is None or not can_buy(user, resource):
        raise NotForSale
    return Wish(
        kind=IntentKind.PURCHASE,
        amount_cents=resource.price_cents,
        currency=settings.BILLING_CURRENCY,
        resource_id=resource.pk,
        title=resource.title,
    )


@transaction.atomic
def _record(
    user: User, wish: Wish, success_url: str, cancel_url: str
) -> tuple[PaymentIntentRecord, StripeCustomer]:
    customer = lock_billing(user.id)
    refuse_needless(user, wish)
    record = open_record(user, wish)
    if record is None:
        has_trial = wish.kind == IntentKind.SUBSCRIPTION and customer.trial_used_at is None
        around = Surroundings(
            success_url=success_url,
            cancel_url=cancel_url,
            trial_days=settings.BILLING_TRIAL_DAYS if has_trial else 0,
        )
        record = new_record(user, wish, around)
    return record, customer


def _customer_id(stripe: StripeService, customer: StripeCustomer) -> str:
    """The person's customer at Stripe, made if there is none, or after it was deleted there."""
    if customer.stripe_customer_id and customer.closed_at is None:
        return customer.stripe_customer_id
    user = User.objects.only("email").get(pk=customer.user_id)
    customer_id = stripe.create_customer(
        user_id=user.pk, email=user.email, key=customer_key(customer)
    )
    StripeCustomer.objects.filter(pk=customer.pk).update(
        stripe_customer_id=customer_id, closed_at=None
    )
    return customer_id
