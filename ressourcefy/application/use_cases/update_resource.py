"""Change a resource."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction

from application.dto.commands import UpdateResourceCommand
from application.dto.events import AggregateType, EventType
from application.dto.results import UpdatedResource
from application.policies.resource_policy import can_change_resource
from core.exceptions import AccessDenied
from core.outbox import emit_event
from core.services.audit import audit_change
from resources.models import Resource
from resources.services.access import find_for
from resources.services.update_resource import update_resource
from resources.types import Visibility
from users.models import User

# Whose values the audit log keeps; of the others it keeps that they changed.
_AUDITED_VALUES = ("visibility", "price_cents")


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

        before = {name: getattr(resource, name) for name in _AUDITED_VALUES}
        changed = update_resource(resource, command.changes)
        if changed:
            _record(resource, command.user, before, changed)
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


def _record(
    resource: Resource, actor: User, before: dict[str, Any], changed: Sequence[str]
) -> None:
    audit_change(
        entity=resource,
        action="UPDATE",
        actor=actor,
        before={name: before[name] for name in _AUDITED_VALUES if name in changed},
        after={
            "changed": list(changed),
            **{name: getattr(resource, name) for name in _AUDITED_VALUES if name in changed},
        },
    )
    emit_event(
        AggregateType.RESOURCE,
        resource.pk,
        EventType.RESOURCE_UPDATED,
        {"resource_id": str(resource.pk), "user_id": str(actor.pk)},
    )
