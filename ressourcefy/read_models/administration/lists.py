"""What lists of the administration share: filters, and pages whose cost has a bound.

A list is one statement (`read_models/statements.py`), put together from the columns that it shows
and the conditions that are asked for. Filters are words as a client sends them. One that cannot
mean anything matches nothing.
"""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, models

from read_models.long_lists import LongList, long_page_of
from read_models.pagination import Listing, PageRequest
from read_models.statements import Row, page_of, rows_of

NEWEST_FIRST = "created_at DESC, id DESC"

_SHORTEST_PART = 3
_SPECIAL = str.maketrans({"\\": r"\\", "%": r"\%", "_": r"\_"})


def known_id(text: str) -> UUID | None:
    """The id that a text is, if it is one."""
    try:
        return UUID(text)
    except ValueError:
        return None


@dataclass(slots=True)
class Wanted:
    """Conditions on the rows of one table, with their values.

    Words of ours stand in the text, where the planner knows how common they are.
    """

    conditions: list[str] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)
    is_possible: bool = True
    is_narrowed: bool = False

    def always(self, condition: str) -> None:
        """What holds for the list without any filter."""
        self.conditions.append(condition)

    def where(self, condition: str, **values: object) -> None:
        """Rows for which this holds."""
        self.conditions.append(condition)
        self.values |= values
        self.is_narrowed = True

    def nothing(self) -> None:
        """No row at all."""
        self.is_possible = False

    def by_id(self, column: str, text: str | None) -> None:
        """Rows whose `column` is this id."""
        if text is None:
            return
        found = known_id(text)
        if found is None:
            self.nothing()
        self.where(f"{column} = %({column})s", **{column: found})

    def by_word(self, column: str, text: str | None, words: type[models.TextChoices]) -> None:
        """Rows whose `column` is this one of the words."""
        if text is None:
            return
        if text in words.values:
            self.where(f"{column} = '{text}'")
        else:
            self.nothing()

    def by_part(self, column: str, text: str | None) -> None:
        """Rows with this text anywhere in `column`, in whatever case; an index on parts finds them.

        Texts too short to have such a part are beginnings.
        """
        if text is None:
            return
        if "\x00" in text:
            self.nothing()
        pattern = f"{text.lower().translate(_SPECIAL)}%"
        if len(text) >= _SHORTEST_PART:
            pattern = f"%{pattern}"
        self.where(f"lower({column}) LIKE %(pattern)s", pattern=pattern)


@dataclass(frozen=True, slots=True)
class Table:
    """What a list shows of a table and of what belongs to its rows.

    `shown` are the columns that are cut to a page, `columns` those of an item, the id first.
    """

    name: str
    columns: str
    joins: str = ""
    order: str = NEWEST_FIRST
    shown: str = "*"

    def list_of(self, wanted: Wanted) -> LongList:
        """The list of the rows that are wanted."""
        return LongList(
            source=f"FROM {self.name} WHERE {' AND '.join(wanted.conditions) or 'true'}",
            shown=self.shown,
            order=self.order,
            columns=self.columns,
            joins=self.joins,
            is_prepared=not wanted.values,
        )


def listing_of(
    table: Table, wanted: Wanted, page: PageRequest, *, length: str | None = None
) -> Listing[Row]:
    """A page of what is wanted. `length` is a cheaper query for how long the list is.

    One query with a `length` that has an answer; else as `long_page_of`.
    """
    if not wanted.is_possible:
        return Listing(items=[], page=page, count=0)
    rows = table.list_of(wanted)
    count, items = None, list[Row]()
    if length:
        numbered = rows.numbered(length)
        found, items = page_of(
            DEFAULT_DB_ALIAS, numbered, page, wanted.values, is_prepared=rows.is_prepared
        )
        count = found["total_count"]
    if count is None:
        count, items = long_page_of(DEFAULT_DB_ALIAS, rows, page, wanted.values)
    for item in items:
        del item["total_count"]
    return Listing(items=items, page=page, count=count)


def one_of(table: Table, wanted: Wanted) -> Row | None:
    """The one row that is wanted, if there is one. One query."""
    source = f"SELECT {table.shown} {table.list_of(wanted).source}"
    statement = f"SELECT {table.columns} FROM ({source}) AS page {table.joins}"
    found = rows_of(DEFAULT_DB_ALIAS, statement, wanted.values)
    return found[0] if found else None


def with_id(row_id: UUID, *conditions: str) -> Wanted:
    """The row of an id, if the conditions hold for it."""
    wanted = Wanted()
    wanted.where("id = %(id)s", id=row_id)
    for condition in conditions:
        wanted.always(condition)
    return wanted
