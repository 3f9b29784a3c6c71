"""Refusals about accounts."""

from typing import ClassVar

from django.utils.translation import gettext as _

from core.exceptions import (
    AccessDenied,
    DomainError,
    InvalidInput,
    NotFound,
    Unauthenticated,
    Unprocessable,
)


class _AboutField(DomainError):
    """A refusal that a form can show beside the field to blame."""

    field: ClassVar[str]

    def __init__(self) -> None:
        super().__init__(details={self.field: [_(type(self).message)]})


# Registration and activation ----------------------------------------------------------------------


class EmailAlreadyUsed(_AboutField, Unprocessable):
    """The address belongs to an account that was activated, deactivated or deleted."""

    code = "email_already_used"
    message = "This address is already used."
    field = "email"


class EmailRefused(_AboutField, InvalidInput):
    """The address cannot be brought into the form in which addresses are stored and compared."""

    message = "Enter a valid e-mail address."
    field = "email"


class UsernameTaken(_AboutField, InvalidInput):
    """Somebody has this user name, in whatever case."""

    code = "invalid_action"
    message = "This user name is taken."
    field = "username"


class TermsNotAccepted(_AboutField, InvalidInput):
    """There is no account without the terms."""

    code = "invalid_action"
    message = "Accept the terms to register."
    field = "accepted_terms"


class ActivationTokenInvalid(InvalidInput):
    """Not an activation token, or a newer one was sent."""

    code = "invalid_token"
    message = "This activation link is not valid. Ask for a new one."


class ActivationTokenExpired(InvalidInput):
    """A genuine activation token, past its life."""

    code = "expired_token"
    message = "This activation link has expired. Ask for a new one."


class AccountNotActivated(AccessDenied):
    """The address of the account is not confirmed yet."""

    code = "account_not_activated"
    message = "Activate your account first: follow the link in the mail we sent you."


# Sign-in and passwords ----------------------------------------------------------------------------


class InvalidCredentials(Unauthenticated):
    """Wrong address or password; never says which, nor whether the account exists."""

    code = "invalid_credentials"
    message = "The address or the password is wrong."


class SessionEnded(Unauthenticated):
    """The session, or the token that names it, counts no longer."""

    message = "Your session has expired. Sign in again."


class SessionNotFound(NotFound):
    """No open session of that id, or somebody else's."""

    code = "session_not_found"
    message = "There is no such session."


class ResetTokenInvalid(InvalidInput):
    """Not a reset token, or one that was used, replaced or is too old."""

    code = "invalid_reset_token"
    message = "This reset link is not valid or has expired. Ask for a new one."


class WrongPassword(_AboutField, InvalidInput):
    """The present password, asked for as a proof, is wrong."""

    message = "This is not your present password."
    field = "current_password"


class NoLocalPassword(InvalidInput):
    """The account signs in elsewhere."""

    code = "invalid_action"
    message = "This account has no password here: it signs in with its provider."


# Profile and onboarding ---------------------------------------------------------------------------


class UserNotFound(NotFound):
    """No such account, or one that is deactivated or deleted."""

    code = "user_not_found"
    message = "User not found."


class OnboardingIncomplete(AccessDenied):
    """The account has not finished onboarding."""

    code = "onboarding_incomplete"
    message = "Finish setting up your account first."


class InvalidOnboardingStep(AccessDenied):
    """The account is at another step; steps are taken once and in order."""

    code = "invalid_onboarding_step"
    message = "Your account is at another step of its set-up."


class UnknownInterest(_AboutField, InvalidInput):
    """A tag that does not exist or was deleted."""

    code = "invalid_action"
    message = "One of these subjects does not exist."
    field = "tag_ids"


class ProfileIncomplete(InvalidInput):
    """The profile would have neither a biography nor a picture."""

    code = "invalid_action"
    message = "Keep at least a biography or a picture."


class NoPublicProfile(InvalidInput):
    """Administrators have no profile to show."""

    code = "invalid_action"
    message = "Administrators have no public profile."


# Roles --------------------------------------------------------------------------------------------


class InvalidRole(_AboutField, InvalidInput):
    """There is no such role."""

    code = "invalid_role"
    message = "There is no such role."
    field = "role"


class LastSuperadmin(InvalidInput):
    """Nobody could give roles any more."""

    code = "last_superadmin"
    message = "There has to be at least one superadmin."
