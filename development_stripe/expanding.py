"""`expand[]`: ids in an answer replaced by the objects that they name."""

import copy
from typing import Any

from development_stripe.errors import StripeError
from development_stripe.messages import Thing
from development_stripe.store import Account

DEEPEST = 4


def expanded(account: Account, answer: Thing, paths: list[str]) -> Thing:
    """A copy of `answer` in which each path is expanded; raises StripeError for a wrong one."""
    answer = copy.deepcopy(answer)
    for path in paths:
        steps = path.split(".")
        if len(steps) > DEEPEST:
            raise StripeError("You cannot expand more than 4 levels of a property.", param="expand")
        _expand(account, answer, steps, path)
    return answer


def _expand(account: Account, place: Any, steps: list[str], path: str) -> None:
    if isinstance(place, list):
        for one in place:
            _expand(account, one, steps, path)
        return
    name, rest = steps[0], steps[1:]
    if not isinstance(place, dict):
        raise _cannot(path)
    if name not in place:
        _include(account, place, name, path)
    value = place[name]
    if isinstance(value, str):
        found = account.find(value)
        if found is None:
            raise _cannot(path)
        place[name] = value = copy.deepcopy(found)
    if rest and value is not None:
        _expand(account, value, rest, path)
    elif not rest and not isinstance(value, dict | list | None):
        raise _cannot(path)


def _include(account: Account, place: Thing, name: str, path: str) -> None:
    """Lists that are in an object only if somebody asks for them."""
    included = account.notes.get(place.get("id", ""), {}).get("includable", {})
    if name not in included:
        raise _cannot(path)
    place[name] = listed = copy.deepcopy(included[name])
    listed["data"] = [
        copy.deepcopy(account.find(one)) if isinstance(one, str) else one for one in listed["data"]
    ]


def _cannot(path: str) -> StripeError:
    return StripeError(
        f"This property cannot be expanded ({path}).", code="property_not_expandable"
    )
