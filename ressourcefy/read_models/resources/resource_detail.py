"""One resource, whole."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import (
    FETCH_RAISE,
    OuterRef,
    Prefetch,
    SmallIntegerField,
    Subquery,
    Value,
    prefetch_related_objects,
)

from core.metrics import timed_read
from read_models.database import reads_for, replicated
from read_models.resources.cards import (
    ResourceStats,
    live_tags,
    tag_names,
    to_person,
    to_stats,
    with_author,
)
from resources.models import Resource, ResourceVersion, ResourceVote
from resources.models.access import Viewer
from resources.services.access import open_for
from resources.types import Visibility
from users.models import User


@dataclass(frozen=True, slots=True)
class VersionItem:
    """A file of a resource."""

    version_number: int
    file_url: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ResourceDetail:
    """Everything about a resource that the viewer may open; `user_vote` is the viewer's own."""

    id: UUID
    title: str
    description: str
    attribution: str
    author_id: UUID
    author_name: str
    author_avatar: str | None
    tags: tuple[str, ...]
    stats: ResourceStats
    price_cents: int | None
    visibility: Visibility
    versions: tuple[VersionItem, ...]
    user_vote: int | None
    created_at: datetime
    updated_at: datetime


@timed_read
@replicated
def get_resource_detail(viewer: Viewer, resource_id: UUID) -> ResourceDetail:
    """Three queries; one where the viewer is refused.

    Raises ResourceNotFound, and ResourceLocked where a right is missing.
    """
    among = Resource.objects.get_queryset().using(reads_for(viewer))
    rows = with_author(among, "description").annotate(user_vote=_vote_of(viewer))
    resource = open_for(viewer, resource_id, among=rows)
    versions = ResourceVersion.objects.order_by("-version_number").fetch_mode(FETCH_RAISE)
    prefetch_related_objects([resource], live_tags(), Prefetch("versions", queryset=versions))
    author = to_person(resource.author)
    annotated: Any = resource  # mypy does not see what a query annotates
    return ResourceDetail(
        id=resource.pk,
        title=resource.title,
        description=resource.description,
        attribution=resource.attribution,
        author_id=author.id,
        author_name=author.username,
        author_avatar=author.avatar_url,
        tags=tag_names(resource),
        stats=to_stats(resource),
        price_cents=resource.price_cents,
        visibility=Visibility(resource.visibility),
        versions=tuple(
            VersionItem(version.version_number, version.file_url, version.created_at)
            for version in resource.versions.all()
        ),
        user_vote=annotated.user_vote,
        created_at=resource.created_at,
        updated_at=resource.updated_at,
    )


def _vote_of(viewer: Viewer) -> Subquery | Value:
    if not isinstance(viewer, User):
        return Value(None, output_field=SmallIntegerField())
    votes = ResourceVote.objects.filter(user=viewer, resource=OuterRef("pk"))
    return Subquery(votes.values("value"))
