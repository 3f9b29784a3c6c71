"""People as Stripe knows them."""

from django.db import transaction

from monetization.models import StripeCustomer
from monetization.services.locks import lock_billing


@transaction.atomic
def close_customer(stripe_customer_id: str) -> bool:
    """Stripe knows this customer no more; the next checkout makes a new one. Whether it was ours.

    Nothing happens where the person has another customer by now.
    """
    known = StripeCustomer.objects.filter(stripe_customer_id=stripe_customer_id).first()
    if known is None:
        return False
    customer = lock_billing(known.user_id)
    if customer.stripe_customer_id == stripe_customer_id:
        customer.close()
    return True
