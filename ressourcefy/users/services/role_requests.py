"""Asking for a role, and what becomes of it. Nobody asks for more than MODERATOR."""

from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _

from core.exceptions import InvalidInput
from users.exceptions import (
    IntroductionMissing,
    RoleHeldAlready,
    RoleNotOnRequest,
    RoleRequestDecided,
    RoleRequestNotFound,
    RoleRequestOutdated,
    RoleRequestPending,
)
from users.models import Profile, RoleRequest, User
from users.types import Role, RoleRequestStatus

MAX_REASON_LENGTH = 1_000
MAX_DECISION_REASON_LENGTH = 500

#: What each role may ask for; administrators for nothing.
ON_REQUEST = {
    Role.USER: (Role.CONTRIBUTOR, Role.MODERATOR),
    Role.CONTRIBUTOR: (Role.MODERATOR,),
    Role.MODERATOR: (Role.CONTRIBUTOR,),
}


def ask_for_role(user: User, requested_role: str, reason: str) -> RoleRequest:
    """The new request. The caller holds the lock on the account.

    Raises RoleHeldAlready, RoleNotOnRequest, IntroductionMissing, RoleRequestPending, and
    InvalidInput for a reason that is too long.
    """
    reason = reason.strip()
    if len(reason) > MAX_REASON_LENGTH:
        raise InvalidInput(details={"reason": [_too_long(MAX_REASON_LENGTH)]})
    if requested_role == user.role:
        raise RoleHeldAlready
    if requested_role not in ON_REQUEST.get(Role(user.role), ()):
        raise RoleNotOnRequest
    profile = Profile.objects.filter(user=user).first()
    if profile is None or not (profile.bio or profile.avatar_url):
        raise IntroductionMissing
    asked = RoleRequest.objects.filter(user=user, requested_role=requested_role)
    if asked.filter(status=RoleRequestStatus.PENDING).exists():
        raise RoleRequestPending
    return RoleRequest.objects.create(
        user=user, requested_role=requested_role, held_role=user.role, reason=reason
    )


def asker_of(request_id: UUID) -> UUID:
    """Who made a request. Raises RoleRequestNotFound."""
    user_id = RoleRequest.objects.filter(pk=request_id).values_list("user_id", flat=True).first()
    if user_id is None:
        raise RoleRequestNotFound
    return user_id


def lock_open_request(request_id: UUID) -> RoleRequest:
    """The undecided request, locked. Raises RoleRequestDecided. Needs a transaction."""
    request = RoleRequest.objects.select_for_update(no_key=True).get(pk=request_id)
    if request.status != RoleRequestStatus.PENDING:
        raise RoleRequestDecided
    return request


def check_still_fits(request: RoleRequest, account: User | None) -> None:
    """Raises RoleRequestOutdated unless the account is there and what it was when it asked.

    So an old wish takes no role away that was given since. `account` is locked.
    """
    if account is None or account.role != request.held_role:
        raise RoleRequestOutdated


def decide_request(
    request: RoleRequest, status: RoleRequestStatus, *, decided_by: User, reason: str
) -> None:
    """Close the request; a rejection needs a reason. The caller holds the row's lock.

    Raises InvalidInput.
    """
    reason = reason.strip()
    if not reason and status == RoleRequestStatus.REJECTED:
        raise InvalidInput(details={"reason": [_("Give a reason.")]})
    if len(reason) > MAX_DECISION_REASON_LENGTH:
        raise InvalidInput(details={"reason": [_too_long(MAX_DECISION_REASON_LENGTH)]})
    request.status = status
    request.decided_by = decided_by
    request.decided_at = timezone.now()
    request.decision_reason = reason
    request.save(
        update_fields=["status", "decided_by", "decided_at", "decision_reason", "updated_at"]
    )


def _too_long(most: int) -> str:
    return _("A reason has at most %(number)s characters.") % {"number": most}
