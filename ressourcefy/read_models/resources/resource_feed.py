"""The feed: what a person may open, the newest first."""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import BigIntegerField, Exists, Func, OuterRef, Q, Value
from django.db.models.lookups import GreaterThan

from core.metrics import timed_read
from core.models import Tag
from read_models.database import reads_for, replicated
from read_models.pagination import (
    FIRST_PAGE,
    NEWEST_FIRST,
    Cursor,
    CursorPagination,
    PageRequest,
)
from read_models.resources.cards import Card, to_card, with_card
from resources.models import Resource, ResourceQuerySet
from resources.models.access import Viewer
from resources.types import Visibility

# A row of resources is larger than this, so a table of n bytes has fewer than n / 100 rows.
_LEAST_ROW_BYTES = 100


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


@dataclass(frozen=True, slots=True)
class FeedPage:
    """One page of the feed."""

    items: tuple[Card, ...]
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
    """A page by number, or the page behind `cursor`. Two queries, whatever the page size.

    Visitors see what is public and free, others also what is theirs by right. The order is total,
    so pages by cursor repeat and miss nothing while resources are added.
    """
    all_resources = Resource.objects.get_queryset().using(reads_for(viewer))
    rows = _filtered(all_resources, viewer, filters).order_by(*NEWEST_FIRST)
    start = 0
    if cursor:
        rows = rows.filter(cursor.behind())
    elif start := page.offset:
        rows = rows.filter(_table_may_hold_more_than(start))
    # The page is cut before anything is joined, so that the rows it passes over cost little.
    cut = rows.values("pk")[start : start + page.page_size + 1]
    cards = with_card(all_resources.filter(pk__in=cut)).order_by(*NEWEST_FIRST)
    # Without teasers everything is open, and the rule need not be asked twice.
    found = list(cards.with_access(viewer) if filters.include_premium else cards)
    shown, has_next = found[: page.page_size], len(found) > page.page_size
    return FeedPage(
        items=tuple(
            to_card(resource, locked=filters.include_premium and not resource.is_open)
            for resource in shown
        ),
        pagination=CursorPagination(
            page=None if cursor else page.page,
            page_size=page.page_size,
            has_next=has_next,
            has_previous=cursor is not None or page.page > 1,
            next_cursor=str(Cursor(shown[-1].created_at, shown[-1].pk)) if has_next else None,
        ),
    )


def _filtered(
    resources: ResourceQuerySet, viewer: Viewer, filters: FeedFilters
) -> ResourceQuerySet:
    rows = (
        resources.listed_for(viewer) if filters.include_premium else resources.visible_for(viewer)
    )
    if filters.author_id:
        rows = rows.filter(author_id=filters.author_id)
    if filters.visibility:
        rows = rows.filter(visibility=filters.visibility)
    if filters.tag:
        named = Tag.objects.filter(Q(name=filters.tag) | Q(slug=filters.tag)).values("pk")
        filed = Resource.tags.through._default_manager.filter(
            resource_id=OuterRef("pk"), tag_id__in=named
        )
        rows = rows.filter(Exists(filed))
    return rows


def _table_may_hold_more_than(rows: int) -> GreaterThan:
    """False for pages far behind the last one; asked once, so that those cost no scan."""
    size = Func(
        Value(Resource._meta.db_table),
        template="(SELECT pg_relation_size(%(expressions)s::regclass))",
        output_field=BigIntegerField(),
    )
    return GreaterThan(size, Value(rows * _LEAST_ROW_BYTES))
