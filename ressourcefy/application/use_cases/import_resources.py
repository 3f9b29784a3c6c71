"""Publish a batch of resources that came from a file."""

from django.db import transaction

from application.dto.commands import ImportResourcesCommand
from application.dto.events import AggregateType, EventType
from application.dto.results import ImportedBatch, RefusedRecord
from application.policies.resource_policy import can_create_resource
from core.exceptions import AccessDenied
from core.outbox import emit_event
from core.services.audit import audit_change
from resources.models import Resource
from resources.services.content import checked_price
from resources.services.import_resources import (
    RecordRefused,
    ResourceRecord,
    checked_record,
    import_resources,
)
from users.models import User


class ImportResources:
    """Adds what its author has not published yet; records that break a rule are left out.

    Raises AccessDenied for accounts that may not publish, and InvalidAction where visibility and
    price do not fit. One event and one audit entry tell of the whole batch.
    """

    @transaction.atomic
    def execute(self, command: ImportResourcesCommand) -> ImportedBatch:
        if not can_create_resource(command.user):
            raise AccessDenied("Only contributors can publish resources.")
        price_cents = checked_price(command.visibility, command.price_cents)

        records, refused = _checked(command)
        # Imports of the same author take turns: each sees what the one before it has added.
        author = User.objects.select_for_update(no_key=True).get(pk=command.user.pk)
        added = import_resources(
            author, records, visibility=command.visibility, price_cents=price_cents
        )
        if added:
            _record(author, added)
        return ImportedBatch(
            added=len(added), already_there=len(records) - len(added), refused=tuple(refused)
        )


def _checked(command: ImportResourcesCommand) -> tuple[list[ResourceRecord], list[RefusedRecord]]:
    records, refused = [], []
    for record in command.records:
        try:
            records.append(checked_record(record.fields))
        except RecordRefused as reason:
            refused.append(RefusedRecord(line=record.line, reason=str(reason)))
    return records, refused


def _record(author: User, added: list[Resource]) -> None:
    first, last = added[0], added[-1]
    emit_event(
        AggregateType.USER,
        author.id,
        EventType.RESOURCES_IMPORTED,
        {"user_id": str(author.id), "count": len(added), "visibility": first.visibility},
    )
    audit_change(
        entity=first,
        action="CREATE",
        actor=author,
        after={
            "imported": len(added),
            "last_id": str(last.id),
            "visibility": first.visibility,
            "price_cents": first.price_cents,
        },
    )
