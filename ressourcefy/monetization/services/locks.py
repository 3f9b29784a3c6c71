"""What billing waits for, so that two deliveries about one thing take effect one after the other.

The order is always: the delivery, references, the person's billing. References are ids of Stripe's
under which something may be told before its owner is known.
"""

from uuid import UUID

from django.db import connection

from monetization.models import StripeCustomer


def lock_references(*references: str) -> None:
    """Wait for whoever works on the same objects of Stripe; held to the end of the transaction.

    Name an invoice before its payment intent, in one call or in several.
    """
    with connection.cursor() as cursor:
        for reference in references:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [reference])


def lock_customer(user_id: UUID) -> None:
    """Wait for whoever works on the person's billing; nothing is made for who has none."""
    list(StripeCustomer.objects.select_for_update(of=("self",)).filter(user_id=user_id))


def lock_billing(user_id: UUID) -> StripeCustomer:
    """The person's customer row, locked; made first where there is none yet."""
    StripeCustomer.objects.bulk_create([StripeCustomer(user_id=user_id)], ignore_conflicts=True)
    return StripeCustomer.objects.select_for_update(of=("self",)).get(user_id=user_id)
