"""What follows from every change of a password, whichever way it came."""

from application.dto.events import AggregateType, EventType
from core.outbox import emit_event
from core.services.audit import audit_change
from users.models import User


def record_password_change(user: User) -> None:
    """Warn the owner by mail, and record it; the caller has changed it and holds the row's lock."""
    emit_event(
        AggregateType.USER, user.id, EventType.USER_PASSWORD_CHANGED, {"user_id": str(user.id)}
    )
    audit_change(
        entity=user,
        action="UPDATE",
        actor=user,
        after={"changed": ["password"], "sessions": "ended"},
    )
