"""Refusals about accounts."""

from core.exceptions import (
    AccessDenied,
    Conflict,
    FieldRefused,
    InvalidInput,
    NotFound,
    Unauthenticated,
    Unprocessable,
)

# Registration and activation ----------------------------------------------------------------------


class EmailAlreadyUsed(FieldRefused, Unprocessable):
    """The address belongs to an account that was activated, deactivated or deleted."""

    code = "email_already_used"
    message = "This address is already used."
    field = "email"


class EmailRefused(FieldRefused, InvalidInput):
    """The address cannot be brought into the form in which addresses are stored and compared."""

    message = "Enter a valid e-mail address."
    field = "email"


class UsernameTaken(FieldRefused, InvalidInput):
    """Somebody has this user name, in whatever case."""

    code = "invalid_action"
    message = "This user name is taken."
    field = "username"


class AccountNotActivated(AccessDenied):
    """The address of the account is not confirmed yet."""

    code = "account_not_activated"
    message = "Activate your account first: follow the link in the mail we sent you."


# Sign-in and passwords ----------------------------------------------------------------------------


class SessionEnded(Unauthenticated):
    """The session, or the token that names it, counts no longer."""

    message = "Your session has expired. Sign in again."


class SessionNotFound(NotFound):
    """No open session of that id, or somebody else's."""

    code = "session_not_found"
    message = "There is no such session."


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


class UnknownInterest(FieldRefused, InvalidInput):
    """A tag that does not exist or was deleted."""

    code = "invalid_action"
    message = "One of these subjects does not exist."
    field = "tag_ids"


# One's data as a whole ----------------------------------------------------------------------------


class ExportPending(Conflict):
    """One file is being built; another one would say the same."""

    code = "export_pending"
    message = "Your data are being gathered already. You will get a mail."


class ExportNotFound(NotFound):
    """No such file, or its time is over, or the link has lost its meaning."""

    code = "export_not_found"
    message = "This file is not there, or no longer. Ask for a new one."


# Roles --------------------------------------------------------------------------------------------


class LastSuperadmin(InvalidInput):
    """Nobody could give roles any more."""

    code = "last_superadmin"
    message = "There has to be at least one superadmin."


class RoleRequestNotFound(NotFound):
    """No such request."""

    code = "role_request_not_found"
    message = "There is no such request."


class RoleNotOnRequest(FieldRefused, InvalidInput):
    """Not a role that somebody of the present role may ask for."""

    code = "invalid_action"
    message = "You cannot ask for this role."
    field = "requested_role"


class RoleHeldAlready(FieldRefused, InvalidInput):
    """Nothing to ask for."""

    code = "invalid_action"
    message = "You have this role already."
    field = "requested_role"


class RoleRequestPending(FieldRefused, InvalidInput):
    """One request for a role at a time."""

    code = "invalid_action"
    message = "You have asked for this role already. It will be looked at."
    field = "requested_role"


class IntroductionMissing(InvalidInput):
    """Whoever decides should see who is asking."""

    code = "invalid_action"
    message = "Add a biography or a picture to your profile first."


class RoleRequestDecided(InvalidInput):
    """A request is decided once."""

    code = "invalid_action"
    message = "This request is decided already."


class RoleRequestOutdated(InvalidInput):
    """The account is gone, or its role is another than when it asked."""

    code = "invalid_action"
    message = "This account is not what it was when it asked. The request can only be rejected."
