"""Take somebody else's resource out of sight."""

from django.db import transaction

from application.dto.commands import RemoveResourceCommand
from application.dto.results import ContentStanding
from application.exceptions import AdministratorsOnly
from application.policies.account_policy import can_remove_content
from application.services.resource_deletions import take_down
from resources.models import Resource


class RemoveResource:
    """What `DeleteResource` is for authors, for administrators.

    Raises AccessDenied, or ResourceNotFound, for a deleted one as well.
    """

    @transaction.atomic
    def execute(self, command: RemoveResourceCommand) -> ContentStanding:
        if not can_remove_content(command.user):
            raise AdministratorsOnly
        resource = Resource.objects.locked().require(command.resource_id)

        take_down(resource, actor=command.user)
        return ContentStanding(object_id=resource.pk, is_deleted=True)
