"""Do Stripe's deliveries take effect? For health checks and dashboards."""

from datetime import timedelta

from django.db.models import DurationField, ExpressionWrapper, Min
from django.db.models.functions import Now

from monetization.models import WebhookEvent
from monetization.types import WebhookStatus

FAILED_AGE = timedelta(minutes=15)

_OPEN = (WebhookStatus.PENDING, WebhookStatus.FAILED)


def is_webhook_stuck() -> bool:
    """Whether a delivery that came in over FAILED_AGE ago has failed and still not taken effect.

    One query on an index of the deliveries that are open.
    """
    late = WebhookEvent.objects.filter(status__in=_OPEN, created_at__lt=Now() - FAILED_AGE)
    failed = late.filter(status=WebhookStatus.FAILED)
    # In the order of the index: any one would do, and might be looked for in the whole table.
    return failed.order_by("created_at").values_list("pk").first() is not None


def get_oldest_webhook_age() -> timedelta | None:
    """How long the oldest delivery that is open has been here; one query, one index entry."""
    age = ExpressionWrapper(Now() - Min("created_at"), output_field=DurationField())
    found: timedelta | None = WebhookEvent.objects.filter(status__in=_OPEN).aggregate(age=age)[
        "age"
    ]
    return found
