"""Writing the audit log; called through `core.services.audit.audit_change` only."""

import re
from collections.abc import Mapping
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import models

from audit.models import AuditLog
from core.request_context import current_context
from users.models import User

# Parts of field names whose values identify a person or open a door.
_PERSONAL = re.compile(
    r"password|secret|token|e_?mail|user_?name|bio|avatar|address|agent|description|content|url",
)


class PersonalDataInAudit(ValueError):
    """A state holds a field that the audit log must not keep."""


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
    if actor is not None and not isinstance(actor, User):
        raise TypeError("The actor of an audited change is a user or None.")
    AuditLog.objects.create(
        content_type=ContentType.objects.get_for_model(entity),
        object_id=str(entity.pk),
        entity_name=entity._meta.object_name or "",
        action=AuditLog.Action(action),
        actor=actor,
        impersonator_id=current_context().impersonator_id or None,
        before_state=_checked(before),
        after_state=_checked(after),
        request_id=current_context().request_id,
    )


def _checked(state: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if state is None:
        return None
    for field in state:
        if _PERSONAL.search(field):
            raise PersonalDataInAudit(f"{field!r} does not belong into the audit log.")
    return dict(state)
