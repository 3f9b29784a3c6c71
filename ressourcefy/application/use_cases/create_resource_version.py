"""Publish a new file as the next version of a resource."""

from django.db import transaction

from application.dto.commands import CreateResourceVersionCommand
from application.dto.results import PublishedVersion
from application.policies.resource_policy import can_publish_version
from application.services.resource_changes import add_version
from core.exceptions import AccessDenied
from resources.services.access import find_for


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

        return add_version(resource, command.file_url, actor=command.user)
