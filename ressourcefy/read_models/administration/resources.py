"""Resources with their files, for administrators.

    Sort -> Nested Loop Left Join
      -> CTE length: Aggregate -> Seq Scan on core_tally     a few rows
      -> Limit -> Index Scan using resource_live             or another index of the filter's
      -> Index Scan using users_user_pkey
      -> Aggregate -> Index Scans on resources_resource_tags and core_tag_pkey
      -> Aggregate -> Index Scan on resources_resourceversion by resource_id

Tags are looked up one by one: as a join the planner reads all of them for each resource.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict
from uuid import UUID

from core.metrics import timed_read
from read_models.administration.lists import (
    Table,
    Wanted,
    known_id,
    listing_of,
    one_of,
    with_id,
)
from read_models.long_lists import length_of_table, total_of
from read_models.pagination import FIRST_PAGE, Listing, PageRequest
from read_models.statements import Row
from resources.exceptions import ResourceNotFound
from resources.types import Visibility

_LIVE = "deleted_at IS NULL"
_HAS_PRICE = {"true": "price_cents IS NOT NULL", "false": "price_cents IS NULL"}
_FILED = """EXISTS (SELECT FROM resources_resource_tags AS filed
    WHERE filed.resource_id = resources_resource.id AND tag_id = ANY (%(tag_ids)s))"""

_RESOURCES = Table(
    "resources_resource",
    columns="""page.id, title, description, author_id, email AS author_email, visibility,
        price_cents, tag_ids, names, slugs, version_ids, numbers, addresses, times,
        page.created_at, page.updated_at, page.deleted_at""",
    joins="""LEFT JOIN users_user AS author ON author.id = author_id
        CROSS JOIN LATERAL (
            SELECT array_agg(tag.id ORDER BY name, tag.id) AS tag_ids,
                array_agg(name ORDER BY name, tag.id) AS names,
                array_agg(slug ORDER BY name, tag.id) AS slugs
            FROM resources_resource_tags AS filed CROSS JOIN LATERAL (
                SELECT id, name, slug FROM core_tag
                WHERE core_tag.id = filed.tag_id AND core_tag.deleted_at IS NULL OFFSET 0
            ) AS tag WHERE filed.resource_id = page.id
        ) AS tags
        CROSS JOIN LATERAL (
            SELECT array_agg(id ORDER BY version_number DESC) AS version_ids,
                array_agg(version_number ORDER BY version_number DESC) AS numbers,
                array_agg(file_url ORDER BY version_number DESC) AS addresses,
                array_agg(created_at ORDER BY version_number DESC) AS times
            FROM resources_resourceversion WHERE resource_id = page.id
        ) AS versions""",
)


class TagOfResource(TypedDict):
    """A live tag that a resource is filed under."""

    id: UUID
    name: str
    slug: str


class FileOfResource(TypedDict):
    """A version, with the address of its file."""

    id: UUID
    version_number: int
    file_url: str
    created_at: datetime


class AdministeredResource(TypedDict):
    """A whole resource, the newest version first."""

    id: UUID
    title: str
    description: str
    author_id: UUID
    author_email: str
    visibility: str
    price_cents: int | None
    tags: list[TagOfResource]
    versions: list[FileOfResource]
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceFilters:
    """What to list, in a client's words. Of several tags one is enough."""

    author_id: str | None = None
    visibility: str | None = None
    has_price: str | None = None
    search: str | None = None
    tag_ids: Sequence[str] = ()
    include_deleted: bool = False


@timed_read
def get_administered_resources(
    filters: ResourceFilters | None = None, *, page: PageRequest = FIRST_PAGE
) -> Listing[AdministeredResource]:
    """The newest first. One query; two where a filter leaves more than is counted."""
    filters = filters or ResourceFilters()
    wanted = _wanted(filters)
    length = None
    if not wanted.is_narrowed:
        length = _LENGTH_OF_ALL if filters.include_deleted else _LENGTH
    found = listing_of(_RESOURCES, wanted, page, length=length)
    items = [_to_item(row) for row in found.items]
    return Listing(items=items, page=page, count=found.count)


_LENGTH = total_of("resources/%")
_LENGTH_OF_ALL = length_of_table("resources_resource")


@timed_read
def get_administered_resource(
    resource_id: UUID, *, include_deleted: bool = False
) -> AdministeredResource:
    """One query. Raises ResourceNotFound."""
    row = one_of(_RESOURCES, with_id(resource_id, *(() if include_deleted else (_LIVE,))))
    if row is None:
        raise ResourceNotFound
    return _to_item(row)


def _wanted(filters: ResourceFilters) -> Wanted:
    wanted = Wanted()
    if not filters.include_deleted:
        wanted.always(_LIVE)
    wanted.by_id("author_id", filters.author_id)
    wanted.by_word("visibility", filters.visibility, Visibility)
    if filters.has_price in _HAS_PRICE:
        wanted.where(_HAS_PRICE[filters.has_price])
    elif filters.has_price is not None:
        wanted.nothing()
    if filters.tag_ids:
        tag_ids = [tag_id for text in filters.tag_ids if (tag_id := known_id(text))]
        if not tag_ids:
            wanted.nothing()
        wanted.where(_FILED, tag_ids=tag_ids)
    wanted.by_part("title", filters.search)
    return wanted


def _to_item(row: Row) -> AdministeredResource:
    return {
        "id": row["id"],
        "title": row["title"],
        "description": row["description"],
        "author_id": row["author_id"],
        "author_email": row["author_email"],
        "visibility": row["visibility"],
        "price_cents": row["price_cents"],
        "tags": [
            {"id": tag_id, "name": name, "slug": slug}
            for tag_id, name, slug in zip(
                row["tag_ids"] or (), row["names"] or (), row["slugs"] or (), strict=True
            )
        ],
        "versions": [
            {"id": version_id, "version_number": number, "file_url": address, "created_at": time}
            for version_id, number, address, time in zip(
                row["version_ids"] or (),
                row["numbers"] or (),
                row["addresses"] or (),
                row["times"] or (),
                strict=True,
            )
        ],
        "created_at": row["created_at"],
        "updated_at": row["updated_at"],
        "deleted_at": row["deleted_at"],
    }
