"""All subjects, for forms and filters."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from core.metrics import timed_read
from core.models import Tag


@dataclass(frozen=True, slots=True)
class TagItem:
    """A live tag."""

    id: UUID
    name: str
    slug: str
    created_at: datetime
    updated_at: datetime


@timed_read
def get_tags() -> list[TagItem]:
    """Every live tag by name; one query."""
    rows = Tag.objects.order_by("name", "id").values_list(
        "id", "name", "slug", "created_at", "updated_at"
    )
    return [TagItem(*row) for row in rows]
