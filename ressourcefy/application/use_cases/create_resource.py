"""Publish a resource."""

from typing import Any

from django.db import transaction

from application.dto.commands import CreateResourceCommand
from application.dto.events import AggregateType, EventType
from application.dto.results import PublishedResource
from application.policies.resource_policy import can_create_resource
from core.exceptions import AccessDenied
from core.outbox import emit_event
from core.services.audit import audit_change
from resources.services.create_resource import create_resource
from resources.services.create_resource_version import create_resource_version
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
        resource = create_resource(
            author=command.user,
            title=command.title,
            description=command.description,
            visibility=command.visibility,
            price_cents=command.price_cents,
            tag_ids=tag_ids,
        )
        if command.file_url:
            create_resource_version(resource, command.file_url)

        state: dict[str, Any] = {
            "visibility": resource.visibility,
            "price_cents": resource.price_cents,
            "tags": [str(tag_id) for tag_id in tag_ids],
            "versions": 1 if command.file_url else 0,
        }
        audit_change(entity=resource, action="CREATE", actor=command.user, after=state)
        emit_event(
            AggregateType.RESOURCE,
            resource.pk,
            EventType.RESOURCE_PUBLISHED,
            {"resource_id": str(resource.pk), "user_id": str(command.user.pk)},
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
