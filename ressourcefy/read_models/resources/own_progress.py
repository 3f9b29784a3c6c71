"""What a person has begun and completed, last visited first.

One statement; title, author and whether it may be known stand in the row of the feed:

    Sort -> Nested Loop Left Join
      -> CTE length: Aggregate -> Nested Loop                 all that the person has begun
           -> Index Scan using progress_of_user
           -> Index Scan using resources_feedrow_pkey
      -> Limit -> Nested Loop                                 the same, in the index's order

The page asks for a range and names the person in its order, so that no other index will do; the
planner would else sort all that somebody has begun, because most have begun little.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import TypedDict
from uuid import UUID

from core.metrics import timed_read
from read_models.database import reads_for
from read_models.pagination import FIRST_PAGE, PageRequest, Pagination
from read_models.resources.cards import NAMELESS
from read_models.statements import Numbered, Row, page_of
from resources.models.access import known_to
from resources.types import ProgressStatus
from users.models import User


class ProgressSummary(TypedDict):
    """How many resources, in all and by how far the person has come."""

    total_resources: int
    completed_count: int
    in_progress_count: int
    not_started_count: int


class FollowedResource(TypedDict):
    """A resource and how far the person has come with it."""

    progress_id: UUID
    resource_id: UUID
    resource_title: str
    author_name: str
    author_avatar: str | None
    status: str
    started_at: datetime | None
    last_accessed_at: datetime | None
    completed_at: datetime | None


@dataclass(frozen=True, slots=True)
class OwnProgress:
    """One page of them; the summary counts all."""

    summary: ProgressSummary
    items: list[FollowedResource]
    pagination: Pagination


@timed_read
def get_own_progress(user: User, *, page: PageRequest = FIRST_PAGE) -> OwnProgress:
    """Of the resources that the person may know of. One query."""
    length, rows = page_of(reads_for(user), _progress(known_to(user)), page, {"viewer": user.pk})
    return OwnProgress(
        summary={
            "total_resources": length["total_count"],
            "completed_count": length["completed_count"],
            "in_progress_count": length["in_progress_count"],
            "not_started_count": length["not_started_count"],
        },
        items=[_to_item(row) for row in rows],
        pagination=Pagination.of(page, length["total_count"]),
    )


@lru_cache(maxsize=8)
def _progress(known: str) -> Numbered:
    def number(status: ProgressStatus) -> str:
        return f"count(*) FILTER (WHERE status = '{status}')"

    # OFFSET 0 keeps the join one of keys: the planner would rather read all rows of the feed.
    own = f"""FROM resources_resourceprogress AS progress CROSS JOIN LATERAL (
            SELECT title, author_name, author_avatar FROM resources_feedrow AS feed
            WHERE feed.resource_id = progress.resource_id AND is_live AND {known} OFFSET 0
        ) AS feed WHERE user_id"""
    return Numbered(
        length=f"""SELECT count(*) AS total_count,
            {number(ProgressStatus.COMPLETED)} AS completed_count,
            {number(ProgressStatus.IN_PROGRESS)} AS in_progress_count,
            {number(ProgressStatus.NOT_STARTED)} AS not_started_count
            {own} = %(viewer)s""",
        listed=f"""SELECT progress.*, title, author_name, author_avatar
            {own} BETWEEN %(viewer)s AND %(viewer)s""",
        order="user_id, last_accessed_at DESC, id DESC",
        columns="""id, resource_id, title, author_name, author_avatar, status, started_at,
            last_accessed_at, completed_at""",
    )


def _to_item(row: Row) -> FollowedResource:
    return {
        "progress_id": row["id"],
        "resource_id": row["resource_id"],
        "resource_title": row["title"],
        "author_name": row["author_name"] or NAMELESS,
        "author_avatar": row["author_avatar"],
        "status": row["status"],
        "started_at": row["started_at"],
        "last_accessed_at": row["last_accessed_at"],
        "completed_at": row["completed_at"],
    }
