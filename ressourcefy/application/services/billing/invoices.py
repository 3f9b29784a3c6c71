"""What deliveries about invoices change: the payments of subscriptions."""

from uuid import UUID

from application.services.billing.announcements import (
    announce_failed_invoice,
    announce_payment,
    announce_renewal,
    announce_required_action,
)
from application.services.billing.objects import (
    StripeEvent,
    moment,
    number,
    reference,
    subscription_of_invoice,
    text,
    value,
)
from application.services.billing.owners import find_owner
from application.services.billing.settlements import settle_and_announce
from application.services.billing.sync_requests import SyncKind, request_sync
from monetization.models import Payment, Subscription
from monetization.services.ledger import (
    Receipt,
    payment_intent_of,
    record_payment,
    remember_charge,
)
from monetization.services.locks import lock_billing, lock_references
from monetization.services.subscriptions import (
    note_failed_invoice,
    note_paid_invoice,
    subscription_row,
)

_SETTLED = {"paid", "void"}


def apply_paid_invoice(event: StripeEvent) -> bool:
    """Money for a period came in. An invoice over nothing makes no payment."""
    invoice, body = text(event.body, "id"), event.body
    lock_references(invoice)
    if payment_intent := payment_intent_of(invoice):
        lock_references(payment_intent)
    found = _subscription_of(event)
    if found is None:
        return False
    owner, subscription = found
    amount = number(body, "amount_paid")
    if amount > 0:
        payment, is_new = record_payment(
            Receipt(
                reference=invoice,
                user_id=owner,
                amount_cents=amount,
                currency=text(body, "currency").upper(),
                paid_at=moment(body, "status_transitions", "paid_at") or event.occurred_at,
                subscription=subscription,
                receipt_url=text(body, "hosted_invoice_url"),
            )
        )
        if is_new:
            announce_payment(payment)
        if payment_intent:
            _settle(payment, payment_intent, event)
    if subscription is not None:
        note_paid_invoice(subscription, invoice=invoice)
        if text(body, "billing_reason") == "subscription_cycle":
            announce_renewal(subscription, invoice)
    return True


def apply_invoice_payment(event: StripeEvent) -> bool:
    """Which payment intent paid an invoice: what the event of the invoice does not say."""
    invoice = reference(event.body, "invoice")
    payment_intent = reference(event.body, "payment", "payment_intent")
    if not invoice or not payment_intent:
        return False
    lock_references(invoice, payment_intent)
    charge = reference(event.body, "payment", "charge")
    remember_charge(payment_intent, invoice=invoice, charge=charge)
    payment = Payment.objects.filter(provider_reference=invoice).first()
    if payment is not None and payment_intent_of(invoice) == payment_intent:
        lock_billing(payment.user_id)
        _settle(payment, payment_intent, event)
    return True


def apply_failed_invoice(event: StripeEvent) -> bool:
    """A payment for a period failed; Stripe tries again at the time it names."""
    invoice = text(event.body, "id")
    lock_references(invoice)
    found = _subscription_of(event)
    if found is None:
        return False
    _owner, subscription = found
    if subscription is not None and _is_unpaid(event) and _note_failure(subscription, event):
        announce_failed_invoice(subscription, invoice, number(event.body, "attempt_count"))
    return True


def apply_required_action(event: StripeEvent) -> bool:
    """The payer has to confirm a payment on the page of the invoice."""
    invoice = text(event.body, "id")
    lock_references(invoice)
    found = _subscription_of(event)
    if found is None:
        return False
    _owner, subscription = found
    if subscription is not None and _is_unpaid(event) and _note_failure(subscription, event):
        announce_required_action(subscription, invoice)
    return True


def _is_unpaid(event: StripeEvent) -> bool:
    """Whether an invoice still waits for its money, by what it says and by what we know."""
    payments = Payment.objects.filter(provider_reference=text(event.body, "id"))
    return text(event.body, "status") not in _SETTLED and not payments.exists()


def _settle(payment: Payment, payment_intent: str, event: StripeEvent) -> None:
    """Apply what waited for the payment; what went back before it came is asked for, too."""
    payment = settle_and_announce(payment, payment_intent)
    if payment.amount_refunded:
        request_sync(SyncKind.CHARGE, payment_intent, because=event.id)


def _note_failure(subscription: Subscription, event: StripeEvent) -> bool:
    return note_failed_invoice(
        subscription,
        invoice=text(event.body, "id"),
        failed_at=event.occurred_at,
        next_attempt_at=moment(event.body, "next_payment_attempt"),
        hosted_url=text(event.body, "hosted_invoice_url"),
    )


def _subscription_of(event: StripeEvent) -> tuple[UUID, Subscription | None] | None:
    """The locked owner of an invoice and the subscription it is for; None if it is not ours."""
    subscription_id = subscription_of_invoice(event.body)
    owner = find_owner(
        subscription_id=subscription_id,
        customer_id=reference(event.body, "customer"),
        metadata=value(event.body, "parent", "subscription_details", "metadata"),
    )
    if owner is None:
        return None
    lock_billing(owner)
    return owner, subscription_row(subscription_id, owner) if subscription_id else None
