"""Databases with the demo in them; the tests of a run copy one that the first of them made."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from devtools.environment import DEMO_TEMPLATE
from devtools.journey.stack import EMPTY_TEMPLATE, prepare_database, scratch_database

_LOCK = 0xDE30


@contextmanager
def demo_database(url: str) -> Iterator[str]:
    """The address of a new database with tables, tags and demo accounts, dropped at the end.

    It stands in the server of `url`. Raises StackFailed.
    """
    template = os.environ.get(DEMO_TEMPLATE, "")
    if template:
        _make_once(url, template)
    with scratch_database(url, template=template or EMPTY_TEMPLATE) as made:
        if not template:
            prepare_database(made)
        yield made


def _make_once(url: str, name: str) -> None:
    """The database to copy; of several processes one makes it, and the others wait."""
    # Locks of this kind belong to one database: to one that all can see.
    with psycopg.connect(_in(url, "postgres"), autocommit=True) as server:
        server.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        found = server.execute("SELECT FROM pg_database WHERE datname = %s", [name])
        if found.rowcount:
            return
        unfinished = f"{name}_unfinished"
        names = {"name": sql.Identifier(name), "unfinished": sql.Identifier(unfinished)}
        for statement in (
            "DROP DATABASE IF EXISTS {unfinished} WITH (FORCE)",
            f"CREATE DATABASE {{unfinished}} TEMPLATE {EMPTY_TEMPLATE}",
        ):
            server.execute(sql.SQL(statement).format(**names))
        prepare_database(_in(url, unfinished))
        server.execute(sql.SQL("ALTER DATABASE {unfinished} RENAME TO {name}").format(**names))


def _in(url: str, database: str) -> str:
    return urlsplit(url)._replace(path=f"/{database}").geturl()
