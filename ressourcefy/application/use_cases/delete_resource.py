"""Take a resource out of sight."""

from django.db import transaction

from application.dto.commands import DeleteResourceCommand
from application.dto.events import AggregateType, EventType
from application.dto.results import DeletedResource
from application.policies.resource_policy import can_change_resource
from core.exceptions import AccessDenied
from core.outbox import emit_event
from core.services.audit import audit_change
from resources.models import Resource
from resources.services.access import find_for


class DeleteResource:
    """Soft: versions, votes and comments stay, and nobody reaches them.

    Raises ResourceNotFound, for a deleted one as well, and AccessDenied for anyone but the author.
    """

    @transaction.atomic
    def execute(self, command: DeleteResourceCommand) -> DeletedResource:
        locked = Resource.objects.locked()
        resource = find_for(command.user, command.resource_id, among=locked)
        if not can_change_resource(command.user, resource):
            raise AccessDenied("Only the author can delete a resource.")

        resource.delete()
        audit_change(
            entity=resource,
            action="DELETE",
            actor=command.user,
            before={"visibility": resource.visibility, "price_cents": resource.price_cents},
        )
        emit_event(
            AggregateType.RESOURCE,
            resource.pk,
            EventType.RESOURCE_DELETED,
            {"resource_id": str(resource.pk), "user_id": str(command.user.pk)},
        )
        return DeletedResource(resource_id=resource.pk, title=resource.title)
