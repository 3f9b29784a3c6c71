"""What comes in over HTTP and what goes out, free of any server."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

type Thing = dict[str, Any]


@dataclass(frozen=True)
class Request:
    """One request; `headers` have lower-case names."""

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True)
class Response:
    """One answer."""

    status: int
    body: bytes = b""
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)


def json_response(status: int, thing: object, headers: Mapping[str, str] | None = None) -> Response:
    return Response(status, to_json(thing), headers=headers or {})


def page(text: str, status: int = 200) -> Response:
    return Response(status, text.encode(), "text/html; charset=utf-8")


def see_other(address: str) -> Response:
    """The answer to a form: go on at `address`."""
    # Header lines end at the first line break, wherever the address came from.
    location = address.replace("\r", "").replace("\n", "")
    return Response(303, content_type="text/plain", headers={"Location": location})


def to_json(thing: object) -> bytes:
    """Indented, as Stripe sends it."""
    return json.dumps(thing, indent=2, ensure_ascii=False).encode()
