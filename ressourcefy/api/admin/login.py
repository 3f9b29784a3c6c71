"""Signing in to the administration: the same rules and the same work as at the API."""

from typing import Any

from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth.backends import BaseBackend
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.views.decorators.debug import sensitive_variables

from api.admin.refusals import in_words
from application.dto.commands import SignInAdministratorCommand
from application.use_cases.auth.sign_in_administrator import SignInAdministrator
from core.exceptions import TooManyRequests, Unauthenticated
from users.models import User


class AdministratorBackend(BaseBackend):
    """Accounts that may administrate, and nobody else, by address and password."""

    @sensitive_variables("password")
    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **kwargs: Any,
    ) -> User | None:
        """The administrator, or None. Refusals of another kind, such as a limit, are raised."""
        if username is None or password is None:
            return None
        try:
            opened = SignInAdministrator().execute(
                SignInAdministratorCommand(email=username, password=password)
            )
        except Unauthenticated:
            return None
        user = User.objects.get(pk=opened.user_id)
        # For the browser session, which begins only now (api.admin.sessions).
        user.opened = opened  # type: ignore[attr-defined]
        return user


class AdministratorLoginForm(AdminAuthenticationForm):
    """Says the same whatever is wrong with address, password or account."""

    error_messages = {
        **AdminAuthenticationForm.error_messages,
        "invalid_login": (
            "Nobody can administrate with this address and password. "
            "Passwords are compared exactly."
        ),
    }
    #: The caller has to wait; the site answers 429.
    limit: TooManyRequests | None = None

    def clean(self) -> dict[str, Any]:
        try:
            return super().clean()
        except TooManyRequests as limit:
            self.limit = limit
            raise ValidationError(in_words(limit), code=limit.code) from limit
