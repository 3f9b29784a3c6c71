"""Who reads a resource, and how far they have come; for its author and administrators."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import FETCH_RAISE

from core.exceptions import AccessDenied
from core.metrics import timed_read
from read_models.pagination import FIRST_PAGE, PageRequest, Pagination
from read_models.resources.cards import to_person
from read_models.resources.own_progress import LAST_VISITED_FIRST
from resources.models import Resource, ResourceProgress
from resources.services.access import find_for, may_see_followers
from resources.types import ProgressStatus
from users.models import User

_COLUMNS = (
    "status",
    "started_at",
    "last_accessed_at",
    "completed_at",
    "user__email",
    "user__profile__user_id",
    "user__profile__username",
    "user__profile__avatar_url",
)


@dataclass(frozen=True, slots=True)
class Follower:
    """A reader."""

    id: UUID
    user_id: UUID
    user_email: str
    username: str
    avatar_url: str | None
    status: ProgressStatus
    started_at: datetime | None
    last_accessed_at: datetime | None
    completed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Followers:
    """One page of them; deleted accounts are left out."""

    resource_id: UUID
    resource_title: str
    items: tuple[Follower, ...]
    pagination: Pagination


@timed_read
def get_followers(user: User, resource_id: UUID, *, page: PageRequest = FIRST_PAGE) -> Followers:
    """Three queries; two where the page is empty, one for a refusal.

    Raises ResourceNotFound, and AccessDenied for anybody but the author and administrators.
    """
    resources = Resource.objects.get_queryset().only("title", "visibility", "author_id")
    resource = find_for(user, resource_id, among=resources.fetch_mode(FETCH_RAISE))
    if not may_see_followers(user, resource):
        raise AccessDenied("Only the author can see who follows a resource.")
    readers = ResourceProgress.objects.filter(
        resource_id=resource_id, user__deleted_at__isnull=True
    )
    total_count = readers.count()
    items: list[Follower] = []
    if page.offset < total_count:
        rows = (
            readers.select_related("user__profile")
            .only(*_COLUMNS)
            .order_by(*LAST_VISITED_FIRST)
            .fetch_mode(FETCH_RAISE)[page.offset : page.offset + page.page_size]
        )
        items = [_to_item(progress) for progress in rows]
    return Followers(
        resource_id=resource_id,
        resource_title=resource.title,
        items=tuple(items),
        pagination=Pagination.of(page, total_count),
    )


def _to_item(progress: ResourceProgress) -> Follower:
    person = to_person(progress.user)
    return Follower(
        id=progress.pk,
        user_id=person.id,
        user_email=progress.user.email,
        username=person.username,
        avatar_url=person.avatar_url,
        status=ProgressStatus(progress.status),
        started_at=progress.started_at,
        last_accessed_at=progress.last_accessed_at,
        completed_at=progress.completed_at,
    )
