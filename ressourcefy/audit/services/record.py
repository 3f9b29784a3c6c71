"""Writing the audit log; called through `core.services.audit.audit_change` only."""

import json
import re
from collections.abc import Mapping
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, models
from django.utils import timezone

from audit.models import AuditLog
from core.database.parts import Part
from core.models.base import new_id
from core.request_context import current_context
from users.models import User

# Parts of field names whose values identify a person or open a door.
_PERSONAL = re.compile(
    r"password|secret|token|e_?mail|user_?name|bio|avatar|address|agent|description|content|url",
)


class PersonalDataInAudit(ValueError):
    """A state holds a field that the audit log must not keep."""


# Written by hand because they run beside every change: the ORM takes longer to write them than
# PostgreSQL to run them.
_RECORD = f"""
INSERT INTO "{AuditLog._meta.db_table}" (id, created_at, content_type_id, object_id, entity_name,
    action, actor_id, impersonator_id, before_state, after_state, request_id)
VALUES (%(id)s, %(now)s, %(kind)s, %(object)s, %(name)s, %(action)s, %(actor)s,
    %(impersonator)s, %(before)s::jsonb, %(after)s::jsonb, %(request)s)
"""  # noqa: S608 - constants only
_RECORD_FROM = f"""
INSERT INTO "{AuditLog._meta.db_table}" (id, created_at, content_type_id, object_id, entity_name,
    action, actor_id, impersonator_id, after_state, request_id)
SELECT %(entry_id)s, %(entry_at)s, %(entry_kind)s, id::text, %(entry_name)s,
    change, %(entry_actor)s, %(entry_impersonator)s, %(entry_after)s::jsonb, %(entry_request)s
FROM {{rows}}
"""  # noqa: S608 - constants, and a name that our own modules give


def record_change(
    entity: models.Model,
    action: str,
    actor: models.Model | None,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
) -> None:
    """Append one entry. Raises PersonalDataInAudit for a state with a personal field.

    Where such a field changed, its name belongs into the state as `{"changed": ["bio"]}`.
    """
    context = current_context()
    values: dict[str, Any] = {
        "id": new_id(),
        "now": timezone.now(),
        "kind": ContentType.objects.get_for_model(entity).pk,
        "object": str(entity.pk),
        "name": entity._meta.object_name or "",
        "action": AuditLog.Action(action),
        "actor": _person(actor).pk if actor else None,
        "impersonator": context.impersonator_id or None,
        "before": _in_json(before),
        "after": _in_json(after),
        "request": context.request_id,
    }
    with connection.cursor() as cursor:
        cursor.execute(_RECORD, values)


def recording_from(
    rows: str, model: type[models.Model], actor: models.Model | None, after: Mapping[str, Any]
) -> Part:
    """What appends an entry for the row of a part of a statement. Raises as `record_change`."""
    context = current_context()
    return Part(
        text=_RECORD_FROM.format(rows=rows),
        values={
            "entry_id": new_id(),
            "entry_at": timezone.now(),
            "entry_kind": ContentType.objects.get_for_model(model).pk,
            "entry_name": model._meta.object_name or "",
            "entry_actor": _person(actor).pk if actor else None,
            "entry_impersonator": context.impersonator_id or None,
            "entry_after": _in_json(after),
            "entry_request": context.request_id,
        },
    )


def _person(actor: models.Model) -> User:
    if not isinstance(actor, User):
        raise TypeError("The actor of an audited change is a user or None.")
    return actor


def _in_json(state: Mapping[str, Any] | None) -> str | None:
    if state is None:
        return None
    for field in state:
        if _PERSONAL.search(field):
            raise PersonalDataInAudit(f"{field!r} does not belong into the audit log.")
    return json.dumps(dict(state), cls=DjangoJSONEncoder)
