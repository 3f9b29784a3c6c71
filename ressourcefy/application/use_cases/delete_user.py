"""Delete somebody else's account."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from application.dto.commands import DeleteUserCommand
from application.dto.events import EventType
from application.dto.results import AccountStanding
from application.exceptions import AdministratorsOnly, NotYoursToManage
from application.policies.account_policy import can_administrate, can_manage_account
from application.services.account_closing import close_account
from application.services.billing.cancellations import end_all_at_stripe
from application.services.standing_changes import record_standing
from application.services.stripe_service import StripeService
from users.exceptions import UserNotFound
from users.models import User
from users.services.roles import keep_a_superadmin, lock_superadmins_and
from users.services.standing import delete_account


@dataclass(slots=True)
class DeleteUser:
    """Soft: the account's sessions end, its address stays taken, what it published stays.

    What the account pays ends first, at Stripe; where that fails the account stays. Raises
    AccessDenied, UserNotFound, for a deleted one as well, NotYoursToManage, LastSuperadmin,
    PaymentsUnavailable, InvalidAction where Stripe ends nothing, or SubscriptionRuns.
    """

    payments: Callable[[], StripeService] = StripeService

    def execute(self, command: DeleteUserCommand) -> AccountStanding:
        with transaction.atomic():
            # Nothing ends at Stripe for a deletion that will not come.
            locked, actor, user = _locked(command)
            if user.is_active:
                keep_a_superadmin(locked, user)
        end_all_at_stripe(self.payments(), user.id, actor=actor)
        return _delete(command)


@transaction.atomic
def _delete(command: DeleteUserCommand) -> AccountStanding:
    locked, actor, user = _locked(command)
    close_account(locked, user, delete_account)
    record_standing(
        user,
        actor=actor,
        event_type=EventType.USER_DELETED,
        before={"is_deleted": False},
        after={"is_deleted": True},
    )
    return AccountStanding(user_id=user.id, is_active=user.is_active, is_deleted=True, changed=True)


def _locked(command: DeleteUserCommand) -> tuple[dict[UUID, User], User, User]:
    """All whom `lock_superadmins_and` locked, who deletes, and who is deleted."""
    locked = lock_superadmins_and(command.user.id, command.user_id)
    # Somebody else may have taken the role away while we waited.
    actor = locked.get(command.user.id)
    if actor is None or not can_administrate(actor):
        raise AdministratorsOnly
    user = locked.get(command.user_id)
    if user is None:
        raise UserNotFound
    if not can_manage_account(actor, user):
        raise NotYoursToManage("You cannot delete this account.")
    return locked, actor, user
