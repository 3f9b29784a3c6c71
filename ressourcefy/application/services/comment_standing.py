"""What follows when a comment is deleted or restored by an administrator."""

from application.dto.events import AggregateType, EventType
from core.outbox import emit_event
from core.services.audit import audit_change
from interactions.models import Comment
from users.models import User


def record_comment_standing(comment: Comment, *, actor: User) -> None:
    """Emit and record it; the caller has changed it and holds the row's lock."""
    deleted = comment.is_deleted
    audit_change(
        entity=comment,
        action="DELETE" if deleted else "UPDATE",
        actor=actor,
        before={"is_deleted": not deleted},
        after={"is_deleted": deleted},
    )
    emit_event(
        AggregateType.COMMENT,
        comment.pk,
        EventType.COMMENT_DELETED if deleted else EventType.COMMENT_RESTORED,
        {
            "comment_id": str(comment.pk),
            "resource_id": str(comment.resource_id),
            "user_id": str(actor.pk),
        },
    )
