"""Refusals that only a use case can make, because they are about the request as a whole."""

from core.exceptions import AccessDenied, FieldRefused, InvalidInput, Unauthenticated


class TermsNotAccepted(FieldRefused, InvalidInput):
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


class InvalidCredentials(Unauthenticated):
    """Wrong address or password; never says which, nor whether the account exists."""

    code = "invalid_credentials"
    message = "The address or the password is wrong."


class ResetTokenInvalid(InvalidInput):
    """Not a reset token, or one that was used, replaced or is too old."""

    code = "invalid_reset_token"
    message = "This reset link is not valid or has expired. Ask for a new one."


class WrongPassword(FieldRefused, InvalidInput):
    """The present password, asked for as a proof, is wrong."""

    message = "This is not your present password."
    field = "current_password"


class NoLocalPassword(InvalidInput):
    """The account signs in elsewhere."""

    code = "invalid_action"
    message = "This account has no password here: it signs in with its provider."


class ProfileIncomplete(InvalidInput):
    """The profile would have neither a biography nor a picture."""

    code = "invalid_action"
    message = "Keep at least a biography or a picture."


class NoPublicProfile(InvalidInput):
    """Administrators have no profile to show."""

    code = "invalid_action"
    message = "Administrators have no public profile."


class AdministratorsOnly(AccessDenied):
    """The caller cannot administrate, or not any more."""

    message = "Only administrators can do this."


class InvalidRole(FieldRefused, InvalidInput):
    """There is no such role."""

    code = "invalid_role"
    message = "There is no such role."
    field = "role"
