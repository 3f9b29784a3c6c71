"""Browser sessions, for /admin/ alone: to every other address its cookies mean nothing."""

from functools import partial
from typing import Any

from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest
from django.utils import translation
from django.utils.deprecation import MiddlewareMixin
from django.utils.functional import SimpleLazyObject

from api.admin.sessions import administrator_of

ADMIN_PATH = "/admin/"


class _OnlyUnderAdmin(MiddlewareMixin):
    """Passes requests for other addresses by."""

    def __call__(self, request: HttpRequest) -> Any:
        if not request.path_info.startswith(ADMIN_PATH):
            return self.get_response(request)
        return super().__call__(request)


class AdminSessionMiddleware(_OnlyUnderAdmin, SessionMiddleware):
    """Sessions; and the pages are in English, because what we add to Django's own is."""

    def __call__(self, request: HttpRequest) -> Any:
        if not request.path_info.startswith(ADMIN_PATH):
            return self.get_response(request)
        with translation.override("en"):
            response = super().__call__(request)
            response.headers["Content-Language"] = "en"
            return response


class AdminAuthenticationMiddleware(_OnlyUnderAdmin, AuthenticationMiddleware):
    """Who is signed in to the administration."""

    def process_request(self, request: HttpRequest) -> None:
        user: Any = SimpleLazyObject(partial(administrator_of, request))
        request.user = user


class AdminMessageMiddleware(_OnlyUnderAdmin, MessageMiddleware):
    """What the next page says about the last action."""
