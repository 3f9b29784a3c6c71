"""Reads the fields of a control call, which come from JSON or from a form."""

from typing import Any

from development_stripe.errors import invalid_value, missing_parameter
from development_stripe.messages import Thing

TRUE = {"true", "on", "1", "yes"}


def text(body: Thing, name: str, default: str | None = None) -> str:
    value = body.get(name)
    if value is None or value == "":
        if default is None:
            raise missing_parameter(name)
        return default
    return str(value)


def number(body: Thing, name: str, default: int | None = None) -> int:
    value: Any = body.get(name)
    if value is None or value == "":
        if default is None:
            raise missing_parameter(name)
        return default
    try:
        return int(value)
    except (TypeError, ValueError) as error:
        raise invalid_value(name, f"{name} has to be a whole number.") from error


def optional_number(body: Thing, name: str) -> int | None:
    return number(body, name) if body.get(name) not in {None, ""} else None


def flag(body: Thing, name: str, *, default: bool = False) -> bool:
    value = body.get(name, default)
    return value if isinstance(value, bool) else str(value).lower() in TRUE
