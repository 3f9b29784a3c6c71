"""The two envelopes: what every answer under /api/ looks like."""

from collections.abc import Mapping, Sequence
from typing import Any

from rest_framework.response import Response


def ok(data: Any, *, status: int = 200, **beside: Any) -> Response:
    """`{"status": "ok", "data": ...}`; `beside` holds what stands next to `data`, as pagination."""
    return Response({"status": "ok", "data": data, **beside}, status=status)


def error_body(
    code: str, message: str, details: Mapping[str, Sequence[str]] | None = None
) -> dict[str, Any]:
    """`{"error": {"code", "message", "details"}}`, without empty details."""
    error: dict[str, Any] = {"code": code, "message": message}
    if details:
        error["details"] = {field: list(texts) for field, texts in details.items()}
    return {"error": error}
