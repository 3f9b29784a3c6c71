"""How the OpenAPI document describes the operations: envelopes and errors."""

from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import inline_serializer
from rest_framework import serializers

type SerializerLike = serializers.BaseSerializer[Any] | type[serializers.BaseSerializer[Any]]


class ErrorDetail(serializers.Serializer[Any]):
    """What went wrong."""

    code = serializers.CharField(help_text="Stable, for programs.")
    message = serializers.CharField(help_text="For people.")
    details = serializers.DictField(
        child=serializers.ListField(child=serializers.CharField()),
        required=False,
        help_text="Messages by field; `root` for the whole input.",
    )


class ErrorEnvelope(serializers.Serializer[Any]):
    """The one form of every refusal."""

    error = ErrorDetail()


class OperationSchema(AutoSchema):
    """Every operation has the error envelope as its default answer."""

    def _get_response_bodies(self, direction: Any = "response") -> dict[str, Any]:
        responses: dict[str, Any] = super()._get_response_bodies(direction)
        responses["default"] = self._get_response_for_code(  # type: ignore[no-untyped-call]
            ErrorEnvelope, "default"
        )
        return responses


def only_the_api(endpoints: list[Any]) -> list[Any]:
    """Leave out what lies outside /api/: the health checks at the root are copies."""
    return [endpoint for endpoint in endpoints if endpoint[0].startswith("/api/")]


def enveloped(
    name: str, data: SerializerLike | serializers.Field[Any, Any, Any, Any], **beside: Any
) -> serializers.BaseSerializer[Any]:
    """The schema of `{"status": "ok", "data": ...}`; `beside` stands next to `data`."""
    instance = data() if isinstance(data, type) else data
    fields: dict[str, Any] = {
        "status": serializers.ChoiceField(choices=["ok"]),
        "data": instance,
        **beside,
    }
    return inline_serializer(name=f"{name}Envelope", fields=fields)
