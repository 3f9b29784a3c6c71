"""What lists of the administration share: filters, and pages whose cost has a bound.

Filters are words as a client sends them. One that cannot mean anything matches nothing.
"""

import json
from collections.abc import Callable, Iterable
from typing import Any
from uuid import UUID

from django.db import models
from django.db.models import Q, QuerySet
from django.db.models.functions import Lower

from read_models.pagination import NEWEST_FIRST, Listing, PageRequest

# Longer lists are not counted to their end: the planner's estimate says how long they are.
MOST_COUNTED = 10_000

_SHORTEST_PART = 3
_EVERYTHING = Q()
_NOTHING = Q(pk__in=())


def known_id(text: str) -> UUID | None:
    """The id that a text is, if it is one."""
    try:
        return UUID(text)
    except ValueError:
        return None


def by_id(column: str, text: str | None) -> Q:
    """Rows whose `column` is this id."""
    if text is None:
        return _EVERYTHING
    found = known_id(text)
    return _NOTHING if found is None else Q(**{column: found})


def by_word(column: str, text: str | None, words: type[models.TextChoices]) -> Q:
    """Rows whose `column` is this one of the words."""
    if text is None:
        return _EVERYTHING
    return Q(**{column: text}) if text in words.values else _NOTHING


def by_part[Rows: QuerySet[Any]](rows: Rows, column: str, text: str | None) -> Rows:
    """Rows with this text anywhere in `column`, in whatever case; an index on parts finds them.

    Texts too short to have such a part are beginnings.
    """
    if text is None:
        return rows
    if "\x00" in text:
        return rows.none()
    how = "contains" if len(text) >= _SHORTEST_PART else "startswith"
    return rows.alias(in_lower_case=Lower(column)).filter(**{f"in_lower_case__{how}": text.lower()})


def counted(rows: QuerySet[Any]) -> int:
    """How many rows there are: exactly, or from MOST_COUNTED on about."""
    ids = rows.order_by().values("pk")
    within = ids[: MOST_COUNTED + 1].count()
    if within <= MOST_COUNTED:
        return within
    estimate = json.loads(ids.explain(format="json"))[0]["Plan"]["Plan Rows"]
    return max(within, int(estimate))


def listing_of[Item, Rows: QuerySet[Any]](
    rows: Rows,
    page: PageRequest,
    *,
    load: Callable[[Rows], QuerySet[Any]],
    to_item: Callable[[Any], Item],
    order: Iterable[str] = NEWEST_FIRST,
) -> Listing[Item]:
    """A page of `rows`. The page is cut by an index before `load` joins anything."""
    count = counted(rows)
    items: tuple[Item, ...] = ()
    if page.offset < count:
        cut = rows.order_by(*order).values("pk")[page.offset : page.offset + page.page_size]
        whole = load(type(rows)(rows.model).filter(pk__in=cut))
        items = tuple(to_item(row) for row in whole.order_by(*order))
    return Listing(items=items, page=page, count=count)
