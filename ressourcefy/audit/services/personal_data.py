"""What the audit log holds about one person (`docs/privacy.md`)."""

from collections.abc import Iterator
from uuid import UUID

from django.contrib.contenttypes.models import ContentType
from django.db.models import Q

from audit.models import AuditLog
from core.services.personal_data import Record, Sections
from users.models import User

_COLUMNS = (
    "id",
    "created_at",
    "entity_name",
    "object_id",
    "action",
    "before_state",
    "after_state",
    "request_id",
)
_CHUNK = 500


def personal_data(user_id: UUID) -> Sections:
    """What the person changed, and what others changed of the account; who they were is theirs."""
    return {"audit_entries": _entries(user_id)}


def _entries(user_id: UUID) -> Iterator[Record]:
    by_person = Q(actor_id=user_id)
    account = ContentType.objects.get_for_model(User)
    about = Q(content_type=account, object_id=str(user_id)) & ~by_person
    # Apart, so that each is answered from its own index.
    for condition, by_you in ((by_person, True), (about, False)):
        entries = AuditLog.objects.filter(condition)
        for entry in entries.values(*_COLUMNS, "impersonator_id").iterator(chunk_size=_CHUNK):
            # Whoever acted in the person's name was somebody else.
            in_their_name = entry.pop("impersonator_id") is not None
            yield {**entry, "by_you": by_you and not in_their_name}
