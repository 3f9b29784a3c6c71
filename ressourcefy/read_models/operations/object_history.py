"""What happened to one object, from the audit log."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.contenttypes.models import ContentType
from django.db import models

from audit.models import AuditLog
from core.metrics import timed_read
from read_models.pagination import NEWEST_FIRST, Cursor

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field before and after; None where one of the two says nothing about it."""

    field: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One change. No actor means the system; `impersonator_id` is who acted in the actor's name."""

    at: datetime
    action: str
    actor_id: UUID | None
    actor_name: str | None
    impersonator_id: UUID | None
    changes: tuple[FieldChange, ...]
    request_id: str


@dataclass(frozen=True, slots=True)
class ObjectHistory:
    """A page of changes, newest first; `older` is the cursor of the next one."""

    entries: tuple[HistoryEntry, ...]
    older: str | None


@timed_read
def get_object_history(
    model: type[models.Model], object_id: object, *, behind: Cursor | None = None
) -> ObjectHistory:
    """One query on the index of the object's entries, however many there are."""
    entries = AuditLog.objects.select_related("actor__profile").filter(
        content_type=ContentType.objects.get_for_model(model), object_id=str(object_id)
    )
    if behind is not None:
        entries = entries.filter(behind.behind())
    rows = list(entries.order_by(*NEWEST_FIRST)[: PAGE_SIZE + 1])
    shown, has_more = rows[:PAGE_SIZE], len(rows) > PAGE_SIZE
    last = shown[-1] if shown else None
    return ObjectHistory(
        entries=tuple(_to_entry(row) for row in shown),
        older=str(Cursor(last.created_at, last.id)) if last and has_more else None,
    )


def _to_entry(row: AuditLog) -> HistoryEntry:
    before, after = row.before_state or {}, row.after_state or {}
    profile = getattr(row.actor, "profile", None)
    return HistoryEntry(
        at=row.created_at,
        action=row.action,
        actor_id=row.actor_id,
        actor_name=profile.username if profile else None,
        impersonator_id=row.impersonator_id,
        changes=tuple(
            FieldChange(field, before.get(field), after.get(field))
            for field in sorted({*before, *after})
        ),
        request_id=row.request_id,
    )
