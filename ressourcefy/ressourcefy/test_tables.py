"""Empty and small tables after tests, without rebuilding those that they left alone."""

from collections.abc import Iterable
from functools import cache
from typing import Any

from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.test import TestCase, TransactionTestCase

# Above it new files are quicker than marking each row, and hold no room for rows that are gone.
LARGE_BYTES = 2_000_000

_flush = TransactionTestCase._fixture_teardown  # type: ignore[attr-defined]
_roll_back = TestCase._rollback_atomics.__func__  # type: ignore[attr-defined]
# How many rows migrations put into which tables, by database. No test is to change these.
_of_migrations: dict[str, dict[str, int]] = {}


def empty_tables_quickly() -> None:
    """From here on tests that commit delete the few rows they leave instead of flushing.

    `flush` truncates every table, which makes new files for all of them and for their indexes, and
    has the permissions written anew; that costs thirty times as much. It is done all the same where
    a table became large, where rows of migrations are gone, and for a role that may not switch
    triggers off.
    """
    TransactionTestCase._fixture_teardown = empty_tables  # type: ignore[attr-defined]


def leave_no_large_files() -> None:
    """From here on a class that rolls back many rows takes their room along.

    Rows that were rolled back stay in their files until a vacuum comes by. Whatever reads such a
    table in the meantime reads all of it, and a plan made for an empty table does so for each row.
    """
    TestCase._rollback_atomics = classmethod(_roll_back_and_shrink)  # type: ignore[attr-defined]


def note_rows_of_migrations(aliases: Iterable[str]) -> None:
    """Look what the new test databases hold."""
    for alias in aliases:
        with connections[alias].cursor() as cursor:
            rows = {}
            for table in _tables(alias):
                cursor.execute(f"SELECT count(*) FROM {table}")  # noqa: S608 - names of tables
                rows[table] = cursor.fetchone()[0]
        _of_migrations[alias] = {table: count for table, count in rows.items() if count}


def empty_tables(test: Any) -> None:
    """What `_fixture_teardown` of Django does after `test`, but quickly where that can be."""
    for alias in test._databases_names(include_mirrors=False):
        if alias not in _of_migrations or not _has_deleted_rows(connections[alias]):
            _flush(test)
            return


def _roll_back_and_shrink(test: type[TestCase], atomics: dict[str, Any]) -> None:
    _roll_back(test, atomics)
    if atomics is test.__dict__.get("cls_atomics"):
        for alias in atomics:
            if alias in _of_migrations:
                _shrink(connections[alias])


def _shrink(connection: BaseDatabaseWrapper) -> None:
    """Make new files, where one that has no rows any more is large."""
    kept = _of_migrations[connection.alias]
    tables = [table for table in _tables(connection.alias) if table not in kept]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT max(pg_relation_size(name::regclass)) FROM unnest(%s::text[]) AS name", [tables]
        )
        if cursor.fetchone()[0] > LARGE_BYTES:
            cursor.execute(f"TRUNCATE {', '.join(tables)}")


def _has_deleted_rows(connection: BaseDatabaseWrapper) -> bool:
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        cursor.execute("SHOW is_superuser")
        if cursor.fetchone()[0] != "on":
            return False
        # Whoever is still writing finishes first, as before a TRUNCATE.
        tables = ", ".join(_tables(connection.alias))
        cursor.execute(f"LOCK TABLE {tables} IN SHARE ROW EXCLUSIVE MODE")
        cursor.execute(_size_and_change(connection.alias))
        found = cursor.fetchall()
        if any(size > LARGE_BYTES or is_of_migrations for _, size, is_of_migrations in found):
            return False
        if found:
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute("; ".join(f"DELETE FROM {table}" for table, _, _ in found))  # noqa: S608 - as above
    return True


@cache
def _size_and_change(alias: str) -> str:
    """The query for all tables that hold other rows than at first: name, bytes, whether there
    were rows at first."""
    kept = _of_migrations[alias]
    return " UNION ALL ".join(
        f"(SELECT '{table}', pg_relation_size('{table}'), {table in kept}"  # noqa: S608 - as above
        f" WHERE (SELECT count(*) FROM {table}) <> {kept.get(table, 0)})"
        for table in _tables(alias)
    )


@cache
def _tables(alias: str) -> tuple[str, ...]:
    """The quoted names of those that `flush` empties."""
    connection = connections[alias]
    names = connection.introspection.django_table_names(only_existing=True, include_views=False)
    return tuple(connection.ops.quote_name(name) for name in sorted(names))
