"""Add a file to somebody else's resource as its next version."""

from django.db import transaction

from application.dto.commands import AddResourceVersionCommand
from application.dto.results import PublishedVersion
from application.exceptions import AdministratorsOnly
from application.policies.account_policy import can_edit_content
from application.services.resource_changes import add_version
from resources.models import Resource


class AddResourceVersion:
    """What `CreateResourceVersion` is for authors, for administrators.

    Raises AccessDenied, ResourceNotFound, for a deleted one as well, and InvalidInput for an
    address that is not allowed.
    """

    @transaction.atomic
    def execute(self, command: AddResourceVersionCommand) -> PublishedVersion:
        if not can_edit_content(command.user):
            raise AdministratorsOnly

        resource = Resource.objects.require(command.resource_id)
        return add_version(resource, command.file_url, actor=command.user)
