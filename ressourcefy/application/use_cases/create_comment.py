"""Comment on a resource."""

from django.db import transaction

from application.dto.commands import CreateCommentCommand
from application.dto.events import AggregateType, EventType
from application.dto.results import PublishedComment
from application.policies.comment_policy import can_comment
from application.services.attempts import count_comment
from core.outbox import emit_event
from core.services.audit import audit_change
from interactions.services.create_comment import create_comment
from resources.exceptions import ResourceLocked
from resources.services.access import find_for


class CreateComment:
    """Raises ResourceNotFound, ResourceLocked where a right is missing, InvalidInput for text that
    is too long, InvalidAction for blank text or a parent that cannot be replied to, and
    TooManyRequests.
    """

    def execute(self, command: CreateCommentCommand) -> PublishedComment:
        count_comment(command.user.pk)
        return self._publish(command)

    @transaction.atomic
    def _publish(self, command: CreateCommentCommand) -> PublishedComment:
        resource = find_for(command.user, command.resource_id)
        if not can_comment(command.user, resource):
            raise ResourceLocked

        comment = create_comment(
            author=command.user,
            resource=resource,
            content=command.content,
            parent_id=command.parent_id,
        )
        parent_id = command.parent_id and str(command.parent_id)
        audit_change(
            entity=comment,
            action="CREATE",
            actor=command.user,
            after={"resource_id": str(resource.pk), "parent_id": parent_id},
        )
        emit_event(
            AggregateType.COMMENT,
            comment.pk,
            EventType.COMMENT_CREATED,
            {
                "comment_id": str(comment.pk),
                "resource_id": str(resource.pk),
                "user_id": str(command.user.pk),
                "parent_id": parent_id,
            },
        )
        return PublishedComment(
            comment_id=comment.pk,
            resource_id=resource.pk,
            author_id=command.user.pk,
            parent_id=command.parent_id,
            content=comment.content,
            created_at=comment.created_at,
        )
