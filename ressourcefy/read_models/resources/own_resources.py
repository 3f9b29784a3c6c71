"""What a person has published, of every visibility."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from core.metrics import timed_read
from read_models.pagination import FIRST_PAGE, NEWEST_FIRST, PageRequest, Pagination
from read_models.resources.cards import (
    ResourceStats,
    live_tags,
    tag_names,
    to_stats,
    with_author,
)
from resources.models import Resource
from resources.types import Visibility
from users.models import User


@dataclass(frozen=True, slots=True)
class OwnResource:
    """One of the caller's own resources, whole but for its files."""

    id: UUID
    title: str
    description: str
    visibility: Visibility
    price_cents: int | None
    tags: tuple[str, ...]
    stats: ResourceStats
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class OwnResources:
    """One page of them."""

    items: tuple[OwnResource, ...]
    pagination: Pagination


@timed_read
def get_own_resources(user: User, *, page: PageRequest = FIRST_PAGE) -> OwnResources:
    """The live ones, the newest first. Three queries; one where the page is empty."""
    own = Resource.objects.get_queryset().filter(author=user)
    total_count = own.count()
    items: list[OwnResource] = []
    if page.offset < total_count:
        cut = own.order_by(*NEWEST_FIRST).values("pk")[page.offset : page.offset + page.page_size]
        rows = with_author(Resource.objects.get_queryset().filter(pk__in=cut), "description")
        rows = rows.prefetch_related(live_tags()).order_by(*NEWEST_FIRST)
        items = [_to_item(resource) for resource in rows]
    return OwnResources(items=tuple(items), pagination=Pagination.of(page, total_count))


def _to_item(resource: Resource) -> OwnResource:
    return OwnResource(
        id=resource.pk,
        title=resource.title,
        description=resource.description,
        visibility=Visibility(resource.visibility),
        price_cents=resource.price_cents,
        tags=tag_names(resource),
        stats=to_stats(resource),
        created_at=resource.created_at,
        updated_at=resource.updated_at,
    )
