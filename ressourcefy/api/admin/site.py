"""The administration site: who gets in, and which of Django's pages there are."""

from http import HTTPMethod, HTTPStatus
from typing import Any

from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse

from api.admin.login import AdministratorLoginForm
from api.admin.sessions import end
from application.policies.account_policy import can_administrate
from users.models import User


def administrator(request: HttpRequest) -> User | None:
    """Whoever is signed in to the administration."""
    user = request.user
    return user if isinstance(user, User) and can_administrate(user) else None


def acting_administrator(request: HttpRequest) -> User:
    """The administrator who changes something. Raises PermissionDenied for anybody else."""
    user = administrator(request)
    if user is None:
        raise PermissionDenied
    return user


class AdministrationSite(AdminSite):
    """Django's admin without its ways around our use cases and without lists of whole tables."""

    site_title = site_header = "Ressourcefy administration"
    index_title = "What there is"
    site_url = None
    login_form = AdministratorLoginForm

    def __init__(self, name: str = "admin") -> None:
        super().__init__(name)
        self.disable_action("delete_selected")

    def has_permission(self, request: HttpRequest) -> bool:
        return administrator(request) is not None

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Django's, answering 429 with Retry-After (RFC 6585) where a limit was reached."""
        response = super().login(request, extra_context)
        form = (getattr(response, "context_data", None) or {}).get("form")
        if isinstance(form, AdministratorLoginForm) and form.limit is not None:
            response.status_code = HTTPStatus.TOO_MANY_REQUESTS
            if form.limit.retry_after:
                response.headers["Retry-After"] = str(form.limit.retry_after)
        return response

    def logout(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """Django's, ending the account's session too, so that it leaves the owner's list."""
        if request.method == HTTPMethod.POST:
            end(request)
        return super().logout(request, extra_context)

    def get_log_entries(self, request: HttpRequest) -> Any:
        """None: the audit log is the one record of what happened."""
        return []

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """Passwords change through the API, which ends sessions and warns the owner."""
        raise Http404

    password_change_done = autocomplete_view = password_change


site = AdministrationSite()
