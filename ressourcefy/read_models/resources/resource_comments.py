"""What people say about a resource, the newest first; replies stand in the same list.

One statement. The resource's row of the feed has both the viewer's right and the number of
comments; where the right is missing, comments are not looked for:

    Sort -> Nested Loop Left Join
      -> CTE length: Index Scan using resources_feedrow_pkey
      -> Limit -> Index Scan using comment_of_resource       the resource, the newest first
      -> Index Scan on users_profile by user_id              once for each comment of the page

Most resources have few comments. For those the planner would take any index of the resource's
comments and sort what it finds, also where that is a hundred thousand; so the resource is given as
a range, and in the order, which no other index has.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import TypedDict
from uuid import UUID

from core.metrics import timed_read
from read_models.database import reads_for, replicated
from read_models.pagination import FIRST_PAGE, PageRequest, Pagination
from read_models.resources.cards import NAMELESS, Person, VoteStats
from read_models.statements import Numbered, Row, page_of
from resources.exceptions import ResourceNotFound
from resources.models.access import Right, Viewer, right_of
from resources.services.access import require_open

_OWN_VOTE = """(SELECT value FROM interactions_commentvote
    WHERE user_id = %(viewer)s AND comment_id = page.id)"""


class CommentItem(TypedDict):
    """A comment; `user_vote` is the viewer's own. The parent of a reply may be gone."""

    id: UUID
    content: str
    parent_id: UUID | None
    author: Person
    stats: VoteStats
    user_vote: int | None
    created_at: datetime
    updated_at: datetime
    edited_at: datetime | None


@dataclass(frozen=True, slots=True)
class CommentPage:
    """One page of comments."""

    items: list[CommentItem]
    pagination: Pagination


@timed_read
@replicated
def get_resource_comments(
    viewer: Viewer, resource_id: UUID, *, page: PageRequest = FIRST_PAGE
) -> CommentPage:
    """One query.

    Raises ResourceNotFound, and ResourceLocked where a right is missing.
    """
    numbered = _comments(right_of(viewer), is_visitor=viewer.pk is None)
    values = {"resource": resource_id, "viewer": viewer.pk}
    resource, rows = page_of(reads_for(viewer), numbered, page, values)
    if not resource:
        raise ResourceNotFound
    require_open(is_open=resource["is_open"], visibility=resource["visibility"])
    return CommentPage(
        items=[_to_item(row) for row in rows],
        pagination=Pagination.of(page, resource["total_count"]),
    )


@lru_cache(maxsize=64)
def _comments(right: Right, *, is_visitor: bool) -> Numbered:
    return Numbered(
        asks=right.asks,
        length=f"""SELECT visibility, {right.is_open} AS is_open, comment_count AS total_count
            FROM resources_feedrow AS feed WHERE resource_id = %(resource)s AND is_live""",
        listed="""SELECT * FROM interactions_comment
            WHERE resource_id BETWEEN %(resource)s AND %(resource)s
                AND deleted_at IS NULL AND hidden_at IS NULL AND (SELECT is_open FROM length)""",
        order="resource_id, created_at DESC, id DESC",
        columns=f"""page.id, content, parent_id, author_id, username, avatar_url, upvotes,
            downvotes, {"NULL" if is_visitor else _OWN_VOTE} AS user_vote,
            page.created_at, page.updated_at, edited_at""",
        joins="LEFT JOIN users_profile AS profile ON profile.user_id = page.author_id",
    )


def _to_item(row: Row) -> CommentItem:
    return {
        "id": row["id"],
        "content": row["content"],
        "parent_id": row["parent_id"],
        "author": {
            "id": row["author_id"],
            "username": row["username"] or NAMELESS,
            "avatar_url": row["avatar_url"],
        },
        "stats": {
            "upvotes": row["upvotes"],
            "downvotes": row["downvotes"],
            "total_votes": row["upvotes"] + row["downvotes"],
        },
        "user_vote": row["user_vote"],
        "created_at": row["created_at"],
        "updated_at": row["updated_at"],
        "edited_at": row["edited_at"],
    }
