"""Who asked for which role: for administrators, and for whoever asked.

Sort -> Nested Loop Left Join
  -> CTE length: the rows of a maintained total
  -> Limit -> Index Scan Backward using users_rolerequest_pkey  or role_request_by_status
  -> Index Scans by key: who asked, their profile, who decided
"""

from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict, cast
from uuid import UUID

from core.metrics import timed_read
from read_models.administration.lists import Table, Wanted, listing_of, one_of, with_id
from read_models.long_lists import total_of
from read_models.pagination import FIRST_PAGE, Listing, PageRequest
from users.exceptions import RoleRequestNotFound
from users.models import User
from users.types import RoleRequestStatus

# Ids are UUIDv7: their order is that of creation.
_NEWEST_FIRST = "id DESC"
_REQUESTS = Table(
    "users_rolerequest",
    order=_NEWEST_FIRST,
    columns="""page.id, page.user_id, asker.email AS user_email, username, asker.role AS role,
        held_role, requested_role, reason, status, decided_by_id AS decided_by,
        decider.email AS decided_by_email, decided_at, decision_reason, page.created_at""",
    joins="""LEFT JOIN users_user AS asker ON asker.id = page.user_id
        LEFT JOIN users_profile AS profile ON profile.user_id = page.user_id
        LEFT JOIN users_user AS decider ON decider.id = decided_by_id""",
)
_LENGTH = total_of("role-requests/%")
_OWN = Table(
    "users_rolerequest",
    order=_NEWEST_FIRST,
    columns="""id, id AS request_id, requested_role, reason, status, decided_at, decision_reason,
        created_at""",
)


@dataclass(frozen=True, slots=True)
class RoleRequestFilters:
    """None means any."""

    status: RoleRequestStatus | None = None
    user_id: UUID | None = None


class RoleRequestItem(TypedDict):
    """A request; `role` is what the account is now, `held_role` what it was when it asked."""

    id: UUID
    user_id: UUID
    user_email: str
    username: str | None
    role: str
    held_role: str
    requested_role: str
    reason: str
    status: str
    decided_by: UUID | None
    decided_by_email: str | None
    decided_at: datetime | None
    decision_reason: str
    created_at: datetime


class OwnRoleRequest(TypedDict):
    """A request as whoever asked sees it: who decided is not their business."""

    request_id: UUID
    requested_role: str
    reason: str
    status: str
    decided_at: datetime | None
    decision_reason: str
    created_at: datetime


@timed_read
def get_role_requests(
    filters: RoleRequestFilters, *, page: PageRequest = FIRST_PAGE
) -> Listing[RoleRequestItem]:
    """The newest first. One query; two where a filter leaves more than is counted."""
    wanted = Wanted()
    if filters.status is not None:
        wanted.where(f"status = '{filters.status}'")
    if filters.user_id is not None:
        wanted.where("user_id = %(user_id)s", user_id=filters.user_id)
    length = None if wanted.is_narrowed else _LENGTH
    found = listing_of(_REQUESTS, wanted, page, length=length)
    return cast("Listing[RoleRequestItem]", found)


@timed_read
def get_role_request(request_id: UUID) -> RoleRequestItem:
    """One query. Raises RoleRequestNotFound."""
    row = one_of(_REQUESTS, with_id(request_id))
    if row is None:
        raise RoleRequestNotFound
    return cast("RoleRequestItem", row)


@timed_read
def get_own_role_requests(user: User, *, page: PageRequest = FIRST_PAGE) -> Listing[OwnRoleRequest]:
    """The newest first. One query; two where there are more than is counted."""
    wanted = Wanted()
    wanted.where("user_id = %(user_id)s", user_id=user.pk)
    found = listing_of(_OWN, wanted, page)
    for item in found.items:
        del item["id"]
    return cast("Listing[OwnRoleRequest]", found)
