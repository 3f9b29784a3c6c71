"""How request bodies are read."""

import json
from collections.abc import Mapping
from typing import IO, Any

from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser


class StrictJSONParser(JSONParser):
    """JSON objects by RFC 8259. An empty body is `{}`: the web client labels it JSON all the same.

    NaN and infinities, numbers too long to convert, broken UTF-8 and nesting beyond what the
    interpreter can follow are refused here; what a field may hold is the serializers' business.
    """

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        body = stream.read()
        if not body.strip():
            return {}
        try:
            data = json.loads(body.decode(), parse_constant=_refuse_constant)
        except (ValueError, RecursionError) as error:
            raise ParseError(_("The body is not valid JSON.")) from error
        if not isinstance(data, dict):
            raise ParseError(_("The body has to be a JSON object."))
        return data


def _refuse_constant(name: str) -> None:
    raise ValueError(name)
