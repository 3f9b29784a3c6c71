"""Delete one's own account: at once for everybody, for good after a while."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from django.db import transaction

from application.dto.commands import DeleteOwnAccountCommand
from application.dto.events import EventType
from application.dto.results import DeletedAccount
from application.exceptions import NoLocalPassword, NotYourPassword
from application.services.account_closing import close_account
from application.services.attempts import attempt_password_proof
from application.services.billing.cancellations import end_all_at_stripe
from application.services.standing_changes import record_standing
from application.services.stripe_service import StripeService
from users.exceptions import SessionEnded
from users.models import User
from users.services.passwords import is_password_of
from users.services.roles import keep_a_superadmin, lock_superadmins_and
from users.services.standing import delete_account_for_good
from users.types import AuthProvider


@dataclass(slots=True)
class DeleteOwnAccount:
    """What it pays ends first, at Stripe; where that fails the account stays.

    Raises NotYourPassword, NoLocalPassword, TooManyRequests after a few wrong ones, LastSuperadmin,
    PaymentsUnavailable, InvalidAction where Stripe ends nothing, SessionEnded or SubscriptionRuns.
    """

    payments: Callable[[], StripeService] = StripeService

    def execute(self, command: DeleteOwnAccountCommand) -> DeletedAccount:
        user = command.user
        if user.auth_provider != AuthProvider.LOCAL:
            raise NoLocalPassword
        attempt = attempt_password_proof(user.id)
        if not is_password_of(user, command.password):
            raise NotYourPassword
        attempt.was_right()
        with transaction.atomic():
            # Nothing ends at Stripe for a deletion that will not come.
            keep_a_superadmin(lock_superadmins_and(user.id), user)
        end_all_at_stripe(self.payments(), user.id, actor=user)
        return self._delete(user)

    @transaction.atomic
    def _delete(self, known: User) -> DeletedAccount:
        locked = lock_superadmins_and(known.id)
        user = locked.get(known.id)
        # The password was proved for the account as it was.
        if user is None or not user.is_active or user.password != known.password:
            raise SessionEnded
        close_account(locked, user, delete_account_for_good)
        record_standing(
            user,
            actor=user,
            event_type=EventType.USER_DELETION_REQUESTED,
            before={"is_deleted": False},
            after={"is_deleted": True, "is_to_be_erased": True},
        )
        return DeletedAccount(user_id=user.id, erase_after=cast("datetime", user.erase_after))
