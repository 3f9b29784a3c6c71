"""Make the first superadmin of an installation."""

from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from application.dto.commands import CreateSuperadminCommand
from application.dto.results import Superadmin
from application.services.role_changes import record_role_change
from core.exceptions import InvalidInput
from core.services.audit import audit_change
from users.exceptions import EmailAlreadyUsed
from users.models import User, normal_email
from users.services.passwords import change_password, password_problems
from users.services.roles import change_role, lock_superadmins_and
from users.services.usernames import unique_username
from users.types import AuthProvider, OnboardingStep, Role
from users.validators import normal_username, username_problems


class CreateSuperadmin:
    """Can be repeated: a superadmin who is there already is left alone, password included.

    Another account with that address becomes a superadmin: it gets the given password and loses its
    sessions, but keeps its name. Raises InvalidInput, UsernameTaken, or EmailAlreadyUsed where the
    account is deactivated, deleted or a provider's.
    """

    def execute(self, command: CreateSuperadminCommand) -> Superadmin:
        email, username = normal_email(command.email), normal_username(command.username)
        present = User.objects.filter(email=email, role=Role.SUPERADMIN).first()
        if present is not None:
            return Superadmin(user_id=present.id, changed=False)
        self._check(email=email, username=username, password=command.password)
        return self._make(email, username, make_password(command.password))

    def _check(self, *, email: str, username: str, password: str) -> None:
        problems = {
            "email": _email_problems(email),
            "username": username_problems(username),
            "password": password_problems(password, email=email, username=username),
        }
        if details := {field: texts for field, texts in problems.items() if texts}:
            raise InvalidInput(details=details)

    @transaction.atomic
    def _make(self, email: str, username: str, password_hash: str) -> Superadmin:
        user = User.all_objects.by_email(email).first()
        if user is None:
            with unique_username():
                user = User.objects.create_superuser(email, username=username)
            user.password = password_hash
            user.save(update_fields=["password", "updated_at"])
            audit_change(entity=user, action="CREATE", actor=None, after={"role": user.role})
        else:
            self._promote(user, password_hash)
        return Superadmin(user_id=user.id, changed=True)

    def _promote(self, user: User, password_hash: str) -> None:
        if user.is_deleted or not user.is_active or user.auth_provider != AuthProvider.LOCAL:
            raise EmailAlreadyUsed
        user, previous_role = change_role(lock_superadmins_and(user.id), user.id, Role.SUPERADMIN)
        user.is_activated = True
        user.onboarding_step = OnboardingStep.COMPLETED
        user.save(update_fields=["is_activated", "onboarding_step", "updated_at"])
        change_password(user, password_hash)
        record_role_change(user, actor=None, previous_role=previous_role)


def _email_problems(email: str) -> list[str]:
    try:
        validate_email(email)
    except ValidationError as error:
        return [str(message) for message in error.messages]
    return []
