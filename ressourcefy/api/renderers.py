"""Answers as JSON, written by a compiled library: reads spend more on this than on the database."""

from collections.abc import Iterable, Mapping
from typing import Any

import orjson
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.utils.encoders import JSONEncoder

# Times in UTC end in Z (RFC 3339).
_OPTIONS = orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS
# What the library does not know: lazy texts, decimals.
_otherwise = JSONEncoder().default


# What nearly everybody says that they take.
_JSON_WILL_DO = {"application/json", "*/*", "application/json, text/plain, */*"}


class Negotiation(DefaultContentNegotiation):
    """Reads what else somebody takes only where it is not plain that JSON will do."""

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        """The renderer and the media type of the answer. Raises NotAcceptable."""
        first = next(iter(renderers))
        if (
            first.media_type == JSONRenderer.media_type
            and request.META.get("HTTP_ACCEPT", "*/*") in _JSON_WILL_DO
        ):
            return first, first.media_type
        found: tuple[BaseRenderer, str] = super().select_renderer(request, renderers, format_suffix)
        return found


class JSONRenderer(BaseRenderer):
    """UTF-8 without blanks. Dataclasses are written as objects of their fields."""

    media_type = "application/json"
    format = "json"
    # RFC 8259: JSON is UTF-8, and the media type has no parameter to say so.
    charset = None

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        """The text of `data`; nothing for no data."""
        return b"" if data is None else orjson.dumps(data, _otherwise, _OPTIONS)
