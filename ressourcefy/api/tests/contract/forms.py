"""Forms of values, as the contract's tables write them, and how a value departs from its form.

A form is one of
- a word: a plain kind (`KINDS`), an enumeration or an object of `forms.toml`; with `?` it may be
  null as well
- `=word`: exactly that text; a boolean: exactly that
- a table: an object with exactly these names
- an array with one form: a list of such; plain values are in it only once
"""

import re
import tomllib
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

type Form = str | bool | dict[str, Any] | list[Any]

_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_whole(value: object, least: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= least


def _is_time(value: object) -> bool:
    if not isinstance(value, str) or not value.endswith("Z"):
        return False
    try:
        return datetime.fromisoformat(value).utcoffset() is not None
    except ValueError:
        return False


#: Every plain kind. A price is a `whole`: what costs nothing has none.
KINDS: dict[str, Callable[[Any], bool]] = {
    "id": lambda value: isinstance(value, str) and bool(_ID.fullmatch(value)),
    "text": lambda value: isinstance(value, str) and bool(value.strip()),
    "string": lambda value: isinstance(value, str),
    "email": lambda value: isinstance(value, str) and "@" in value,
    "url": lambda value: isinstance(value, str) and bool(urlsplit(value).netloc),
    "time": _is_time,
    "bool": lambda value: isinstance(value, bool),
    "whole": lambda value: _is_whole(value, 1),
    "count": lambda value: _is_whole(value, 0),
    "number": _is_number,
    "any object": lambda value: isinstance(value, dict),
}


@cache
def _dictionary() -> dict[str, Any]:
    return tomllib.loads((Path(__file__).parent / "forms.toml").read_text())


def departures(form: Form, value: Any, path: str = "$", seen: set[str] | None = None) -> list[str]:
    """Where `value` is not of the form; `seen` collects which parts of the form there were."""
    if seen is not None:
        seen.add(path)
    if isinstance(form, str):
        return _departs_from_word(form, value, path, seen)
    if isinstance(form, dict):
        return _departs_from_table(form, value, path, seen)
    if isinstance(form, list):
        return _departs_from_list(form[0], value, path, seen)
    return [] if value is form else [f"{path} is {value!r}, not {form}"]


def _departs_from_word(form: str, value: Any, path: str, seen: set[str] | None) -> list[str]:
    word = form.removesuffix("?")
    if word != form and value is None:
        return []
    if word in _dictionary()["forms"]:
        return departures(_dictionary()["forms"][word], value, path, seen)
    if word.startswith("="):
        is_right = value == word[1:]
    elif word in KINDS:
        is_right = KINDS[word](value)
    else:
        # A boolean equals a number.
        values = _dictionary()["enumerations"][word]
        is_right = value in values and not isinstance(value, bool)
    return [] if is_right else [f"{path} is {value!r}, not {form}"]


def _departs_from_table(form: Any, value: Any, path: str, seen: set[str] | None) -> list[str]:
    if not isinstance(value, dict):
        return [f"{path} is {value!r}, not an object"]
    found = [f"{path} has no {name}" for name in form.keys() - value.keys()]
    found += [f"{path} has {name} as well" for name in value.keys() - form.keys()]
    for name in form.keys() & value.keys():
        found += departures(form[name], value[name], f"{path}.{name}", seen)
    return sorted(found)


def _departs_from_list(form: Any, value: Any, path: str, seen: set[str] | None) -> list[str]:
    if not isinstance(value, list):
        return [f"{path} is {value!r}, not a list"]
    found = [line for one in value for line in departures(form, one, f"{path}[]", seen)]
    if isinstance(form, str) and all(isinstance(one, str) for one in value):
        found += [
            f"{path} has {one!r} twice" for one, more in pairwise(sorted(value)) if one == more
        ]
    return found


def parts(form: Form, path: str = "$") -> Iterator[str]:
    """The path of every part of a form, as `departures` writes it."""
    yield path
    if isinstance(form, str):
        inner = _dictionary()["forms"].get(form.removesuffix("?"))
        if inner is not None:
            yield from (part for part in parts(inner, path) if part != path)
    elif isinstance(form, dict):
        for name, one in form.items():
            yield from parts(one, f"{path}.{name}")
    elif isinstance(form, list):
        yield from parts(form[0], f"{path}[]")


def departures_of_refusal(body: Any) -> list[str]:
    """Where the body of a refusal is not the envelope; `details` names what is to blame, if any."""
    error = body.get("error") if isinstance(body, dict) else None
    details = error.get("details", {"root": ["-"]}) if isinstance(error, dict) else None
    if not isinstance(error, dict) or not isinstance(details, dict) or not details:
        return [f"{body!r} is no refusal"]
    known = {name: value for name, value in error.items() if name != "details"}
    found = departures({"error": {"code": "text", "message": "text"}}, body | {"error": known})
    for name, messages in details.items():
        found += departures(["text"], messages, f"$.error.details.{name}")
        found += [] if messages else [f"$.error.details.{name} is empty"]
    return found
