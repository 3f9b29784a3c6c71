"""The kinds of refusal; every error of the product is one of them and has a stable code.

What a kind means over HTTP is decided in one place, the API's exception handler.
"""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from django.utils.translation import gettext


class DomainError(Exception):
    """A refusal with a stable `code`, a sentence for a person and, for fields, details.

    `details` maps a field of the input to its messages; `root` stands for the whole input.
    """

    code: ClassVar[str]
    message: str = "The request was refused."

    def __init__(
        self,
        message: str | None = None,
        *,
        details: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        self.message = message or type(self).message
        self.details = {field: list(texts) for field, texts in (details or {}).items()}
        super().__init__(self.message)


class InvalidInput(DomainError):
    """The input breaks a rule."""

    code = "validation_error"
    message = "The input is not valid."


class InvalidAction(InvalidInput):
    """The input is well formed, and a rule of the product forbids what it asks for."""

    code = "invalid_action"
    message = "This cannot be done."


class Unauthenticated(DomainError):
    """Nobody is signed in; signing in again would help."""

    code = "unauthorized"
    message = "Sign in to continue."


class AccessDenied(DomainError):
    """The caller is known and may not do this."""

    code = "access_denied"
    message = "You do not have access to this."


class NotFound(DomainError):
    """There is no such thing, or the caller may not know of it."""

    code = "not_found"
    message = "Not found."


class Conflict(DomainError):
    """The request collides with the present state."""

    code = "conflict"
    message = "The request conflicts with the present state."


class Unprocessable(DomainError):
    """The input is well formed and cannot be carried out."""

    code = "unprocessable"
    message = "The request cannot be carried out."


class TooManyRequests(DomainError):
    """The caller has to wait, for `retry_after` seconds if that is known."""

    code = "throttled"
    message = "Too many requests. Try again later."

    def __init__(self, message: str | None = None, *, retry_after: int | None = None) -> None:
        self.retry_after = retry_after
        super().__init__(message)


class ProviderUnavailable(DomainError):
    """A service that we depend on does not answer."""

    code = "service_unavailable"
    message = "The service is unavailable for the moment. Try again later."


class FieldRefused(DomainError):
    """A refusal that a form can show beside the field to blame."""

    field: ClassVar[str]

    def __init__(self) -> None:
        super().__init__(details={self.field: [gettext(type(self).message)]})
