"""Checks parameters against what an endpoint knows, and turns text into values.

A specification is a dict of names. Each stands for TEXT, INTEGER, BOOLEAN, HASH (text by free
names), IGNORED (taken, without effect), a Choice, a dict (nested names), or a list of one of these.
"""

import re
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any
from urllib.parse import urlsplit

from development_stripe.errors import (
    StripeError,
    invalid_integer,
    invalid_value,
    missing_parameter,
    unknown_parameter,
)
from development_stripe.messages import Thing

MAX_METADATA = 50
LONGEST_NAME = 40
LONGEST_VALUE = 500
HIGHEST_LIMIT = 100


class Value(Enum):
    TEXT = auto()
    INTEGER = auto()
    BOOLEAN = auto()
    NUMBER = auto()
    ADDRESS = auto()
    HASH = auto()
    MOMENT = auto()
    IGNORED = auto()


TEXT, INTEGER, BOOLEAN = Value.TEXT, Value.INTEGER, Value.BOOLEAN
NUMBER, ADDRESS, HASH = Value.NUMBER, Value.ADDRESS, Value.HASH
MOMENT, IGNORED = Value.MOMENT, Value.IGNORED


@dataclass(frozen=True)
class Choice:
    """One of a few words."""

    words: tuple[str, ...]


def choice(*words: str) -> Choice:
    return Choice(words)


RANGE = {"gt": INTEGER, "gte": INTEGER, "lt": INTEGER, "lte": INTEGER}
EXPAND: Thing = {"expand": [TEXT]}
PAGING: Thing = {"limit": INTEGER, "starting_after": TEXT, "ending_before": TEXT, "expand": [TEXT]}
LISTED: Thing = PAGING | {"created": (INTEGER, RANGE)}


def checked(given: Thing, known: Thing, *, needs: tuple[str, ...] = ()) -> Thing:
    """Raises StripeError for whatever Stripe would refuse."""
    values = _checked_dict(given, known, "")
    for name in needs:
        require(values, name)
    return values


def require(values: Thing, name: str) -> Any:
    """The value at `a[b]`; raises StripeError where there is none."""
    value: Any = values
    for step in re.findall(r"[^\[\]]+", name):
        if isinstance(value, list):
            value = value[int(step)] if int(step) < len(value) else None
        else:
            value = (value or {}).get(step)
        if value is None or value == "":
            raise missing_parameter(name)
    return value


def _checked_dict(given: Thing, known: Thing, path: str) -> Thing:
    values = {}
    for name, value in given.items():
        here = f"{path}[{name}]" if path else name
        if name not in known:
            raise unknown_parameter(here)
        values[name] = _checked_value(value, known[name], here)
    return values


def _checked_value(value: Any, known: Any, path: str) -> Any:
    if isinstance(known, tuple):
        return _checked_value(value, known[isinstance(value, dict)], path)
    if isinstance(known, list | dict):
        return _checked_structure(value, known, path)
    if known is IGNORED:
        return value
    if known is HASH:
        return _metadata(value, path)
    if not isinstance(value, str):
        raise StripeError(f"Invalid string: {path}", code="parameter_invalid_string", param=path)
    return _scalar(value, known, path)


def _checked_structure(value: Any, known: list[Any] | Thing, path: str) -> Any:
    """Empty text is an empty list, and for a dict the wish to take it away."""
    if isinstance(known, list):
        if value != "" and not isinstance(value, list):
            raise StripeError("Invalid array", code="parameter_invalid_array", param=path)
        return [_checked_value(one, known[0], f"{path}[{i}]") for i, one in enumerate(value)]
    if value != "" and not isinstance(value, dict):
        raise StripeError("Invalid object", code="parameter_invalid_hash", param=path)
    return _checked_dict(value, known, path) if value else ""


def _scalar(text: str, known: Value | Choice, path: str) -> Any:
    if isinstance(known, Choice):
        if text not in known.words:
            raise invalid_value(path, f"Invalid {path}: must be one of {', '.join(known.words)}")
        return text
    if known is Value.BOOLEAN and text not in {"true", "false"}:
        raise StripeError(f"Invalid boolean: {text}", code="parameter_invalid_boolean", param=path)
    if known is Value.ADDRESS and not _is_address(text):
        raise StripeError("Not a valid URL", code="url_invalid", param=path)
    if known is Value.BOOLEAN:
        return text == "true"
    if known is Value.NUMBER:
        return _number(text, path)
    # An empty moment takes one away.
    if known is Value.INTEGER or (known is Value.MOMENT and text):
        return _integer(text, path)
    return text


def _integer(text: str, path: str) -> int:
    if not re.fullmatch(r"-?\d{1,18}", text, re.ASCII):
        raise invalid_integer(path, text)
    return int(text)


def _number(text: str, path: str) -> float:
    if not re.fullmatch(r"\d{1,12}(\.\d{1,12})?", text, re.ASCII):
        raise StripeError(f"Invalid decimal: {text}", code="parameter_invalid_decimal", param=path)
    return float(text)


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and not re.search(r"\s", text)


def _metadata(value: Any, path: str) -> Thing | str:
    if value == "":
        return ""
    if isinstance(value, list):
        value = {str(index): one for index, one in enumerate(value)}
    if not isinstance(value, dict) or not all(isinstance(one, str) for one in value.values()):
        raise StripeError("Invalid object", code="parameter_invalid_hash", param=path)
    if len(value) > MAX_METADATA or any(
        len(name) > LONGEST_NAME or len(one) > LONGEST_VALUE for name, one in value.items()
    ):
        raise invalid_value(path, "Metadata takes 50 keys of 40 characters, values of 500.")
    return value


def merged_metadata(old: Thing, change: Thing | str) -> Thing:
    """Empty text takes a key away, or all of them."""
    if isinstance(change, str):
        return {}
    merged = old | change
    return {name: value for name, value in merged.items() if value != ""}


def page_limit(values: Thing) -> int:
    limit = int(values.get("limit", 10))
    if not 1 <= limit <= HIGHEST_LIMIT:
        raise invalid_integer("limit", limit)
    return limit
