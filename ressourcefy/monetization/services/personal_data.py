"""What the tables of this app hold about one person (`docs/privacy.md`)."""

from collections.abc import Iterator
from uuid import UUID

from django.db import connection

from core.services.personal_data import Record, Sections, records_of
from monetization.models import (
    Dispute,
    Payment,
    PaymentIntentRecord,
    Purchase,
    Refund,
    StripeCharge,
    StripeCustomer,
    Subscription,
    WebhookEvent,
)

# Deliveries are found by what stands in them, which no index knows, a batch at a time.
_BATCH = 1_000
_NOTHING = UUID(int=0)
_FIND = f"""
SELECT id, (
    payload <> '{{}}'::jsonb
    AND EXISTS (
        SELECT 1 FROM unnest(%(marks)s::text[]) AS mark
        WHERE strpos(lower(payload::text), lower(mark)) > 0
    )
)
FROM {WebhookEvent._meta.db_table}
WHERE id > %(after)s
ORDER BY id
LIMIT {_BATCH}
"""  # noqa: S608 - constants only


def personal_data(user_id: UUID, *, email: str) -> Sections:
    """What was subscribed to, checked out, paid, refunded and contested, and what Stripe told."""
    payments = Payment.objects.filter(user_id=user_id)
    intents = list(_intents_of(user_id))
    return {
        "subscriptions": records_of(
            Subscription.objects.filter(user_id=user_id), hidden=["applied_key"]
        ),
        "checkouts": records_of(PaymentIntentRecord.objects.filter(user_id=user_id)),
        "payments": records_of(payments),
        "refunds": records_of(
            Refund.objects.filter(payment__user_id=user_id), hidden=["requested_by_id"]
        ),
        "purchases": records_of(Purchase.objects.filter(user_id=user_id)),
        "charges": records_of(StripeCharge.objects.filter(payment_intent__in=intents)),
        "disputes": records_of(Dispute.objects.filter(payment_intent__in=intents)),
        "stripe_customer": records_of(StripeCustomer.objects.filter(user_id=user_id)),
        "stripe_deliveries": _deliveries(user_id, email),
    }


def deliveries_about(user_id: UUID, *, email: str) -> Iterator[list[UUID]]:
    """The ids of Stripe's deliveries that name the person, a batch at a time.

    They name the address, or an id under which Stripe knows the person or a payment. Nothing is
    looked at for somebody whom Stripe does not know.
    """
    marks = _marks_of(user_id)
    if not marks:
        return
    after = _NOTHING
    while True:
        with connection.cursor() as cursor:
            cursor.execute(_FIND, {"marks": [*marks, email], "after": after})
            found = cursor.fetchall()
        if named := [key for key, is_named in found if is_named]:
            yield named
        if len(found) < _BATCH:
            return
        after = found[-1][0]


def _deliveries(user_id: UUID, email: str) -> Iterator[Record]:
    for ids in deliveries_about(user_id, email=email):
        yield from records_of(
            WebhookEvent.objects.filter(pk__in=ids), hidden=["error_message", "next_retry_at"]
        )


def _marks_of(user_id: UUID) -> set[str]:
    """The ids under which Stripe knows the person."""
    customers = StripeCustomer.objects.filter(user_id=user_id)
    records = PaymentIntentRecord.objects.filter(user_id=user_id)
    charges = Payment.objects.filter(user_id=user_id).values_list("charge", flat=True)
    marks = {
        *customers.values_list("stripe_customer_id", flat=True),
        *records.values_list("stripe_customer_id", flat=True),
        *charges,
        *_intents_of(user_id),
    }
    return {mark for mark in marks if mark}


def _intents_of(user_id: UUID) -> set[str]:
    payments = Payment.objects.filter(user_id=user_id).values_list("payment_intent", flat=True)
    records = PaymentIntentRecord.objects.filter(user_id=user_id)
    return {
        *filter(None, payments),
        *filter(None, records.values_list("payment_intent", flat=True)),
    }
