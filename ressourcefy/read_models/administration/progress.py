"""Everybody's progress on everything, for administrators."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import FETCH_RAISE, QuerySet

from core.metrics import timed_read
from read_models.administration.lists import known_id, listing_of
from read_models.pagination import FIRST_PAGE, PageRequest, Pagination
from read_models.resources.cards import to_person
from resources.exceptions import ResourceNotFound
from resources.models import Resource, ResourceProgress
from resources.types import ProgressStatus
from users.exceptions import UserNotFound
from users.models import User

_LAST_ACCESSED_FIRST = ("-last_accessed_at", "-id")
_COLUMNS = (
    "user_id",
    "user__email",
    "user__profile__user_id",
    "user__profile__username",
    "user__profile__avatar_url",
    "status",
    "started_at",
    "last_accessed_at",
    "completed_at",
    "resource_id",
    "resource__title",
    "resource__author_id",
    "resource__author__email",
)


@dataclass(frozen=True, slots=True)
class AdministeredProgress:
    """How far one reader has come with one resource, and who both are."""

    id: UUID
    user_id: UUID
    user_email: str
    username: str
    avatar_url: str | None
    status: ProgressStatus
    started_at: datetime | None
    last_accessed_at: datetime | None
    completed_at: datetime | None
    resource_id: UUID
    resource_title: str
    author_id: UUID
    author_email: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgressFilters:
    """What the list was narrowed to."""

    resource_id: UUID | None = None
    user_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class ProgressPage:
    """One page of it."""

    progress_entries: tuple[AdministeredProgress, ...]
    pagination: Pagination
    filters: ProgressFilters


@timed_read
def get_administered_progress(
    *,
    resource_id: str | None = None,
    user_id: str | None = None,
    page: PageRequest = FIRST_PAGE,
) -> ProgressPage:
    """What was opened last comes first. Two queries, one more for each filter.

    Raises ResourceNotFound and UserNotFound for what never was; what was deleted is found.
    """
    filters = ProgressFilters(
        resource_id=_resource(resource_id) if resource_id is not None else None,
        user_id=_user(user_id) if user_id is not None else None,
    )
    rows = ResourceProgress.objects.all()
    if filters.resource_id:
        rows = rows.filter(resource_id=filters.resource_id)
    if filters.user_id:
        rows = rows.filter(user_id=filters.user_id)
    found = listing_of(rows, page, load=_loaded, to_item=_to_item, order=_LAST_ACCESSED_FIRST)
    return ProgressPage(
        progress_entries=found.items,
        pagination=Pagination.of(page, found.count),
        filters=filters,
    )


def _resource(text: str) -> UUID:
    resource_id = known_id(text)
    if resource_id is None or not Resource.all_objects.filter(pk=resource_id).exists():
        raise ResourceNotFound
    return resource_id


def _user(text: str) -> UUID:
    user_id = known_id(text)
    if user_id is None or not User.all_objects.filter(pk=user_id).exists():
        raise UserNotFound
    return user_id


def _loaded(rows: QuerySet[ResourceProgress]) -> QuerySet[ResourceProgress]:
    return (
        rows.select_related("user__profile", "resource__author")
        .only(*_COLUMNS)
        .fetch_mode(FETCH_RAISE)
    )


def _to_item(row: ResourceProgress) -> AdministeredProgress:
    reader = to_person(row.user)
    return AdministeredProgress(
        id=row.pk,
        user_id=reader["id"],
        user_email=row.user.email,
        username=reader["username"],
        avatar_url=reader["avatar_url"],
        status=ProgressStatus(row.status),
        started_at=row.started_at,
        last_accessed_at=row.last_accessed_at,
        completed_at=row.completed_at,
        resource_id=row.resource_id,
        resource_title=row.resource.title,
        author_id=row.resource.author_id,
        author_email=row.resource.author.email,
    )
