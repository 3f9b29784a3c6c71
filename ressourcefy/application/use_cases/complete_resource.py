"""Be done with a resource."""

from django.db import transaction

from application.dto.commands import CompleteResourceCommand
from application.dto.events import AggregateType, EventType
from application.policies.resource_policy import can_access_resource
from core.outbox import emit_event
from core.services.audit import audit_change
from resources.exceptions import ResourceLocked
from resources.models import ResourceProgress
from resources.services.access import find_for
from resources.services.complete_progress import complete_progress
from resources.types import ProgressEntry


class CompleteResource:
    """Also for who never opened it. Repeating it moves the last visit, and tells nobody.

    Raises ResourceNotFound, and ResourceLocked where a right is missing.
    """

    @transaction.atomic
    def execute(self, command: CompleteResourceCommand) -> ProgressEntry:
        resource = find_for(command.user, command.resource_id)
        if not can_access_resource(command.user, resource):
            raise ResourceLocked

        completed = complete_progress(user=command.user, resource=resource)
        progress = completed.entry
        if completed.is_first:
            audit_change(
                entity=ResourceProgress(pk=progress.progress_id),
                action="UPDATE" if completed.previous else "CREATE",
                actor=command.user,
                before={"status": completed.previous} if completed.previous else None,
                after={"resource_id": str(resource.pk), "status": progress.status},
            )
            emit_event(
                AggregateType.PROGRESS,
                progress.progress_id,
                EventType.RESOURCE_PROGRESS_COMPLETED,
                {"resource_id": str(resource.pk), "user_id": str(command.user.pk)},
                dedupe_key=f"{EventType.RESOURCE_PROGRESS_COMPLETED}:{progress.progress_id}",
            )
        return progress
