"""The feed: what a person may open, the newest first."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypedDict
from uuid import UUID

from core.metrics import timed_read
from read_models.database import reads_for, replicated
from read_models.pagination import FIRST_PAGE, Cursor, CursorPagination, PageRequest
from read_models.resources.cards import NAMELESS, ResourceStats, stats_of
from read_models.resources.feed_statement import Shape, Start, statement
from read_models.statements import Row, rows_of
from resources.models.access import Viewer, feed_parts
from resources.types import Visibility


@dataclass(frozen=True, slots=True)
class FeedFilters:
    """What to narrow the feed to. `tag` is a name or a slug.

    `include_premium` adds teasers of what the viewer has no right to open.
    """

    tag: str | None = None
    author_id: UUID | None = None
    visibility: Visibility | None = None
    include_premium: bool = False


_EVERYTHING = FeedFilters()


class Card(TypedDict):
    """What the feed shows of a resource. `locked`: the viewer has no right to open it.

    A dictionary, because a page of dataclasses costs as much as everything else about the page.
    """

    id: UUID
    title: str
    excerpt: str
    attribution: str
    author_id: UUID
    author_name: str
    author_avatar: str | None
    tags: list[str]
    stats: ResourceStats
    price_cents: int | None
    visibility: str
    created_at: datetime
    locked: bool


@dataclass(frozen=True, slots=True)
class FeedPage:
    """One page of the feed."""

    items: list[Card]
    pagination: CursorPagination


@timed_read
@replicated
def get_resource_feed(
    viewer: Viewer,
    *,
    page: PageRequest = FIRST_PAGE,
    cursor: Cursor | None = None,
    filters: FeedFilters = _EVERYTHING,
) -> FeedPage:
    """A page by number, or the page behind `cursor`. One query, whatever the page size.

    Visitors see what is public and free, others also what is theirs by right. The order is total,
    so pages by cursor repeat and miss nothing while resources are added.
    """
    values: dict[str, Any] = {}
    if cursor:
        start = Start.CURSOR
        values |= {"at": cursor.created_at, "id": cursor.id}
    elif page.offset:
        start = Start.NUMBER
        values["skipped"] = page.offset
    else:
        start = Start.TOP
    if viewer.pk:
        values["viewer"] = viewer.pk
    if filters.author_id:
        values["author"] = filters.author_id
    if filters.tag:
        values["tag"] = filters.tag
    shape = Shape(
        parts=feed_parts(viewer, with_teasers=filters.include_premium),
        start=start,
        limit=page.page_size + 1,
        by_author=filters.author_id is not None,
        by_tag=filters.tag is not None,
        visibility=filters.visibility,
    )
    rows = rows_of(reads_for(viewer), statement(shape), values)
    items = [_to_card(row) for row in rows[: page.page_size]]
    has_next = len(rows) > page.page_size
    return FeedPage(
        items=items,
        pagination=CursorPagination(
            page=None if cursor else page.page,
            page_size=page.page_size,
            has_next=has_next,
            has_previous=cursor is not None or page.page > 1,
            next_cursor=str(Cursor(items[-1]["created_at"], items[-1]["id"])) if has_next else None,
        ),
    )


def _to_card(row: Row) -> Card:
    return {
        "id": row["resource_id"],
        "title": row["title"],
        "excerpt": row["excerpt"],
        "attribution": row["attribution"],
        "author_id": row["author_id"],
        "author_name": row["author_name"] or NAMELESS,
        "author_avatar": row["author_avatar"],
        "tags": row["tags"],
        "stats": stats_of(row),
        "price_cents": row["price_cents"],
        "visibility": row["visibility"],
        "created_at": row["created_at"],
        "locked": not row["is_open"],
    }
