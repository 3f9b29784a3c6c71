"""Make an account, or make one that was never activated anew."""

from dataclasses import replace

from django.contrib.auth.hashers import make_password
from django.db import transaction

from application.dto.commands import RegisterUserCommand
from application.dto.events import EventType
from application.dto.results import RegisteredUser
from application.exceptions import TermsNotAccepted
from application.services.activation_mails import free_mail_slot, request_activation_mail
from application.services.attempts import count_registration
from core.exceptions import InvalidInput
from core.services.audit import audit_change
from users.services.passwords import password_problems
from users.services.registration import Registration, claim_email, give_profile, register_anew
from users.validators import normal_username, username_problems


class RegisterUser:
    """Raises EmailAlreadyUsed, UsernameTaken, TermsNotAccepted, or InvalidInput with all fields.

    Raises TooManyRequests: that an address is used is said, but not for whole lists of them.

    An account that was never activated is registered anew as often as there are activation mails
    for it; after that the answer is the same and nothing changes, so that the last mail stays true.
    """

    def execute(self, command: RegisterUserCommand) -> RegisteredUser:
        command = replace(command, username=normal_username(command.username))
        self._check(command)
        count_registration(command.email)
        registration = Registration(
            email=command.email,
            username=command.username,
            password_hash=make_password(command.password),
            language=command.language,
        )
        return self._register(registration)

    def _check(self, command: RegisterUserCommand) -> None:
        problems = {
            "username": username_problems(command.username),
            "password": password_problems(
                command.password, email=command.email, username=command.username
            ),
        }
        if details := {field: texts for field, texts in problems.items() if texts}:
            raise InvalidInput(details=details)
        if not command.accepted_terms:
            raise TermsNotAccepted

    @transaction.atomic
    def _register(self, registration: Registration) -> RegisteredUser:
        user, is_new = claim_email(registration)
        slot = free_mail_slot(user)
        if is_new:
            give_profile(user, registration)
            request_activation_mail(user, EventType.USER_REGISTERED, slot=slot)
            audit_change(
                entity=user, action="CREATE", actor=user, after={"role": user.role, "terms": True}
            )
        elif slot is not None:
            register_anew(user, registration)
            request_activation_mail(user, EventType.USER_ACTIVATION_REQUESTED, slot=slot)
            audit_change(
                entity=user,
                action="UPDATE",
                actor=None,
                after={"changed": ["password", "username", "language", "activation_generation"]},
            )
        return RegisteredUser(user_id=user.id)
