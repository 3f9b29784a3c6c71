"""Bring a deleted resource back."""

from django.db import transaction

from application.dto.commands import RestoreResourceCommand
from application.dto.events import AggregateType, EventType
from application.dto.results import ContentStanding
from application.exceptions import AdministratorsOnly
from application.policies.account_policy import can_remove_content
from core.outbox import emit_event
from core.services.audit import audit_change
from resources.models import Resource, ResourceQuerySet


class RestoreResource:
    """Its versions, votes and comments never left.

    Raises AccessDenied, or ResourceNotFound unless the resource is deleted.
    """

    @transaction.atomic
    def execute(self, command: RestoreResourceCommand) -> ContentStanding:
        if not can_remove_content(command.user):
            raise AdministratorsOnly
        deleted = ResourceQuerySet(Resource).deleted()
        resource = deleted.locked().require(command.resource_id)

        resource.restore()
        audit_change(
            entity=resource,
            action="UPDATE",
            actor=command.user,
            before={"is_deleted": True},
            after={"is_deleted": False},
        )
        emit_event(
            AggregateType.RESOURCE,
            resource.pk,
            EventType.RESOURCE_RESTORED,
            {"resource_id": str(resource.pk), "user_id": str(command.user.pk)},
        )
        return ContentStanding(object_id=resource.pk, is_deleted=False)
