"""What goes with somebody who is erased: pages at Stripe, and what Stripe told of the person.

The ledger stays, as tax law asks (`docs/privacy.md` lists its columns).
"""

from uuid import UUID

from django.utils import timezone

from monetization.models import PaymentIntentRecord, Subscription, WebhookEvent
from monetization.services.personal_data import deliveries_about
from monetization.types import WebhookStatus
from users.models import User


def empty_deliveries(user_id: UUID, *, email: str) -> None:
    """Empty what Stripe delivered about the person, but what still waits to be processed."""
    for ids in deliveries_about(user_id, email=email):
        WebhookEvent.objects.filter(pk__in=ids).exclude(status=WebhookStatus.PENDING).update(
            payload={}, error_message="", updated_at=timezone.now()
        )


def forget_pages(user: User) -> None:
    """Drop the addresses of pages that show the person's name, and what was noted for them."""
    now = timezone.now()
    Subscription.objects.filter(user=user).exclude(hosted_invoice_url="").update(
        hosted_invoice_url="", updated_at=now
    )
    PaymentIntentRecord.objects.filter(user=user).update(url="", metadata={}, updated_at=now)
