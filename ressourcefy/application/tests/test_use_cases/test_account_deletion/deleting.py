"""What tests of deleted accounts share: deleting them, and letting time pass."""

from datetime import timedelta

from django.utils import timezone

from application.dto.commands import (
    DeleteOwnAccountCommand,
)
from application.dto.results import DeletedAccount
from application.use_cases.delete_own_account import DeleteOwnAccount
from users.models import User
from users.tests.factories import PASSWORD


def delete(user: User, password: str = PASSWORD) -> DeletedAccount:
    """Delete one's own account."""
    return DeleteOwnAccount().execute(DeleteOwnAccountCommand(user=user, password=password))


def as_stored(user: User) -> User:
    """The row of the account, whatever became of it."""
    return User.all_objects.get(pk=user.pk)


def let_grace_pass(user: User) -> None:
    """Move the end of the grace period into the past."""
    User.all_objects.filter(pk=user.pk).update(erase_after=timezone.now() - timedelta(seconds=1))
