"""Filling tables with many rows that are known to fit each other, for tests of plans."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from django.db import connection
from django.db.backends.utils import CursorWrapper


@contextmanager
def made_at_once(tables: Iterable[str]) -> Iterator[CursorWrapper]:
    """Inserts into `tables` within the block call no trigger and check no foreign key.

    The indexes are built behind it, which takes a third of the time that it takes to keep them up
    row by row; then the planner learns what there is. For a superuser within a transaction; what
    the block reads must not come from an index.
    """
    names = list(tables)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        change = "UPDATE pg_index SET {} = false WHERE indrelid = ANY(%s::regclass[])"
        cursor.execute(change.format("indisready"), [names])
        yield cursor
        for name in names:
            # Makes them ready again, too.
            cursor.execute(f"REINDEX TABLE {name}")
        # An index that older transactions might not find everything in is left alone by the one
        # that built it; there are no older ones that look.
        cursor.execute(change.format("indcheckxmin"), [names])
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")
    analyze()


def analyze() -> None:
    """Have the planner learn what there is in the tables of the product.

    In no others: a transaction would keep those locked that all databases of a server share, and
    whoever does the same in another one would wait for its end.
    """
    with connection.cursor() as cursor:
        names = map(connection.ops.quote_name, connection.introspection.table_names(cursor))
        cursor.execute(f"ANALYZE {', '.join(names)}")
