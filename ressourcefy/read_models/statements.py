"""Statements written by hand: prepared once for each connection, their rows as dictionaries.

No model instance is made and nothing is converted, because on a page of twenty rows that costs
more than all the rest. The text of a statement depends on few things, so that a connection has
few of them to prepare; whatever comes from outside is a value.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.db import connections
from psycopg.rows import dict_row

from core.database.prepared import prepared_cursor
from read_models.pagination import PageRequest

type Row = dict[str, Any]


def rows_of(
    database: str, statement: str, values: Mapping[str, Any], *, is_prepared: bool = True
) -> list[Row]:
    """The rows by the names of their columns; parameters are written `%(name)s`.

    What is prepared has one plan for all values. Where the best plan depends on them, as where one
    word is rare and another is everywhere, it has to be made each time.
    """
    with prepared_cursor(database) if is_prepared else connections[database].cursor() as query:
        query.cursor.row_factory = dict_row
        query.execute(statement, values)
        rows: list[Row] = query.fetchall()
        return rows


def asking(viewer: str, *named: str) -> str:
    """The WITH of a statement: what `resources.models.access` asks of the viewer, and others."""
    asked = [f"viewer AS MATERIALIZED ({viewer})"] if viewer else []
    return f"WITH {', '.join([*asked, *named])}" if asked or named else ""


@dataclass(frozen=True, slots=True)
class Numbered:
    """A list that is read by numbered pages, with its length, in one statement.

    `length` is a query of one row with the column `total_count`, and `listed` one of rows in the
    order of an index; `columns` and `joins` add to those that are shown, called `page`, what other
    tables have. The first column is the item's id.
    """

    length: str
    listed: str
    order: str
    columns: str
    joins: str = ""
    asks: str = ""


@lru_cache(maxsize=1_024)
def _statement(numbered: Numbered, size: int, *, is_first: bool) -> str:
    """Joins come after the cut, so that their cost is the page's; nor is more than that sorted.

    Sort -> Nested Loop Left Join
      -> CTE length
      -> Limit -> Index Scan in the order of the list    not executed behind the last row
      -> Index Scans by key, once for each row of the page
    """
    listed, cut = numbered.listed, f"LIMIT {size}"
    if not is_first:
        listed += " AND %(skipped)s < (SELECT total_count FROM length)"
        cut += " OFFSET %(skipped)s"
    return f"""{asking(numbered.asks, f"length AS MATERIALIZED ({numbered.length})")}
        SELECT length.*, {numbered.columns}
        FROM length LEFT JOIN ({listed} ORDER BY {numbered.order} {cut}) AS page ON true
        {numbered.joins} ORDER BY {_of_page(numbered.order)}"""


def _of_page(order: str) -> str:
    return ", ".join(f"page.{column}" for column in order.split(", "))


def page_of(
    database: str,
    numbered: Numbered,
    page: PageRequest,
    values: Mapping[str, Any],
    *,
    is_prepared: bool = True,
) -> tuple[Row, list[Row]]:
    """The row of `length`, empty if there is none, and the items of the page. One query."""
    statement = _statement(numbered, page.page_size, is_first=page.page == 1)
    values = {**values, "skipped": page.offset}
    found = rows_of(database, statement, values, is_prepared=is_prepared)
    if not found:
        return {}, []
    return found[0], ([] if found[0]["id"] is None else found)
