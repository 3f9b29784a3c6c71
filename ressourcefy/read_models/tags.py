"""All subjects, for forms and filters. They are few, and all of them are asked for."""

from datetime import datetime
from typing import TypedDict, cast
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS

from core.metrics import timed_read
from read_models.statements import rows_of

_STATEMENT = """SELECT id, name, slug, created_at, updated_at FROM core_tag
    WHERE deleted_at IS NULL ORDER BY name, id"""


class TagItem(TypedDict):
    """A live tag."""

    id: UUID
    name: str
    slug: str
    created_at: datetime
    updated_at: datetime


@timed_read
def get_tags() -> list[TagItem]:
    """Every live tag by name; one query."""
    return cast("list[TagItem]", rows_of(DEFAULT_DB_ALIAS, _STATEMENT, {}))
