"""Pages in query strings, `page`, `page_size` and `cursor`, and in answers (`docs/api.md`)."""

import re
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from read_models.administration.histories import DEFAULT_LIMIT, MAX_LIMIT
from read_models.pagination import (
    DEFAULT_PAGE_SIZE,
    MAX_PAGE,
    MAX_PAGE_SIZE,
    Cursor,
    InvalidPagination,
    Listing,
    PageRequest,
    Pagination,
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


LIMIT_PARAMETER = OpenApiParameter(
    "limit",
    _FROM_ONE,
    description=f"{DEFAULT_LIMIT} unless given; more than {MAX_LIMIT} count as that.",
)


def page_request(request: Request) -> PageRequest:
    """The numbered page that is asked for. Raises InvalidPagination."""
    return PageRequest(
        page=_positive(request, "page", default=1, most=MAX_PAGE),
        page_size=_positive(request, "page_size", default=DEFAULT_PAGE_SIZE, most=MAX_PAGE_SIZE),
    )


def limit(request: Request) -> int:
    """How many newest entries are asked for; more than there may be count as that."""
    return _positive(request, "limit", default=DEFAULT_LIMIT, most=MAX_LIMIT)


def cursor(request: Request) -> Cursor | None:
    """The cursor that is asked for; an empty one is the beginning. Raises InvalidPagination."""
    text = request.query_params.get("cursor", "")
    return Cursor.parse(text) if text else None


def listed(request: Request, listing: Listing[Any]) -> Response:
    """A page of the administration: `{count, next, previous, results}`, without an envelope.

    The neighbours are whole addresses with the filters of this one, or null where there is none;
    before a page past the end comes the last one.
    """
    place = Pagination.of(listing.page, listing.count)
    return Response(
        {
            "count": listing.count,
            "next": _address(request, place.page + 1) if place.has_next else None,
            "previous": _address(request, min(place.page - 1, place.total_pages))
            if place.has_previous
            else None,
            "results": listing.items,
        }
    )


def page_of(name: str, item: type[serializers.Serializer[Any]]) -> serializers.Serializer[Any]:
    """The schema of what `listed` answers."""
    return inline_serializer(
        name=f"{name}Page",
        fields={
            "count": serializers.IntegerField(),
            "next": serializers.URLField(allow_null=True),
            "previous": serializers.URLField(allow_null=True),
            "results": item(many=True),
        },
    )


def _address(request: Request, page: int) -> str:
    query = request.query_params.copy()
    query["page"] = str(page)
    return request.build_absolute_uri(f"{request.path}?{query.urlencode()}")


def _positive(request: Request, name: str, *, default: int, most: int) -> int:
    text = request.query_params.get(name)
    if text is None:
        return default
    if not _DIGITS.fullmatch(text) or not text.strip("0"):
        words = _("%(parameter)s has to be a whole number from 1.")
        raise InvalidPagination(words % {"parameter": name})
    digits = text.lstrip("0")
    return most if len(digits) > _LONGEST_NUMBER else min(int(digits), most)
