"""What surrounds every request: its id, its log line, and the web client's query strings."""

import logging
import re
import time
from collections.abc import Callable
from http import HTTPStatus

from django.core.exceptions import BadRequest, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.middleware.locale import LocaleMiddleware
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _

from api.caller import caller_address
from api.exception_handlers import crash_response, not_found_response
from api.renderers import MEDIA_TYPE
from api.responses import error_body
from core.metrics import count_request
from core.models.base import new_id
from core.request_context import RequestContext, request_context
from core.services.hot_reads import forget_hot_reads

logger = logging.getLogger(__name__)

type Handler = Callable[[HttpRequest], HttpResponseBase]

_GOOD_REQUEST_ID = re.compile(r"[A-Za-z0-9-]{1,64}")
# Not every server refuses them in headers, and the database stores no NUL.
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f]")
_ENCODED_SLASH = re.compile(r"(?:%2F|/)$", re.IGNORECASE)


# Data loads nothing and is shown in no frame (OWASP REST security cheat sheet).
_POLICY_OF_DATA = "default-src 'none'; frame-ancestors 'none'"

_READING_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class RequestContextMiddleware:
    """Gives the request an id, fills the request context, and counts and logs the answer.

    A caller's own `X-Request-ID` is kept if it is well formed, and every answer names the id.
    Answers are counted by their route, so that whatever callers send adds no figure.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        started = time.perf_counter()
        offered = request.headers.get("X-Request-ID", "")
        request_id = offered if _GOOD_REQUEST_ID.fullmatch(offered) else str(new_id())
        context = RequestContext(
            request_id=request_id,
            ip_address=caller_address(request),
            user_agent=_UNPRINTABLE.sub("", request.headers.get("User-Agent", ""))[:500],
        )
        with request_context(context):
            response = self.get_response(request)
            response.headers["X-Request-ID"] = request_id
            found = request.resolver_match
            count_request(
                method=request.method if request.method in _METHODS else "other",
                route=found.route if found else "none",
                status=response.status_code,
                started=started,
            )
            logger.info(
                "Request finished",
                extra={
                    "method": request.method,
                    "path": request.path,
                    "status": response.status_code,
                    "duration_ms": round((time.perf_counter() - started) * 1000, 1),
                },
            )
            # Django would log every 4xx and 5xx again, and by then without the request's id.
            response._has_been_logged = True  # type: ignore[attr-defined]
            return response


class ApiMiddleware:
    """What holds for every request to the API, also where Django itself would answer in HTML.

    One slash at the end of the last query value is dropped: the web client's proxy appends one to
    the whole address, query string included (`docs/api.md`). And whoever has written something, in
    the administration too, sees it in what this process keeps for everybody.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        is_api = request.path.startswith("/api/")
        if is_api and (query := request.META.get("QUERY_STRING")):
            request.META["QUERY_STRING"] = _ENCODED_SLASH.sub("", query, count=1)
        response = self.get_response(request)
        if request.method not in _READING_METHODS:
            forget_hot_reads()
        if is_api:
            if response.status_code == HTTPStatus.BAD_REQUEST and _is_html(response):
                response = _bad_request()
            # Nothing of the API may be kept by a cache between the server and the person.
            response.headers["Cache-Control"] = "no-store"
            if response.headers.get("Content-Type") == MEDIA_TYPE:
                response.headers["Content-Security-Policy"] = _POLICY_OF_DATA
        return response

    def process_exception(self, request: HttpRequest, exc: Exception) -> HttpResponse | None:
        if not request.path.startswith("/api/"):
            return None
        if isinstance(exc, Http404):
            return not_found_response(request)
        if isinstance(exc, SuspiciousOperation | BadRequest):
            return _bad_request()
        return crash_response(exc)


class LanguageMiddleware(LocaleMiddleware):
    """Django's own, without looking for a language in addresses, where none ever stands."""

    def process_request(self, request: HttpRequest) -> None:
        request.LANGUAGE_CODE = translation.get_language_from_request(request)
        translation.activate(request.LANGUAGE_CODE)

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        patch_vary_headers(response, ("Accept-Language",))
        response.headers.setdefault("Content-Language", request.LANGUAGE_CODE)
        return response


def _is_html(response: HttpResponseBase) -> bool:
    return response.headers.get("Content-Type", "").startswith("text/html")


def _bad_request() -> JsonResponse:
    body = error_body("validation_error", _("The request is malformed."))
    return JsonResponse(body, status=400, content_type=MEDIA_TYPE)
