"""Who reads a resource, and how far they have come; for its author and administrators.

A page comes from the index `progress_on_resource`; accounts and profiles are found by key.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict
from uuid import UUID

from django.db.models import FETCH_RAISE

from core.exceptions import AccessDenied
from core.metrics import timed_read
from read_models.database import reads_for
from read_models.long_lists import LongList, long_page_of
from read_models.pagination import FIRST_PAGE, PageRequest, Pagination
from read_models.resources.cards import NAMELESS
from read_models.statements import Row
from resources.models import Resource
from resources.services.access import find_for, may_see_followers
from users.models import User

_READERS = LongList(
    source="""FROM resources_resourceprogress AS progress
        JOIN users_user AS reader ON reader.id = user_id
        WHERE resource_id = %(resource)s AND deleted_at IS NULL""",
    shown="progress.*, email",
    order="last_accessed_at DESC, id DESC",
    columns="""page.id, page.user_id, email AS user_email, username, avatar_url, status,
        started_at, last_accessed_at, completed_at""",
    joins="LEFT JOIN users_profile AS profile ON profile.user_id = page.user_id",
)


class Follower(TypedDict):
    """A reader."""

    id: UUID
    user_id: UUID
    user_email: str
    username: str
    avatar_url: str | None
    status: str
    started_at: datetime | None
    last_accessed_at: datetime | None
    completed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Followers:
    """One page of them; deleted accounts are left out."""

    resource_id: UUID
    resource_title: str
    items: list[Follower]
    pagination: Pagination


@timed_read
def get_followers(user: User, resource_id: UUID, *, page: PageRequest = FIRST_PAGE) -> Followers:
    """Two queries, three where more than MOST_COUNTED read it; one for a refusal.

    Raises ResourceNotFound, and AccessDenied for anybody but the author and administrators.
    """
    resources = Resource.objects.get_queryset().only("title", "visibility", "author_id")
    resource = find_for(user, resource_id, among=resources.fetch_mode(FETCH_RAISE))
    if not may_see_followers(user, resource):
        raise AccessDenied("Only the author can see who follows a resource.")
    number, rows = long_page_of(reads_for(user), _READERS, page, {"resource": resource_id})
    return Followers(
        resource_id=resource_id,
        resource_title=resource.title,
        items=[_to_item(row) for row in rows],
        pagination=Pagination.of(page, number),
    )


def _to_item(row: Row) -> Follower:
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
    }
