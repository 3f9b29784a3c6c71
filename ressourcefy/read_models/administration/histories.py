"""What happened lately: to everything, and by and to one person.

Each source is an index read from its newest end, so the cost does not grow with the tables.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.contenttypes.models import ContentType
from django.db.models import FETCH_RAISE, QuerySet
from django.utils.translation import gettext as _

from analytics.models import UserEvent
from audit.models import AuditLog
from core.metrics import timed_read
from read_models.pagination import NEWEST_FIRST
from users.exceptions import UserNotFound
from users.models import User

DEFAULT_LIMIT = 50
MAX_LIMIT = 100

_OF_AUDIT = (
    "created_at",
    "action",
    "entity_name",
    "object_id",
    "before_state",
    "after_state",
    "impersonator_id",
    "actor_id",
)
_SENTENCES = {
    AuditLog.Action.CREATE: "%(entity)s made",
    AuditLog.Action.UPDATE: "%(entity)s changed",
    AuditLog.Action.DELETE: "%(entity)s deleted",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityItem:
    """Something that was changed, or that a person did."""

    id: UUID
    timestamp: datetime
    action: str
    entity_name: str
    object_id: str
    description: str
    impersonator_id: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditItem(ActivityItem):
    """A change and who made it; no address means the system, or somebody who is erased."""

    actor_email: str | None


@dataclass(frozen=True, slots=True)
class UserActivity:
    """What one person did and what was done to their account, the newest first."""

    user_id: UUID
    activities: tuple[ActivityItem, ...]


@timed_read
def get_recent_changes(*, limit: int = DEFAULT_LIMIT) -> tuple[AuditItem, ...]:
    """The newest entries of the audit log. One query."""
    rows = (
        AuditLog.objects.select_related("actor")
        .only(*_OF_AUDIT, "actor__email")
        .fetch_mode(FETCH_RAISE)
        .order_by(*NEWEST_FIRST)[:limit]
    )
    return tuple(
        AuditItem(**_facts(row), actor_email=row.actor.email if row.actor else None) for row in rows
    )


@timed_read
def get_user_activity(user_id: UUID, *, limit: int = DEFAULT_LIMIT) -> UserActivity:
    """Audit and analytics of one live account. Four queries. Raises UserNotFound."""
    if not User.objects.filter(pk=user_id).exists():
        raise UserNotFound
    entries = AuditLog.objects.only(*_OF_AUDIT).fetch_mode(FETCH_RAISE)
    account = ContentType.objects.get_for_model(User)
    changes = {
        row.id: row
        for rows in (
            entries.filter(actor_id=user_id),
            entries.filter(content_type=account, object_id=str(user_id)),
        )
        for row in _newest(rows, limit)
    }
    deeds = _newest(UserEvent.objects.filter(user_id=user_id), limit)
    items = [
        *(ActivityItem(**_facts(row)) for row in changes.values()),
        *(_deed(event) for event in deeds),
    ]
    items.sort(key=lambda item: (item.timestamp, item.id), reverse=True)
    return UserActivity(user_id=user_id, activities=tuple(items[:limit]))


def _newest[R: (AuditLog, UserEvent)](rows: QuerySet[R], limit: int) -> Iterable[R]:
    return rows.order_by(*NEWEST_FIRST)[:limit]


def _facts(row: AuditLog) -> dict[str, Any]:
    return {
        "id": row.id,
        "timestamp": row.created_at,
        "action": row.action,
        "entity_name": row.entity_name,
        "object_id": row.object_id,
        "description": _sentence(row),
        "impersonator_id": row.impersonator_id,
    }


def _sentence(row: AuditLog) -> str:
    """What happened, and the names of the fields it happened to."""
    sentence = _(_SENTENCES[AuditLog.Action(row.action)]) % {"entity": row.entity_name}
    before, after = row.before_state or {}, row.after_state or {}
    fields = {*before, *after} - {"changed"}
    for state in (before, after):
        fields |= {str(name) for name in state.get("changed") or ()}
    return f"{sentence}: {', '.join(sorted(fields))}" if fields else sentence


def _deed(event: UserEvent) -> ActivityItem:
    """An event's name is `subject.verb`, and its data names the subject's id."""
    subject, _dot, verb = event.event_type.rpartition(".")
    subject = subject or verb
    object_id = event.event_data.get(f"{subject.rpartition('.')[2]}_id") or event.user_id or ""
    return ActivityItem(
        id=event.id,
        timestamp=event.created_at,
        action=event.event_type,
        entity_name=subject.rpartition(".")[2].capitalize(),
        object_id=str(object_id),
        description=event.event_type.replace(".", " ").replace("_", " ").capitalize(),
        impersonator_id=None,
    )
