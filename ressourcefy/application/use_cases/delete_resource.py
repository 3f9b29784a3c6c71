"""Take a resource out of sight."""

from django.db import transaction

from application.dto.commands import DeleteResourceCommand
from application.dto.results import DeletedResource
from application.policies.resource_policy import can_change_resource
from application.services.resource_deletions import take_down
from core.exceptions import AccessDenied
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

        take_down(resource, actor=command.user)
        return DeletedResource(resource_id=resource.pk, title=resource.title)
