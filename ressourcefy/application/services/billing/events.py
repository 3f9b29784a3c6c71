"""Which delivery changes what (`docs/payments.md` has the table)."""

from collections.abc import Callable

from application.services.billing.charges import (
    apply_dispute,
    apply_failed_refund,
    apply_refunded_charge,
)
from application.services.billing.checkouts import (
    apply_completed_checkout,
    apply_expired_checkout,
    apply_failed_checkout,
)
from application.services.billing.invoices import (
    apply_failed_invoice,
    apply_invoice_payment,
    apply_paid_invoice,
    apply_required_action,
)
from application.services.billing.objects import StripeEvent, text
from application.services.billing.subscriptions import apply_subscription, apply_trial_ending
from application.services.billing.syncs import SyncKind, request_sync
from monetization.services.customers import close_customer


def _apply_subscription(event: StripeEvent) -> bool:
    change = apply_subscription(event)
    if change is not None and change.needs_sync:
        request_sync(
            SyncKind.SUBSCRIPTION,
            str(change.subscription.stripe_subscription_id),
            because=event.id,
        )
    return change is not None


def _apply_deleted_customer(event: StripeEvent) -> bool:
    """A customer was deleted at Stripe; a later checkout makes a new one."""
    return close_customer(text(event.body, "id"))


# Each says whether the object was ours. What is not here is taken, and changes nothing.
APPLIERS: dict[str, Callable[[StripeEvent], bool]] = {
    "checkout.session.completed": apply_completed_checkout,
    "checkout.session.async_payment_succeeded": apply_completed_checkout,
    "checkout.session.async_payment_failed": apply_failed_checkout,
    "checkout.session.expired": apply_expired_checkout,
    "customer.subscription.created": _apply_subscription,
    "customer.subscription.updated": _apply_subscription,
    "customer.subscription.paused": _apply_subscription,
    "customer.subscription.resumed": _apply_subscription,
    "customer.subscription.pending_update_applied": _apply_subscription,
    "customer.subscription.pending_update_expired": _apply_subscription,
    "customer.subscription.deleted": _apply_subscription,
    "customer.subscription.trial_will_end": apply_trial_ending,
    "invoice.paid": apply_paid_invoice,
    "invoice_payment.paid": apply_invoice_payment,
    "invoice.payment_failed": apply_failed_invoice,
    "invoice.payment_action_required": apply_required_action,
    "charge.refunded": apply_refunded_charge,
    "refund.failed": apply_failed_refund,
    "charge.dispute.created": apply_dispute,
    "charge.dispute.updated": apply_dispute,
    "charge.dispute.closed": apply_dispute,
    "customer.deleted": _apply_deleted_customer,
}
