"""Publish a resource."""

from django.db import transaction

from application.dto.commands import CreateResourceCommand
from application.dto.results import PublishedResource
from application.policies.resource_policy import can_create_resource
from application.services.resource_changes import publish
from core.exceptions import AccessDenied
from resources.types import Visibility


class CreateResource:
    """With its first file, if the command names one: both or nothing.

    Raises AccessDenied for accounts that may not publish, InvalidInput for text or an address that
    is not allowed, and InvalidAction where price, visibility and tags do not fit.
    """

    @transaction.atomic
    def execute(self, command: CreateResourceCommand) -> PublishedResource:
        if not can_create_resource(command.user):
            raise AccessDenied("Only contributors can publish resources.")

        tag_ids = tuple(dict.fromkeys(command.tag_ids))
        resource = publish(
            actor=command.user,
            author=command.user,
            title=command.title,
            description=command.description,
            visibility=command.visibility,
            price_cents=command.price_cents,
            tag_ids=tag_ids,
            file_url=command.file_url,
        )
        return PublishedResource(
            resource_id=resource.pk,
            title=resource.title,
            description=resource.description,
            visibility=Visibility(resource.visibility),
            price_cents=resource.price_cents,
            author_id=command.user.pk,
            tags=tag_ids,
            created_at=resource.created_at,
        )
