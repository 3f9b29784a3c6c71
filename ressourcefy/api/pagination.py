"""Pages in query strings: `page`, `page_size` and `cursor` (`docs/api.md`)."""

import re

from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request

from read_models.pagination import (
    DEFAULT_PAGE_SIZE,
    MAX_PAGE,
    MAX_PAGE_SIZE,
    Cursor,
    InvalidPagination,
    PageRequest,
)

_DIGITS = re.compile(r"[0-9]+")
# Nothing longer is compared as a number, so that nobody makes us read a million digits.
_LONGEST_NUMBER = 18

_FROM_ONE = {"type": "integer", "minimum": 1}
PAGE_PARAMETERS = [
    OpenApiParameter("page", _FROM_ONE, description="Past the last page the list is empty."),
    OpenApiParameter(
        "page_size",
        _FROM_ONE,
        description=f"{DEFAULT_PAGE_SIZE} unless given; more than {MAX_PAGE_SIZE} count as that.",
    ),
]
CURSOR_PARAMETER = OpenApiParameter(
    "cursor",
    OpenApiTypes.STR,
    description="The `next_cursor` of the page before; takes the place of `page`.",
)


def page_request(request: Request) -> PageRequest:
    """The numbered page that is asked for. Raises InvalidPagination."""
    return PageRequest(
        page=_positive(request, "page", default=1, most=MAX_PAGE),
        page_size=_positive(request, "page_size", default=DEFAULT_PAGE_SIZE, most=MAX_PAGE_SIZE),
    )


def cursor(request: Request) -> Cursor | None:
    """The cursor that is asked for; an empty one is the beginning. Raises InvalidPagination."""
    text = request.query_params.get("cursor", "")
    return Cursor.parse(text) if text else None


def _positive(request: Request, name: str, *, default: int, most: int) -> int:
    text = request.query_params.get(name)
    if text is None:
        return default
    if not _DIGITS.fullmatch(text) or not text.strip("0"):
        words = _("%(parameter)s has to be a whole number from 1.")
        raise InvalidPagination(words % {"parameter": name})
    digits = text.lstrip("0")
    return most if len(digits) > _LONGEST_NUMBER else min(int(digits), most)
