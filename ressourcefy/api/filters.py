"""Filters in query strings of the administration's lists: words, as they are sent.

What a word means is decided where the list is read; one that means nothing matches nothing, and an
empty one is none.
"""

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request

# More of one name than this are not looked at.
_MOST_WORDS = 50


def parameter(name: str, meaning: str, *, is_repeatable: bool = False) -> OpenApiParameter:
    """A filter for the schema."""
    return OpenApiParameter(name, OpenApiTypes.STR, description=meaning, many=is_repeatable)


INCLUDE_DELETED = parameter("include_deleted", "`true` shows deleted ones too.")


def word(request: Request, name: str) -> str | None:
    """The filter of this name, the last of several."""
    return request.query_params.get(name) or None


def words(request: Request, name: str) -> list[str]:
    """All filters of this name."""
    return [text for text in request.query_params.getlist(name) if text][:_MOST_WORDS]


def is_wanted(request: Request, name: str) -> bool:
    """Whether the filter of this name is `true`."""
    return request.query_params.get(name) == "true"
