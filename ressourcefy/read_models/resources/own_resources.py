"""What a person has published, of every visibility.

Counted and cut in the narrow rows of the feed, by one statement; descriptions are read for the
page alone:

    Sort -> Nested Loop Left Join
      -> CTE length: Aggregate -> Index Scan using feed_of_author
      -> Limit -> Index Scan using feed_of_author
      -> Index Scan using resources_resource_pkey
"""

from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict
from uuid import UUID

from core.metrics import timed_read
from read_models.database import reads_for
from read_models.pagination import FIRST_PAGE, PageRequest, Pagination
from read_models.resources.cards import ResourceStats, stats_of
from read_models.statements import Numbered, Row, page_of
from users.models import User

_OWN = "FROM resources_feedrow AS feed WHERE author_id = %(author)s AND is_live"
_NUMBERED = Numbered(
    length=f"SELECT count(*) AS total_count {_OWN}",
    listed=f"SELECT * {_OWN}",
    order="created_at DESC, resource_id DESC",
    columns="""page.resource_id AS id, page.title, description, page.visibility, page.price_cents,
        tags, page.comment_count, page.upvotes, page.downvotes, page.created_at, updated_at""",
    joins="LEFT JOIN resources_resource AS resource ON resource.id = page.resource_id",
)


class OwnResource(TypedDict):
    """One of the caller's own resources, whole but for its files."""

    id: UUID
    title: str
    description: str
    visibility: str
    price_cents: int | None
    tags: list[str]
    stats: ResourceStats
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class OwnResources:
    """One page of them."""

    items: list[OwnResource]
    pagination: Pagination


@timed_read
def get_own_resources(user: User, *, page: PageRequest = FIRST_PAGE) -> OwnResources:
    """The live ones, the newest first. One query."""
    length, rows = page_of(reads_for(user), _NUMBERED, page, {"author": user.pk})
    return OwnResources(
        items=[_to_item(row) for row in rows],
        pagination=Pagination.of(page, length["total_count"]),
    )


def _to_item(row: Row) -> OwnResource:
    return {
        "id": row["id"],
        "title": row["title"],
        "description": row["description"],
        "visibility": row["visibility"],
        "price_cents": row["price_cents"],
        "tags": row["tags"],
        "stats": stats_of(row),
        "created_at": row["created_at"],
        "updated_at": row["updated_at"],
    }
