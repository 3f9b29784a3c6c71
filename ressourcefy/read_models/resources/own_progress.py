"""What a person has begun and completed, last visited first."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import FETCH_RAISE, Count

from core.metrics import timed_read
from read_models.pagination import FIRST_PAGE, PageRequest, Pagination
from read_models.resources.cards import to_person
from resources.models import Resource, ResourceProgress
from resources.types import ProgressStatus
from users.models import User

#: The order of every list of progress; it is total, and indexes have it.
LAST_VISITED_FIRST = ("-last_accessed_at", "-id")

_COLUMNS = (
    "status",
    "started_at",
    "last_accessed_at",
    "completed_at",
    "resource__title",
    "resource__author__profile__user_id",
    "resource__author__profile__username",
    "resource__author__profile__avatar_url",
)


@dataclass(frozen=True, slots=True)
class ProgressSummary:
    """How many resources, in all and by how far the person has come."""

    total_resources: int
    completed_count: int
    in_progress_count: int
    not_started_count: int


@dataclass(frozen=True, slots=True)
class FollowedResource:
    """A resource and how far the person has come with it."""

    progress_id: UUID
    resource_id: UUID
    resource_title: str
    author_name: str
    author_avatar: str | None
    status: ProgressStatus
    started_at: datetime | None
    last_accessed_at: datetime | None
    completed_at: datetime | None


@dataclass(frozen=True, slots=True)
class OwnProgress:
    """One page of them; the summary counts all."""

    summary: ProgressSummary
    items: tuple[FollowedResource, ...]
    pagination: Pagination


@timed_read
def get_own_progress(user: User, *, page: PageRequest = FIRST_PAGE) -> OwnProgress:
    """Of the resources that the person may know of. Two queries; one where the page is empty."""
    known = Resource.objects.listed_for(user)
    own = ResourceProgress.objects.filter(user=user, resource__in=known)
    counts = dict(own.order_by().values_list("status").annotate(number=Count("pk")))
    total_count = sum(counts.values())
    items: list[FollowedResource] = []
    if page.offset < total_count:
        rows = (
            own.select_related("resource__author__profile")
            .only(*_COLUMNS)
            .order_by(*LAST_VISITED_FIRST)
            .fetch_mode(FETCH_RAISE)[page.offset : page.offset + page.page_size]
        )
        items = [_to_item(progress) for progress in rows]
    return OwnProgress(
        summary=ProgressSummary(
            total_resources=total_count,
            completed_count=counts.get(ProgressStatus.COMPLETED, 0),
            in_progress_count=counts.get(ProgressStatus.IN_PROGRESS, 0),
            not_started_count=counts.get(ProgressStatus.NOT_STARTED, 0),
        ),
        items=tuple(items),
        pagination=Pagination.of(page, total_count),
    )


def _to_item(progress: ResourceProgress) -> FollowedResource:
    author = to_person(progress.resource.author)
    return FollowedResource(
        progress_id=progress.pk,
        resource_id=progress.resource_id,
        resource_title=progress.resource.title,
        author_name=author.username,
        author_avatar=author.avatar_url,
        status=ProgressStatus(progress.status),
        started_at=progress.started_at,
        last_accessed_at=progress.last_accessed_at,
        completed_at=progress.completed_at,
    )
