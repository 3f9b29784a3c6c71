"""What follows from every change of a role, whichever way it came."""

from application.dto.events import AggregateType, EventType
from core.outbox import emit_event
from core.services.audit import audit_change
from users.models import User
from users.types import Role


def record_role_change(user: User, *, actor: User | None, previous_role: Role) -> None:
    """Emit and record it; the caller has changed it and holds the row's lock."""
    emit_event(AggregateType.USER, user.id, EventType.USER_ROLE_CHANGED, {"user_id": str(user.id)})
    audit_change(
        entity=user,
        action="UPDATE",
        actor=actor,
        before={"role": previous_role},
        after={"role": user.role},
    )
