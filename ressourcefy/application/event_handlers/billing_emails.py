"""Mails that follow from what happens to somebody's money (`docs/mail.md`).

Each event is emitted once for each fact, so each mail is sent once for it, whatever Stripe delivers
twice. Handlers look at the rows as they are now; addresses of Stripe's pages are read there.
"""

from application.dto.events import EventType
from application.services.billing_letters import (
    ended_letter,
    failed_checkout_letter,
    failed_payment_letter,
    premium_letter,
    receipt_letter,
    refund_letter,
    required_action_letter,
    scheduled_end_letter,
    trial_ending_letter,
)
from application.services.mailing import live_user, send_letter
from application.services.web_links import billing_link
from core.outbox import Event, HandlerKind, handles
from monetization.models import Payment, PaymentIntentRecord, Subscription
from monetization.types import PaymentStatus


@handles(EventType.BILLING_SUBSCRIPTION_ACTIVATED, HandlerKind.EXTERNAL)
def send_premium_email(event: Event) -> None:
    """A welcome, as long as the subscription runs."""
    user, row = live_user(event), _subscription(event)
    if user is None or row is None or row.ended_at is not None:
        return
    send_letter(
        event,
        user,
        lambda: premium_letter(
            username=user.profile.username, ends_at=row.ends_at, link=billing_link()
        ),
    )


@handles(EventType.BILLING_PAYMENT_COMPLETED, HandlerKind.EXTERNAL)
def send_receipt_email(event: Event) -> None:
    """What was paid, when and for what."""
    user, payment = live_user(event), _payment(event)
    if user is None or payment is None:
        return
    send_letter(
        event,
        user,
        lambda: receipt_letter(
            amount_cents=payment.amount_cents,
            currency=payment.currency,
            paid_at=payment.paid_at,
            resource_title=payment.resource.title if payment.resource else None,
            link=payment.receipt_url or billing_link(),
        ),
    )


@handles(EventType.BILLING_PAYMENT_FAILED, HandlerKind.EXTERNAL)
def send_failed_payment_email(event: Event) -> None:
    """The way to pay, unless the invoice is paid by now; or that a bank debit came back."""
    user = live_user(event)
    if user is None:
        return
    if "record_id" in event.payload:
        record = PaymentIntentRecord.objects.get(pk=event.payload["record_id"])
        send_letter(
            event,
            user,
            lambda: failed_checkout_letter(
                amount_cents=record.amount_cents or 0,
                currency=record.currency,
                link=billing_link(),
            ),
        )
        return
    row = _unpaid(event)
    if row is not None:
        send_letter(
            event,
            user,
            lambda: failed_payment_letter(
                next_attempt_at=row.next_payment_attempt_at,
                link=row.hosted_invoice_url or billing_link(),
            ),
        )


@handles(EventType.BILLING_PAYMENT_ACTION_REQUIRED, HandlerKind.EXTERNAL)
def send_required_action_email(event: Event) -> None:
    """The page where the bank asks, unless the invoice is paid by now."""
    user, row = live_user(event), _unpaid(event)
    if user is None or row is None:
        return
    send_letter(
        event, user, lambda: required_action_letter(link=row.hosted_invoice_url or billing_link())
    )


@handles(EventType.BILLING_CANCEL_SCHEDULED, HandlerKind.EXTERNAL)
def send_scheduled_end_email(event: Event) -> None:
    """When premium closes, unless that was undone or is over."""
    user, row = live_user(event), _subscription(event)
    if user is None or row is None or row.cancel_at is None or row.ended_at is not None:
        return
    ends_at = row.cancel_at
    send_letter(event, user, lambda: scheduled_end_letter(ends_at=ends_at, link=billing_link()))


@handles(EventType.BILLING_SUBSCRIPTION_CANCELED, HandlerKind.EXTERNAL)
def send_ended_email(event: Event) -> None:
    """That premium is closed, and nothing more is charged."""
    user, row = live_user(event), _subscription(event)
    if user is None or row is None or row.ended_at is None:
        return
    send_letter(event, user, lambda: ended_letter(link=billing_link()))


@handles(EventType.BILLING_PAYMENT_REFUNDED, HandlerKind.EXTERNAL)
def send_refund_email(event: Event) -> None:
    """How much went back this time."""
    user, payment = live_user(event), _payment(event)
    if user is None or payment is None:
        return
    amount = event.payload["amount_refunded"] - event.payload["refunded_before"]
    send_letter(
        event,
        user,
        lambda: refund_letter(
            amount_cents=amount,
            currency=payment.currency,
            is_whole=payment.status == PaymentStatus.REFUNDED,
            link=billing_link(),
        ),
    )


@handles(EventType.BILLING_TRIAL_ENDING, HandlerKind.EXTERNAL)
def send_trial_ending_email(event: Event) -> None:
    """When the first payment comes, unless the subscription ends with its trial."""
    user, row = live_user(event), _subscription(event)
    if user is None or row is None or row.trial_end is None or row.cancel_at is not None:
        return
    trial_end = row.trial_end
    send_letter(event, user, lambda: trial_ending_letter(trial_end=trial_end, link=billing_link()))


def _subscription(event: Event) -> Subscription | None:
    return Subscription.objects.filter(pk=event.payload["subscription_id"]).first()


def _unpaid(event: Event) -> Subscription | None:
    """The subscription of the event, if the invoice of the event is what is still unpaid."""
    return Subscription.objects.filter(
        pk=event.payload["subscription_id"], failed_invoice=event.payload["invoice"]
    ).first()


def _payment(event: Event) -> Payment | None:
    return Payment.objects.select_related("resource").filter(pk=event.payload["payment_id"]).first()
