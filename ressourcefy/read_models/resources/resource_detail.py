"""One resource, whole.

One statement, whatever there is of tags and files:

    Nested Loop
      -> CTE found: Index Scan using resources_feedrow_pkey     the viewer's right, in the same row
      -> Index Scan using resources_resource_pkey               the whole description
      -> Aggregate -> Index Scan on resources_resourceversion by resource_id
"""

from datetime import datetime
from functools import lru_cache
from typing import TypedDict
from uuid import UUID

from core.metrics import timed_read
from read_models.database import reads_for, replicated
from read_models.resources.cards import NAMELESS, ResourceStats, stats_of
from read_models.statements import asking, rows_of
from resources.exceptions import ResourceNotFound
from resources.models.access import Right, Viewer, right_of
from resources.services.access import require_open

_OWN_VOTE = """(SELECT value FROM resources_resourcevote
    WHERE user_id = %(viewer)s AND resource_id = %(resource)s)"""


class VersionItem(TypedDict):
    """A file of a resource."""

    version_number: int
    file_url: str
    created_at: datetime


class ResourceDetail(TypedDict):
    """Everything about a resource that the viewer may open; `user_vote` is the viewer's own."""

    id: UUID
    title: str
    description: str
    attribution: str
    author_id: UUID
    author_name: str
    author_avatar: str | None
    tags: list[str]
    stats: ResourceStats
    price_cents: int | None
    visibility: str
    versions: list[VersionItem]
    user_vote: int | None
    created_at: datetime
    updated_at: datetime


@timed_read
@replicated
def get_resource_detail(viewer: Viewer, resource_id: UUID) -> ResourceDetail:
    """One query. Raises ResourceNotFound, and ResourceLocked where a right is missing."""
    statement = _statement(right_of(viewer), is_visitor=viewer.pk is None)
    values = {"resource": resource_id, "viewer": viewer.pk}
    found = rows_of(reads_for(viewer), statement, values)
    if not found:
        raise ResourceNotFound
    row = found[0]
    require_open(is_open=row["is_open"], visibility=row["visibility"])
    return {
        "id": resource_id,
        "title": row["title"],
        "description": row["description"],
        "attribution": row["attribution"],
        "author_id": row["author_id"],
        "author_name": row["author_name"] or NAMELESS,
        "author_avatar": row["author_avatar"],
        "tags": row["tags"],
        "stats": stats_of(row),
        "price_cents": row["price_cents"],
        "visibility": row["visibility"],
        "versions": [
            {"version_number": number, "file_url": address, "created_at": time}
            for number, address, time in zip(
                row["numbers"], row["addresses"], row["times"], strict=True
            )
        ],
        "user_vote": row["user_vote"],
        "created_at": row["created_at"],
        "updated_at": row["updated_at"],
    }


@lru_cache(maxsize=64)
def _statement(right: Right, *, is_visitor: bool) -> str:
    found = f"""found AS MATERIALIZED (
        SELECT *, {right.is_open} AS is_open FROM resources_feedrow AS feed
        WHERE resource_id = %(resource)s AND is_live)"""
    return f"""{asking(right.asks, found)}
        SELECT is_open, found.visibility, found.title, description, found.attribution,
            found.author_id, author_name, author_avatar, tags, found.comment_count, found.upvotes,
            found.downvotes, found.price_cents, numbers, addresses, times,
            {"NULL" if is_visitor else _OWN_VOTE} AS user_vote,
            found.created_at, resource.updated_at
        FROM found JOIN resources_resource AS resource ON resource.id = found.resource_id
        CROSS JOIN LATERAL (
            SELECT {_files("version_number")} AS numbers, {_files("file_url")} AS addresses,
                {_files("created_at")} AS times
            FROM resources_resourceversion WHERE resource_id = found.resource_id
        ) AS version"""


def _files(column: str) -> str:
    return f"coalesce(array_agg({column} ORDER BY version_number DESC), '{{}}')"
