"""What follows when an account is shut out or let in again, whichever way it came."""

from collections.abc import Mapping

from application.dto.events import AggregateType, EventType
from core.outbox import emit_event
from core.services.audit import audit_change
from users.models import User

_ACTIONS = {EventType.USER_DELETED: "DELETE"}


def record_activation(user: User, *, actor: User) -> None:
    """Record that an administrator took the address for confirmed, or no longer.

    The first has what follows from the owner's own activation. The caller has changed it and holds
    the row's lock.
    """
    if user.is_activated:
        emit_event(AggregateType.USER, user.id, EventType.USER_ACTIVATED, {"user_id": str(user.id)})
    audit_change(
        entity=user,
        action="UPDATE",
        actor=actor,
        before={"is_activated": not user.is_activated},
        after={"is_activated": user.is_activated},
    )


def record_standing(
    user: User,
    *,
    actor: User,
    event_type: EventType,
    before: Mapping[str, bool],
    after: Mapping[str, bool],
) -> None:
    """Emit and record it; the caller has changed it and holds the row's lock."""
    emit_event(AggregateType.USER, user.id, event_type, {"user_id": str(user.id)})
    audit_change(
        entity=user,
        action=_ACTIONS.get(event_type, "UPDATE"),
        actor=actor,
        before=before,
        after=after,
    )
