"""Fields that take the JSON type they name, and no other that could be read as it."""

from typing import Any

from django.core.validators import URLValidator
from django.utils.translation import gettext_lazy as _
from drf_spectacular.extensions import OpenApiSerializerFieldExtension
from rest_framework import serializers

# What is trimmed, in the spelling of JSON Schema: its \s knows fewer characters than ours.
NOT_BLANK = r"[^\s\u001c-\u001f\u0085]"


class _Exactly:
    """Refuses values of another JSON type before the field reads them."""

    json_type: type

    def run_validation(self, data: Any = serializers.empty) -> Any:
        given = data is not serializers.empty and data is not None
        if given and not isinstance(data, self.json_type):
            self.fail("invalid")  # type: ignore[attr-defined]
        return super().run_validation(data)  # type: ignore[misc]


class Text(_Exactly, serializers.CharField):
    """A string. NUL and lone surrogates, which the database cannot store, are refused."""

    json_type = str


class TextSchema(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    """Says that a text which is trimmed and may not be blank has more than blanks in it."""

    target_class = Text
    match_subclasses = True

    def map_serializer_field(self, auto_schema: Any, direction: str) -> dict[str, Any]:
        """The framework's own description, and the pattern where there is none yet."""
        described: dict[str, Any] = auto_schema._map_serializer_field(
            self.target, direction, bypass_extensions=True
        )
        if direction == "request" and self.target.trim_whitespace and not self.target.allow_blank:
            described.setdefault("pattern", NOT_BLANK)
        # Whoever asked adds that the field may be null, and it is said already.
        for schema in (described, *described.get("oneOf", ())):
            if isinstance(schema.get("type"), list):
                schema["type"] = "string"
        return described


class SecretText(Text):
    """A string that is taken exactly as it is, blanks included."""

    def __init__(self, **options: Any) -> None:
        super().__init__(trim_whitespace=False, **options)


class EmailText(_Exactly, serializers.EmailField):
    """An e-mail address."""

    json_type = str

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=254, **options)


class WebAddress(Text):
    """An address that a browser may follow: http and https only."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.validators.append(URLValidator(schemes=["http", "https"]))


class Flag(_Exactly, serializers.BooleanField):
    """true or false."""

    json_type = bool


class Moment(_Exactly, serializers.DateTimeField):
    """A time in ISO 8601, in text; without a zone it is UTC."""

    json_type = str
    # The framework's own sentence names formats, which are not known where the type is wrong.
    default_error_messages = {"invalid": _("A time in ISO 8601 is needed.")}


class Id(_Exactly, serializers.UUIDField):
    """A UUID, in text."""

    json_type = str


class WholeNumber(serializers.IntegerField):
    """A JSON number without a fraction, 1.0 included; text, true and false do not pass for one."""

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, float) and data.is_integer():
            data = int(data)
        if isinstance(data, bool) or not isinstance(data, int):
            self.fail("invalid")
        return super().to_internal_value(data)


class Choice(_Exactly, serializers.ChoiceField):
    """One of a few words. The refusal does not repeat the input, which may be anything."""

    json_type = str
    default_error_messages = {
        "invalid": _("This is not one of the choices."),
        "invalid_choice": _("This is not one of the choices."),
    }
