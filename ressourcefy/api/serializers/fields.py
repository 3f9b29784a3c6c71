"""Fields that take the JSON type they name, and no other that could be read as it."""

from typing import Any

from django.core.validators import URLValidator
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers


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


class Id(_Exactly, serializers.UUIDField):
    """A UUID, in text."""

    json_type = str


class WholeNumber(serializers.IntegerField):
    """A JSON number without a fraction; neither text nor true and false pass for one."""

    def to_internal_value(self, data: Any) -> int:
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
