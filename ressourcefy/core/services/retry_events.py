"""Giving dead events another life."""

from uuid import UUID

from django.db import transaction
from django.db.models import Model
from django.db.models.functions import Now
from django.utils import timezone

from core.models import OutboxEvent
from core.outbox.wake_up import wake_workers
from core.services.audit import audit_change

_AT_ONCE = 200


def retry_events(ids: list[UUID], *, actor: Model | None) -> int:
    """Put those of the events that are dead back to the start; how many those were.

    Their attempts are counted anew, what they went through is kept in `history`, and each is
    audited as a change by `actor` (None: someone at a command line). An event that comes back may
    take effect after later ones of its aggregate.
    """
    return sum(
        _retry(ids[begin : begin + _AT_ONCE], actor) for begin in range(0, len(ids), _AT_ONCE)
    )


@transaction.atomic
def _retry(ids: list[UUID], actor: Model | None) -> int:
    dead = list(OutboxEvent.objects.dead().filter(id__in=ids).order_by("seq").select_for_update())
    for event in dead:
        before = {"status": event.status, "retry_count": event.retry_count}
        event.history.append(
            before
            | {
                "wait_count": event.wait_count,
                "error": event.error_message,
                "put_back_at": timezone.now().isoformat(),
            }
        )
        event.status = OutboxEvent.Status.PENDING
        event.retry_count = event.wait_count = event.claim_count = 0
        event.waiting_since = None
        event.next_retry_at = Now()
        event.save(
            update_fields=[
                "history",
                "status",
                "retry_count",
                "wait_count",
                "claim_count",
                "waiting_since",
                "next_retry_at",
                "updated_at",
            ]
        )
        audit_change(
            entity=event,
            action="UPDATE",
            actor=actor,
            before=before,
            after={"status": event.status, "retry_count": event.retry_count},
        )
    if dead:
        transaction.on_commit(wake_workers)
    return len(dead)
