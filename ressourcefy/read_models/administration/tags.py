"""Tags, for administrators."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from core.metrics import timed_read
from core.models import Tag
from core.services.tags import TagNotFound
from read_models.administration.lists import by_part, listing_of
from read_models.pagination import FIRST_PAGE, Listing, PageRequest

_BY_NAME = ("name", "id")


@dataclass(frozen=True, slots=True)
class AdministeredTag:
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
    """By name. Two queries; one where the page is empty."""
    rows = Tag.all_objects.all() if include_deleted else Tag.objects.all()
    return listing_of(
        by_part(rows, "name", search),
        page,
        load=lambda found: found,
        to_item=_to_item,
        order=_BY_NAME,
    )


@timed_read
def get_administered_tag(tag_id: UUID, *, include_deleted: bool = False) -> AdministeredTag:
    """One query. Raises TagNotFound."""
    rows = Tag.all_objects if include_deleted else Tag.objects
    tag = rows.filter(pk=tag_id).first()
    if tag is None:
        raise TagNotFound
    return _to_item(tag)


def _to_item(tag: Tag) -> AdministeredTag:
    return AdministeredTag(
        id=tag.pk,
        name=tag.name,
        slug=tag.slug,
        created_at=tag.created_at,
        updated_at=tag.updated_at,
        deleted_at=tag.deleted_at,
    )
