"""Tags, for administrators: in the order of the index `tag_by_name`."""

from datetime import datetime
from typing import TypedDict, cast
from uuid import UUID

from core.metrics import timed_read
from core.services.tags import TagNotFound
from read_models.administration.lists import Table, Wanted, listing_of, one_of, with_id
from read_models.pagination import FIRST_PAGE, Listing, PageRequest

_TAGS = Table(
    "core_tag",
    columns="id, name, slug, created_at, updated_at, deleted_at",
    order="name, id",
)
_LIVE = "deleted_at IS NULL"


class AdministeredTag(TypedDict):
    """A tag; deleted ones are listed on demand."""

    id: UUID
    name: str
    slug: str
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None


@timed_read
def get_administered_tags(
    *, search: str | None = None, include_deleted: bool = False, page: PageRequest = FIRST_PAGE
) -> Listing[AdministeredTag]:
    """By name. One query; two where there are more than is counted."""
    wanted = Wanted()
    if not include_deleted:
        wanted.always(_LIVE)
    wanted.by_part("name", search)
    return cast("Listing[AdministeredTag]", listing_of(_TAGS, wanted, page))


@timed_read
def get_administered_tag(tag_id: UUID, *, include_deleted: bool = False) -> AdministeredTag:
    """One query. Raises TagNotFound."""
    row = one_of(_TAGS, with_id(tag_id, *(() if include_deleted else (_LIVE,))))
    if row is None:
        raise TagNotFound
    return cast("AdministeredTag", row)
