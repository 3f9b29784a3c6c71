"""Errors as HTTP: the only place that knows which status a kind of error has."""

import logging
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.db import DatabaseError, InterfaceError, OperationalError
from django.http import Http404, HttpRequest, JsonResponse
from django.utils.translation import gettext as _
from rest_framework import exceptions as drf
from rest_framework.response import Response
from rest_framework.serializers import as_serializer_error
from rest_framework.views import set_rollback

from api.renderers import MEDIA_TYPE
from api.responses import error_body
from core import exceptions as kinds

logger = logging.getLogger(__name__)

# The first match counts.
_STATUS_OF_KIND: tuple[tuple[type[kinds.DomainError], int], ...] = (
    (kinds.InvalidInput, 400),
    (kinds.Unauthenticated, 401),
    (kinds.AccessDenied, 403),
    (kinds.NotFound, 404),
    (kinds.Conflict, 409),
    (kinds.Unprocessable, 422),
    (kinds.TooManyRequests, 429),
    (kinds.ProviderUnavailable, 503),
)

_CODE_OF_FRAMEWORK_ERROR: tuple[tuple[type[Exception], str], ...] = (
    (drf.ValidationError, "validation_error"),
    (drf.ParseError, "parse_error"),
    (drf.NotAuthenticated, "unauthorized"),
    (drf.AuthenticationFailed, "unauthorized"),
    (drf.PermissionDenied, "access_denied"),
    (drf.NotFound, "not_found"),
    (drf.MethodNotAllowed, "method_not_allowed"),
    (drf.NotAcceptable, "not_acceptable"),
    (drf.UnsupportedMediaType, "unsupported_media_type"),
    (drf.Throttled, "throttled"),
)

# Classes 53 and 57 of PostgreSQL's error codes: no disk, no memory, no connection, shutting down.
_DATABASE_IS_AWAY = ("53", "57P")


def handle_exception(exc: Exception, context: Mapping[str, Any]) -> Response:
    """Turn any exception of a view into the error envelope; nothing passes through.

    A view with `is_form` gets details with every error: its client shows nothing else.
    """
    set_rollback()
    answer = _answer_to(exc)
    error = answer.data["error"]
    if getattr(context["view"], "is_form", False) and "details" not in error:
        error["details"] = {"root": [error["message"]]}
    return answer


def _answer_to(exc: Exception) -> Response:
    if isinstance(exc, kinds.DomainError):
        status = next(status for kind, status in _STATUS_OF_KIND if isinstance(exc, kind))
        answer = _answer(status, exc.code, _(exc.message), exc.details)
        if isinstance(exc, kinds.Unauthenticated):
            answer["WWW-Authenticate"] = 'Bearer realm="api"'
        if isinstance(exc, kinds.TooManyRequests) and exc.retry_after:
            answer["Retry-After"] = str(exc.retry_after)
        return answer
    if isinstance(exc, Http404):
        exc = drf.NotFound()
    elif isinstance(exc, PermissionDenied):
        exc = drf.PermissionDenied()
    elif isinstance(exc, RequestDataTooBig):
        return _answer(413, "request_too_large", _("The request is too large."))
    if isinstance(exc, drf.APIException):
        return _framework_answer(exc)
    return _crash_answer(exc)


def _answer(
    status: int, code: str, message: str, details: Mapping[str, Any] | None = None
) -> Response:
    return Response(error_body(code, message, details), status=status)


def _framework_answer(exc: drf.APIException) -> Response:
    code = next(
        (code for kind, code in _CODE_OF_FRAMEWORK_ERROR if isinstance(exc, kind)), "server_error"
    )
    if isinstance(exc, drf.ValidationError):
        details = _flat(as_serializer_error(exc))
        answer = _answer(exc.status_code, code, _("Some fields are not valid."), details)
    else:
        answer = _answer(exc.status_code, code, str(exc.detail))
    if auth_header := getattr(exc, "auth_header", None):
        answer["WWW-Authenticate"] = auth_header
    if wait := getattr(exc, "wait", None):
        answer["Retry-After"] = str(int(wait))
    return answer


def _flat(errors: Any, prefix: str = "") -> dict[str, list[str]]:
    """Errors by dotted path, the way a form can show them; `root` where no field is to blame."""
    if isinstance(errors, Mapping):
        flat: dict[str, list[str]] = {}
        for key, inner in errors.items():
            name = "root" if key == "non_field_errors" else str(key)
            flat |= _flat(inner, f"{prefix}.{name}" if prefix else name)
        return flat
    texts = errors if isinstance(errors, list | tuple) else [errors]
    if any(isinstance(text, Mapping) for text in texts):
        return _flat({str(index): text for index, text in enumerate(texts) if text}, prefix)
    return {prefix or "root": [str(text) for text in texts]}


def _crash_answer(exc: Exception) -> Response:
    if isinstance(exc, OperationalError | InterfaceError) or _database_is_away(exc):
        logger.error("The database refused the request", exc_info=exc)
        answer = _answer(503, "service_unavailable", _("The service is unavailable for a moment."))
        answer["Retry-After"] = "5"
        return answer
    logger.error("A request crashed", exc_info=exc)
    return _answer(500, "server_error", _("Something went wrong on our side."))


def _database_is_away(exc: Exception) -> bool:
    state = getattr(exc.__cause__, "sqlstate", None) or ""
    return isinstance(exc, DatabaseError) and state.startswith(_DATABASE_IS_AWAY)


def crash_response(exc: Exception) -> JsonResponse:
    """The same answer for a crash outside any view."""
    answer = _crash_answer(exc)
    # The framework's answer is not rendered yet; its media type is not to be taken over.
    kept = {name: answer[name] for name in ("Retry-After",) if name in answer}
    return JsonResponse(
        answer.data, status=answer.status_code, headers=kept, content_type=MEDIA_TYPE
    )


def not_found_response(request: HttpRequest) -> JsonResponse:
    """The answer to an address under /api/ that is not there."""
    body = error_body("not_found", _("There is nothing at this address."))
    return JsonResponse(body, status=404, content_type=MEDIA_TYPE)
