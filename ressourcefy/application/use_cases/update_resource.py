"""Change a resource."""

from django.db import transaction

from application.dto.commands import UpdateResourceCommand
from application.dto.results import UpdatedResource
from application.policies.resource_policy import can_change_resource
from application.services.resource_changes import change
from core.exceptions import AccessDenied
from resources.models import Resource
from resources.services.access import find_for
from resources.types import Visibility


class UpdateResource:
    """Nothing is recorded where nothing differs.

    Raises ResourceNotFound, AccessDenied for anyone but the author, InvalidInput for text that is
    not allowed, and InvalidAction where price, visibility and tags do not fit in the result.
    """

    @transaction.atomic
    def execute(self, command: UpdateResourceCommand) -> UpdatedResource:
        locked = Resource.objects.locked()
        resource = find_for(command.user, command.resource_id, among=locked)
        if not can_change_resource(command.user, resource):
            raise AccessDenied("Only the author can change a resource.")

        change(resource, command.changes, actor=command.user)
        return UpdatedResource(
            resource_id=resource.pk,
            title=resource.title,
            description=resource.description,
            visibility=Visibility(resource.visibility),
            price_cents=resource.price_cents,
            author_id=resource.author_id,
            tags=tuple(tag.pk for tag in resource.tags.all()),
            updated_at=resource.updated_at,
        )
