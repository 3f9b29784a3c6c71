"""Publish a new file as the next version of a resource."""

from django.db import transaction

from application.dto.commands import CreateResourceVersionCommand
from application.dto.events import AggregateType, EventType
from application.dto.results import PublishedVersion
from application.policies.resource_policy import can_publish_version
from core.exceptions import AccessDenied
from core.outbox import emit_event
from core.services.audit import audit_change
from resources.services.access import find_for
from resources.services.create_resource_version import create_resource_version


class CreateResourceVersion:
    """Numbers follow each other without a gap, however many come at once.

    Raises ResourceNotFound, AccessDenied for anyone but the author, and InvalidInput for an address
    that is not allowed.
    """

    @transaction.atomic
    def execute(self, command: CreateResourceVersionCommand) -> PublishedVersion:
        resource = find_for(command.user, command.resource_id)
        if not can_publish_version(command.user, resource):
            raise AccessDenied("Only the author can publish a new version.")

        version = create_resource_version(resource, command.file_url)
        audit_change(
            entity=version,
            action="CREATE",
            actor=command.user,
            after={"resource_id": str(resource.pk), "version_number": version.version_number},
        )
        emit_event(
            AggregateType.RESOURCE,
            resource.pk,
            EventType.RESOURCE_VERSION_PUBLISHED,
            {
                "resource_id": str(resource.pk),
                "version_id": str(version.pk),
                "user_id": str(command.user.pk),
            },
        )
        return PublishedVersion(
            resource_id=resource.pk,
            version_number=version.version_number,
            file_url=version.file_url,
            created_at=version.created_at,
        )
