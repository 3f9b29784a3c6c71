"""Stripe's list object: newest first, pages by cursor, filters on dates."""

import operator
from collections.abc import Callable, Iterable

from development_stripe.errors import no_such
from development_stripe.messages import Thing
from development_stripe.parameters import page_limit

COMPARE: dict[str, Callable[[int, int], bool]] = {
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
}


def list_object(data: list[Thing], *, url: str, has_more: bool = False) -> Thing:
    return {"object": "list", "data": data, "has_more": has_more, "url": url}


def page_of(oldest_first: Iterable[Thing], values: Thing, *, url: str) -> Thing:
    """One page of the list; filters on `created` are applied here, others before."""
    things = list(reversed(list(oldest_first)))
    if "created" in values:
        things = [one for one in things if within(one["created"], values["created"])]
    limit = page_limit(values)
    if before := values.get("ending_before"):
        end = _position(things, before, "ending_before")
        return list_object(things[max(0, end - limit) : end], url=url, has_more=end > limit)
    begin = 0
    if after := values.get("starting_after"):
        begin = _position(things, after, "starting_after") + 1
    chosen = things[begin : begin + limit]
    return list_object(chosen, url=url, has_more=len(things) > begin + limit)


def within(number: int, wanted: int | Thing) -> bool:
    if isinstance(wanted, int):
        return number == wanted
    return all(COMPARE[name](number, limit) for name, limit in wanted.items())


def matching(things: Iterable[Thing], values: Thing, *names: str) -> list[Thing]:
    """Those whose fields equal the filters that were given."""
    wanted = {name: values[name] for name in names if name in values}
    return [one for one in things if all(one.get(name) == it for name, it in wanted.items())]


def _position(things: list[Thing], identifier: str, param: str) -> int:
    for index, one in enumerate(things):
        if one["id"] == identifier:
            return index
    raise no_such("object", identifier, param)
