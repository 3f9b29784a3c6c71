"""Where an account is signed in."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models.functions import Now

from core.metrics import timed_read
from read_models.pagination import FIRST_PAGE, NEWEST_FIRST, PageRequest, Pagination
from users.models import User, UserSession


@dataclass(frozen=True, slots=True)
class SessionItem:
    """An open session. It is marked as used when it is refreshed, not on every request."""

    id: UUID
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime
    device: str
    user_agent: str
    ip_address: str | None
    current: bool


@dataclass(frozen=True, slots=True)
class Sessions:
    """One page of them."""

    items: tuple[SessionItem, ...]
    pagination: Pagination


@timed_read
def get_sessions(user: User, *, current: UUID, page: PageRequest = FIRST_PAGE) -> Sessions:
    """The open ones, the newest first; `current` is the session that asks. Two queries.

    Those that an administrator opened in the account's name are in the audit log, not here.
    """
    open_ones = UserSession.objects.filter(
        user=user, revoked_at__isnull=True, expires_at__gt=Now(), impersonator__isnull=True
    )
    total_count = open_ones.count()
    rows = open_ones.order_by(*NEWEST_FIRST)[page.offset : page.offset + page.page_size]
    return Sessions(
        items=tuple(
            SessionItem(
                id=session.id,
                created_at=session.created_at,
                last_used_at=session.rotated_at or session.created_at,
                expires_at=session.expires_at,
                device=session.device,
                user_agent=session.user_agent,
                ip_address=session.ip_address,
                current=session.id == current,
            )
            for session in rows
        ),
        pagination=Pagination.of(page, total_count),
    )
