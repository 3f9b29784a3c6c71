"""Everybody's progress on everything, for administrators.

Sort -> Nested Loop Left Join
  -> CTE length: Index Scan on pg_class                  the planner's own figures
  -> Limit -> Index Scan using progress_last_accessed    or progress_of_user,
                                                         progress_on_resource
  -> Index Scans by key: the reader and their profile, the resource and its author
"""

from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict
from uuid import UUID

from core.metrics import timed_read
from read_models.administration.lists import Table, Wanted, known_id, listing_of
from read_models.long_lists import length_of_table
from read_models.pagination import FIRST_PAGE, PageRequest, Pagination
from read_models.resources.cards import NAMELESS
from read_models.statements import Row
from resources.exceptions import ResourceNotFound
from resources.models import Resource
from users.exceptions import UserNotFound
from users.models import User

_PROGRESS = Table(
    "resources_resourceprogress",
    order="last_accessed_at DESC, id DESC",
    columns="""page.id, page.user_id, reader.email AS user_email, username, avatar_url, status,
        started_at, last_accessed_at, completed_at, resource_id, title AS resource_title,
        author_id, author.email AS author_email""",
    joins="""LEFT JOIN users_user AS reader ON reader.id = page.user_id
        LEFT JOIN users_profile AS profile ON profile.user_id = page.user_id
        LEFT JOIN resources_resource AS resource ON resource.id = resource_id
        LEFT JOIN users_user AS author ON author.id = author_id""",
)
_LENGTH = length_of_table("resources_resourceprogress")


class AdministeredProgress(TypedDict):
    """How far one reader has come with one resource, and who both are."""

    id: UUID
    user_id: UUID
    user_email: str
    username: str
    avatar_url: str | None
    status: str
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

    progress_entries: list[AdministeredProgress]
    pagination: Pagination
    filters: ProgressFilters


@timed_read
def get_administered_progress(
    *,
    resource_id: str | None = None,
    user_id: str | None = None,
    page: PageRequest = FIRST_PAGE,
) -> ProgressPage:
    """What was opened last comes first.

    One query, one more for each filter, and one where a filter leaves more than is counted.

    Raises ResourceNotFound and UserNotFound for what never was; what was deleted is found.
    """
    filters = ProgressFilters(
        resource_id=_resource(resource_id) if resource_id is not None else None,
        user_id=_user(user_id) if user_id is not None else None,
    )
    wanted = Wanted()
    if filters.resource_id:
        wanted.where("resource_id = %(resource_id)s", resource_id=filters.resource_id)
    if filters.user_id:
        wanted.where("user_id = %(user_id)s", user_id=filters.user_id)
    length = None if wanted.is_narrowed else _LENGTH
    found = listing_of(_PROGRESS, wanted, page, length=length)
    return ProgressPage(
        progress_entries=[_to_item(row) for row in found.items],
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


def _to_item(row: Row) -> AdministeredProgress:
    return {
        "id": row["id"],
        "user_id": row["user_id"],
        "user_email": row["user_email"],
        "username": row["username"] or NAMELESS,
        "avatar_url": row["avatar_url"],
        "status": row["status"],
        "started_at": row["started_at"],
        "last_accessed_at": row["last_accessed_at"],
        "completed_at": row["completed_at"],
        "resource_id": row["resource_id"],
        "resource_title": row["resource_title"],
        "author_id": row["author_id"],
        "author_email": row["author_email"],
    }
