"""Leaving nothing personal of an account: what is done, in which order (`docs/privacy.md`).

Each step can be repeated, and the account counts as erased with the last one only: what a crash
left undone is done by the next try. No step needs rights that the application's role has not.
"""

import logging
from collections.abc import Callable
from uuid import UUID

from django.db import transaction

from analytics.services.erasure import forget_clients
from application.dto.events import EventType
from application.dto.results import ErasedAccounts
from application.services.billing.cancellations import end_all_at_stripe
from application.services.standing_changes import record_standing
from application.services.stripe_service import StripeService
from core.exceptions import DomainError
from monetization.services.erasure import empty_deliveries, forget_pages
from resources.services.erasure import forget_progress
from users.services.erasure import accounts_to_erase, lock_account_to_erase, make_tombstone
from users.services.exports import remove_exports
from users.services.standing import deleted_user

logger = logging.getLogger(__name__)

_BATCH = 20


def erase(user_id: UUID, *, payments: Callable[[], StripeService]) -> None:
    """Erase a deleted account, whether or not its grace period is over.

    Raises UserNotFound for one that is not deleted, or erased already; PaymentsUnavailable while
    Stripe cannot be told.
    """
    user = deleted_user(user_id)
    # A checkout that was open when the account was deleted may have been paid since.
    end_all_at_stripe(payments(), user_id, actor=user)
    empty_deliveries(user_id, email=user.email)
    forget_clients(user_id)
    with transaction.atomic():
        user = lock_account_to_erase(user_id)
        forget_progress(user)
        forget_pages(user)
        remove_exports(user)
        make_tombstone(user)
        record_standing(
            user,
            actor=None,
            event_type=EventType.USER_ERASED,
            before={"is_erased": False},
            after={"is_erased": True},
        )


def erase_due(*, payments: Callable[[], StripeService] = StripeService.patient) -> ErasedAccounts:
    """Erase some of the accounts whose grace period is over; one that fails is left for later."""
    erased = failed = 0
    for user_id in accounts_to_erase(_BATCH):
        try:
            erase(user_id, payments=payments)
            erased += 1
        except DomainError as refusal:
            failed += 1
            logger.warning(
                "An account could not be erased; it is tried again.",
                extra={"user_id": str(user_id), "reason": refusal.code},
            )
    return ErasedAccounts(erased=erased, failed=failed)
