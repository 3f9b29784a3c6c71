"""Who asked for which role: for administrators, and for whoever asked."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import FETCH_RAISE, QuerySet

from core.metrics import timed_read
from read_models.pagination import FIRST_PAGE, Listing, PageRequest
from users.exceptions import RoleRequestNotFound
from users.models import RoleRequest, User
from users.types import Role, RoleRequestStatus

# Ids are UUIDv7: their order is that of creation.
_NEWEST_FIRST = "-id"

_COLUMNS = (
    "requested_role",
    "held_role",
    "reason",
    "status",
    "decided_at",
    "decision_reason",
    "created_at",
    "user__email",
    "user__role",
    "user__profile__user_id",
    "user__profile__username",
    "decided_by__email",
)


@dataclass(frozen=True, slots=True)
class RoleRequestFilters:
    """None means any."""

    status: RoleRequestStatus | None = None
    user_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class RoleRequestItem:
    """A request; `role` is what the account is now, `held_role` what it was when it asked."""

    id: UUID
    user_id: UUID
    user_email: str
    username: str | None
    role: Role
    held_role: Role
    requested_role: Role
    reason: str
    status: RoleRequestStatus
    decided_by: UUID | None
    decided_by_email: str | None
    decided_at: datetime | None
    decision_reason: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class OwnRoleRequest:
    """A request as whoever asked sees it: who decided is not their business."""

    request_id: UUID
    requested_role: Role
    reason: str
    status: RoleRequestStatus
    decided_at: datetime | None
    decision_reason: str
    created_at: datetime


@timed_read
def get_role_requests(
    filters: RoleRequestFilters, *, page: PageRequest = FIRST_PAGE
) -> Listing[RoleRequestItem]:
    """The newest first. Two queries; one where the page is empty."""
    requests = RoleRequest.objects.all()
    if filters.status is not None:
        requests = requests.filter(status=filters.status)
    if filters.user_id is not None:
        requests = requests.filter(user_id=filters.user_id)
    count = requests.count()
    items: tuple[RoleRequestItem, ...] = ()
    if page.offset < count:
        items = tuple(_to_item(request) for request in _cut(_loaded(requests), page))
    return Listing(items=items, page=page, count=count)


@timed_read
def get_role_request(request_id: UUID) -> RoleRequestItem:
    """One query. Raises RoleRequestNotFound."""
    request = _loaded(RoleRequest.objects.filter(pk=request_id)).first()
    if request is None:
        raise RoleRequestNotFound
    return _to_item(request)


@timed_read
def get_own_role_requests(user: User, *, page: PageRequest = FIRST_PAGE) -> Listing[OwnRoleRequest]:
    """The newest first. Two queries; one where the page is empty."""
    requests = RoleRequest.objects.filter(user=user)
    count = requests.count()
    items: tuple[OwnRoleRequest, ...] = ()
    if page.offset < count:
        rows = _cut(requests.fetch_mode(FETCH_RAISE), page)
        items = tuple(_to_own(request) for request in rows)
    return Listing(items=items, page=page, count=count)


def _loaded(requests: QuerySet[RoleRequest]) -> QuerySet[RoleRequest]:
    return (
        requests.select_related("user__profile", "decided_by")
        .only(*_COLUMNS)
        .fetch_mode(FETCH_RAISE)
    )


def _cut(requests: QuerySet[RoleRequest], page: PageRequest) -> QuerySet[RoleRequest]:
    return requests.order_by(_NEWEST_FIRST)[page.offset : page.offset + page.page_size]


def _to_item(request: RoleRequest) -> RoleRequestItem:
    profile = getattr(request.user, "profile", None)
    decided_by = request.decided_by
    return RoleRequestItem(
        id=request.pk,
        user_id=request.user_id,
        user_email=request.user.email,
        username=profile.username if profile else None,
        role=Role(request.user.role),
        held_role=Role(request.held_role),
        requested_role=Role(request.requested_role),
        reason=request.reason,
        status=RoleRequestStatus(request.status),
        decided_by=decided_by.pk if decided_by else None,
        decided_by_email=decided_by.email if decided_by else None,
        decided_at=request.decided_at,
        decision_reason=request.decision_reason,
        created_at=request.created_at,
    )


def _to_own(request: RoleRequest) -> OwnRoleRequest:
    return OwnRoleRequest(
        request_id=request.pk,
        requested_role=Role(request.requested_role),
        reason=request.reason,
        status=RoleRequestStatus(request.status),
        decided_at=request.decided_at,
        decision_reason=request.decision_reason,
        created_at=request.created_at,
    )
