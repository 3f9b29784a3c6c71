"""What every deletion of a resource does, whoever asks for it."""

from application.dto.events import AggregateType, EventType
from core.outbox import emit_event
from core.services.audit import audit_change
from resources.models import Resource
from users.models import User


def take_down(resource: Resource, *, actor: User) -> None:
    """Mark it as deleted, record and announce it; the caller holds the row's lock."""
    resource.delete()
    audit_change(
        entity=resource,
        action="DELETE",
        actor=actor,
        before={"visibility": resource.visibility, "price_cents": resource.price_cents},
    )
    emit_event(
        AggregateType.RESOURCE,
        resource.pk,
        EventType.RESOURCE_DELETED,
        {"resource_id": str(resource.pk), "user_id": str(actor.pk)},
    )
