"""Payments brought to what is known of their money, and what others hear of it."""

from application.services.billing.announcements import announce_dispute, announce_refund
from monetization.models import Dispute, Payment
from monetization.services.ledger import settle
from monetization.types import DisputeStatus


def settle_and_announce(
    payment: Payment, payment_intent: str, *, changed_dispute: str = ""
) -> Payment:
    """Apply to a payment what was told of its money, before it or after.

    `changed_dispute` is the dispute that began or ended now; a payment can have several.
    """
    payment.refresh_from_db()
    settlement = settle(payment, payment_intent)
    if settlement.has_more_refunded:
        announce_refund(payment, refunded_before=settlement.refunded_before)
    disputes = Dispute.objects.filter(payment_intent=payment_intent)
    if changed_dispute:
        disputes = disputes.filter(stripe_dispute_id=changed_dispute)
    elif not settlement.has_news_of_dispute:
        disputes = disputes.none()
    for dispute in disputes:
        is_closed = dispute.status != DisputeStatus.OPEN
        announce_dispute(payment, dispute.stripe_dispute_id, is_closed=is_closed)
    return payment
