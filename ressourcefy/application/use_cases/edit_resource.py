"""Change somebody else's resource."""

from django.db import transaction

from application.dto.commands import EditResourceCommand
from application.dto.results import EditedResource
from application.exceptions import AdministratorsOnly
from application.policies.account_policy import can_edit_content
from application.services.resource_changes import change
from resources.models import Resource


class EditResource:
    """What `UpdateResource` is for authors, for administrators.

    Raises AccessDenied, ResourceNotFound, for a deleted one as well, InvalidInput for text that is
    not allowed, and InvalidAction where price, visibility and tags do not fit in the result.
    """

    @transaction.atomic
    def execute(self, command: EditResourceCommand) -> EditedResource:
        if not can_edit_content(command.user):
            raise AdministratorsOnly
        resource = Resource.objects.locked().require(command.resource_id)

        changed = change(resource, command.changes, actor=command.user)
        return EditedResource(
            resource_id=resource.pk, title=resource.title, updated_fields=tuple(changed)
        )
