"""How far an account has to be set up before an endpoint answers.

What it may do there is decided by the policies of the application layer.
"""

from typing import TYPE_CHECKING

from rest_framework.permissions import AllowAny, BasePermission
from rest_framework.request import Request

from api.authentication import current_user
from application.policies.account_policy import can_administrate
from core.exceptions import AccessDenied
from users.exceptions import AccountNotActivated, OnboardingIncomplete

if TYPE_CHECKING:
    # The framework loads this module while it is still defining its views.
    from rest_framework.views import APIView

__all__ = ["AllowAny", "HasSession", "IsAdministrator", "IsOnboarded", "IsSignedIn"]


class HasSession(BasePermission):
    """Signed in, whatever the state of the account: enough to learn it and to sign out."""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        current_user(request)
        return True


class IsSignedIn(HasSession):
    """Signed in, with a confirmed address."""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        super().has_permission(request, view)
        if not current_user(request).is_activated:
            raise AccountNotActivated
        return True


class IsOnboarded(IsSignedIn):
    """Signed in and done with onboarding; the default."""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        super().has_permission(request, view)
        if not current_user(request).is_onboarded:
            raise OnboardingIncomplete
        return True


class IsAdministrator(IsSignedIn):
    """Administrators and superadmins: for what is read; what changes has a use case that asks."""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        super().has_permission(request, view)
        if not can_administrate(current_user(request)):
            raise AccessDenied("Only administrators can do this.")
        return True
