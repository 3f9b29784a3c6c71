"""The public page of an author.

One statement over the author's rows of the feed, which are counted and of which the newest are
shown:

    Nested Loop Left Join
      -> CTE author: Index Scans on users_user and users_profile, and
           Aggregate -> Index Scan using feed_of_author
      -> Limit -> Index Scan using feed_of_author
"""

from datetime import datetime
from functools import lru_cache
from typing import TypedDict
from uuid import UUID

from core.metrics import timed_read
from read_models.database import reads_for, replicated
from read_models.resources.cards import NAMELESS
from read_models.statements import asking, rows_of
from resources.models.access import Right, Viewer, right_of
from users.exceptions import UserNotFound

_RECENT = 5
_HAS_PAGE = "is_active AND is_activated AND deleted_at IS NULL"


class AuthorStats(TypedDict):
    """What the viewer may open, counted. Views are not counted yet."""

    total_resources: int
    total_views: int


class RecentResource(TypedDict):
    """A resource on the author's page."""

    id: UUID
    title: str
    created_at: datetime


class AuthorProfile(TypedDict):
    """Who an author is; never the e-mail address."""

    id: UUID
    username: str
    bio: str | None
    avatar_url: str | None
    stats: AuthorStats
    recent_resources: list[RecentResource]


@timed_read
@replicated
def get_author_profile(viewer: Viewer, user_id: UUID) -> AuthorProfile:
    """One query. The page counts and lists what the viewer may open.

    Raises UserNotFound for accounts that are unknown, not activated, deactivated or deleted.
    """
    values = {"author": user_id, "viewer": viewer.pk}
    rows = rows_of(reads_for(viewer), _statement(right_of(viewer)), values)
    if not rows:
        raise UserNotFound
    author = rows[0]
    return {
        "id": user_id,
        "username": author["username"] or NAMELESS,
        "bio": author["bio"] or None,
        "avatar_url": author["avatar_url"],
        "stats": {"total_resources": author["total_resources"], "total_views": 0},
        "recent_resources": [
            {"id": row["resource_id"], "title": row["title"], "created_at": row["created_at"]}
            for row in rows
            if row["resource_id"]
        ],
    }


@lru_cache(maxsize=64)
def _statement(right: Right) -> str:
    shown = f"""FROM resources_feedrow AS feed
        WHERE author_id = %(author)s AND is_live AND {right.is_open}"""
    author = f"""author AS MATERIALIZED (
        SELECT username, bio, avatar_url, (SELECT count(*) {shown}) AS total_resources
        FROM users_user AS account LEFT JOIN users_profile AS profile ON user_id = account.id
        WHERE account.id = %(author)s AND {_HAS_PAGE})"""
    return f"""{asking(right.asks, author)}
        SELECT author.*, recent.* FROM author LEFT JOIN (
            SELECT resource_id, title, created_at {shown}
            ORDER BY created_at DESC, resource_id DESC LIMIT {_RECENT}
        ) AS recent ON true ORDER BY recent.created_at DESC, recent.resource_id DESC"""
