"""Processing deliveries that failed, or whose process was killed: without anyone's help."""

import logging

from django.db import InterfaceError, OperationalError
from django.utils import timezone

from application.services.billing.processing import process
from monetization.models import WebhookEvent
from monetization.types import WebhookStatus

logger = logging.getLogger("billing")

_AT_ONCE = 20
_OPEN = (WebhookStatus.PENDING, WebhookStatus.FAILED)


def retry_due_webhooks() -> None:
    """Process a few that are due, the longest due first.

    One that fails again is logged and waits longer; the others go on. Raises what says that the
    database is away.
    """
    due = WebhookEvent.objects.filter(status__in=_OPEN, next_retry_at__lte=timezone.now())
    ids = due.order_by("next_retry_at").values_list("stripe_id", flat=True)[:_AT_ONCE]
    for stripe_id in list(ids):
        try:
            process(stripe_id)
        except (OperationalError, InterfaceError):
            raise
        except Exception:
            logger.exception(
                "A delivery of Stripe failed again.", extra={"stripe_event": stripe_id}
            )
