"""The public page of an author."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import FETCH_RAISE, Count, IntegerField, OuterRef, Subquery
from django.db.models.functions import Coalesce

from core.metrics import timed_read
from read_models.database import reads_for, replicated
from read_models.pagination import NEWEST_FIRST
from read_models.resources.cards import NAMELESS
from resources.models import Resource
from resources.models.access import Viewer
from users.exceptions import UserNotFound
from users.models import User

_RECENT = 5


@dataclass(frozen=True, slots=True)
class AuthorStats:
    """What the viewer may open, counted. Views are not counted yet."""

    total_resources: int
    total_views: int


@dataclass(frozen=True, slots=True)
class RecentResource:
    """A resource on the author's page."""

    id: UUID
    title: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class AuthorProfile:
    """Who an author is; never the e-mail address."""

    id: UUID
    username: str
    bio: str | None
    avatar_url: str | None
    stats: AuthorStats
    recent_resources: tuple[RecentResource, ...]


@timed_read
@replicated
def get_author_profile(viewer: Viewer, user_id: UUID) -> AuthorProfile:
    """Two queries. The page counts and lists what the viewer may open.

    Raises UserNotFound for accounts that are unknown, not activated, deactivated or deleted.
    """
    database = reads_for(viewer)
    visible = Resource.objects.get_queryset().visible_for(viewer)
    # Grouped by a constant column, so that no row means zero rather than no group.
    counted = (
        visible.filter(author=OuterRef("pk"))
        .order_by()
        .values("author")
        .annotate(number=Count("pk"))
        .values("number")
    )
    author: Any = (  # mypy does not see what a query annotates
        User.objects.get_queryset()
        .using(database)
        .able_to_sign_in()
        .filter(pk=user_id, is_activated=True)
        .select_related("profile")
        .only("profile__user_id", "profile__username", "profile__bio", "profile__avatar_url")
        .annotate(total_resources=Coalesce(Subquery(counted, output_field=IntegerField()), 0))
        .fetch_mode(FETCH_RAISE)
        .first()
    )
    if author is None:
        raise UserNotFound
    recent = (
        visible.using(database)
        .filter(author=author)
        .only("title", "created_at")
        .order_by(*NEWEST_FIRST)
        .fetch_mode(FETCH_RAISE)[:_RECENT]
    )
    profile = getattr(author, "profile", None)
    return AuthorProfile(
        id=author.pk,
        username=profile.username if profile else NAMELESS,
        bio=(profile and profile.bio) or None,
        avatar_url=profile.avatar_url if profile else None,
        stats=AuthorStats(total_resources=author.total_resources, total_views=0),
        recent_resources=tuple(
            RecentResource(id=resource.pk, title=resource.title, created_at=resource.created_at)
            for resource in recent
        ),
    )
