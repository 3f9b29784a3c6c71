"""The current user, as every sign-in and every page load needs it."""

from uuid import UUID

from django.db import models

from core.metrics import timed_read
from users.exceptions import UserNotFound
from users.models import User
from users.services.accounts import Account, account_of


@timed_read
def get_current_user(user_id: UUID) -> Account:
    """One query. Raises UserNotFound for an account that was deleted a moment ago."""
    user = (
        User.objects.select_related("profile")
        .fetch_mode(models.FETCH_RAISE)
        .filter(pk=user_id)
        .first()
    )
    if user is None:
        raise UserNotFound
    return account_of(user)
