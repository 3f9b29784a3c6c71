"""Make an account for somebody."""

from django.contrib.auth.hashers import make_password
from django.db import transaction

from application.dto.commands import CreateUserCommand
from application.dto.events import AggregateType, EventType
from application.exceptions import InvalidRole
from application.policies.account_policy import can_administrate, can_set_roles
from core.exceptions import AccessDenied, InvalidInput
from core.outbox import emit_event
from core.services.audit import audit_change
from users.models import User, normal_email
from users.services.accounts import AccountRecord, record_of
from users.services.mail_tokens import next_reset_generation
from users.services.passwords import password_problems
from users.services.registration import add_account
from users.services.roles import lock_superadmins_and
from users.types import OnboardingStep, Role
from users.validators import normal_username, username_problems


class CreateUser:
    """The administrator vouches for the address: the account is activated at once.

    Without a password the person gets a mail to choose one. Raises AccessDenied, InvalidRole,
    EmailAlreadyUsed, EmailRefused, UsernameTaken, or InvalidInput with all fields.
    """

    def execute(self, command: CreateUserCommand) -> AccountRecord:
        if not can_administrate(command.user):
            raise AccessDenied("Only administrators can do this.")
        role = self._role(command)
        username = normal_username(command.username) if command.username else None
        self._check(command, username)
        # Hashed before any lock is taken: hashing is slow on purpose. None matches no password.
        return self._make(command, role, username, make_password(command.password))

    def _role(self, command: CreateUserCommand) -> Role:
        wanted = Role.USER if command.role is None else command.role
        if wanted != Role.USER and not can_set_roles(command.user):
            raise AccessDenied("Only a superadmin can give roles.")
        if wanted not in Role.values:
            raise InvalidRole
        return Role(wanted)

    def _check(self, command: CreateUserCommand, username: str | None) -> None:
        problems: dict[str, list[str]] = {}
        if username is not None:
            problems["username"] = username_problems(username)
        if command.password is not None:
            problems["password"] = password_problems(
                command.password, email=command.email, username=username or ""
            )
        if details := {field: texts for field, texts in problems.items() if texts}:
            raise InvalidInput(details=details)

    @transaction.atomic
    def _make(
        self, command: CreateUserCommand, role: Role, username: str | None, password_hash: str
    ) -> AccountRecord:
        actor = lock_superadmins_and(command.user.id).get(command.user.id)
        # Somebody else may have taken the role away while we waited.
        if actor is None or not can_administrate(actor):
            raise AccessDenied("Only administrators can do this.")
        if role != Role.USER and not can_set_roles(actor):
            raise AccessDenied("Only a superadmin can give roles.")
        user = User(
            email=normal_email(command.email),
            password=password_hash,
            language=actor.language,
            is_activated=True,
        )
        user.assign_role(role)
        if role.includes(Role.ADMIN):
            # Administrators have no public profile to introduce themselves with.
            user.onboarding_step = OnboardingStep.COMPLETED
        add_account(user, username=username)
        self._record(user, actor=actor, is_invited=command.password is None)
        return record_of(user)

    def _record(self, user: User, *, actor: User, is_invited: bool) -> None:
        facts = {"user_id": str(user.id)}
        emit_event(AggregateType.USER, user.id, EventType.USER_CREATED, facts)
        if is_invited:
            generation = next_reset_generation(user)
            emit_event(
                AggregateType.USER,
                user.id,
                EventType.USER_INVITED,
                {**facts, "generation": generation},
            )
        audit_change(
            entity=user,
            action="CREATE",
            actor=actor,
            after={"role": user.role, "is_activated": True, "invited": is_invited},
        )
