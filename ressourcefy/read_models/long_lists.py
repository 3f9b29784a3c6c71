"""Lists that may be of any length: counted up to a limit, and estimated from there on.

Counting reads every row, so it would cost more the more there is. Up to MOST_COUNTED rows the
number is exact; of longer lists the planner says how long they are, about.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connections

from read_models.pagination import PageRequest
from read_models.statements import Numbered, Row, page_of, rows_of

MOST_COUNTED = 10_000
# A table that was this long when it was last analyzed is taken to be longer than MOST_COUNTED.
_SURELY_LONG = 2 * MOST_COUNTED


def counted_up_to_limit(source: str) -> str:
    """The length of the rows FROM a source: exact, or one more than MOST_COUNTED."""
    return f"""SELECT count(*) AS total_count
        FROM (SELECT {source} LIMIT {MOST_COUNTED + 1}) AS counted"""


def length_of_table(table: str) -> str:
    """The length of a whole table without reading a long one; null where the planner is mistaken.

    It goes by what the planner does: how many rows a page had when the table was analyzed, and how
    many pages it has now.
    """
    return f"""SELECT CASE WHEN about.number > {_SURELY_LONG} THEN about.number
            ELSE nullif(({counted_up_to_limit(f"FROM {table}")}), {MOST_COUNTED + 1})
            END AS total_count
        FROM (SELECT (reltuples / greatest(relpages, 1) * pg_relation_size(oid)
                / current_setting('block_size')::integer)::bigint AS number
            FROM pg_class WHERE oid = '{table}'::regclass) AS about"""


def total_of(names: str) -> str:
    """A length that is maintained: the sum of the tallies whose names are LIKE this."""
    return f"""SELECT coalesce(sum(number), 0)::bigint AS total_count
        FROM core_tally WHERE name LIKE '{names.replace("%", "%%")}'"""


@dataclass(frozen=True, slots=True)
class LongList:
    """A list of rows FROM `source`, a text that ends in a condition.

    The other parts are those of `Numbered`; `is_prepared` where one plan is right for all values.
    """

    source: str
    shown: str
    order: str
    columns: str
    joins: str = ""
    is_prepared: bool = False

    def numbered(self, length: str) -> Numbered:
        """The list with this query for its length."""
        return Numbered(
            length=length,
            listed=f"SELECT {self.shown} {self.source}",
            order=self.order,
            columns=self.columns,
            joins=self.joins,
        )


def long_page_of(
    database: str, long: LongList, page: PageRequest, values: Mapping[str, Any]
) -> tuple[int, list[Row]]:
    """How long the list is, and the items of a page.

    One query where the list is counted to its end, two where it is estimated; behind what is
    counted, up to three.
    """
    length, rows = counted_up_to_limit(long.source), None
    if page.offset <= MOST_COUNTED:
        found, rows = page_of(
            database, long.numbered(length), page, values, is_prepared=long.is_prepared
        )
    else:
        (found,) = rows_of(database, length, values, is_prepared=long.is_prepared)
    number = int(found["total_count"])
    if number > MOST_COUNTED:
        number = max(number, _estimated(database, long.source, values))
    if rows is None:
        rows = []
        if number > MOST_COUNTED and page.offset < number:
            given = long.numbered("SELECT %(number)s::bigint AS total_count")
            _found, rows = page_of(
                database, given, page, {**values, "number": number}, is_prepared=long.is_prepared
            )
    return number, rows


def _estimated(database: str, source: str, values: Mapping[str, Any]) -> int:
    with connections[database].cursor() as query:
        query.execute(f"EXPLAIN (FORMAT JSON) SELECT {source}", values)
        (found,) = query.fetchone()
    plan = json.loads(found) if isinstance(found, str) else found
    return int(plan[0]["Plan"]["Plan Rows"])
