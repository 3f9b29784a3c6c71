"""Fill the databases of the benchmarks: `python -m bench.generate [10k] [100k] [1M]`.

The rows are made by the server itself, set by set. The schema is what the product's migrations
make, and the product's own `recount` has the last word on everything that it maintains.
"""

import argparse
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

import argon2
import psycopg
from psycopg import sql
from tqdm import tqdm

from bench import rows
from bench.stage import Stage, manage, stage

SIZES = {"10k": 10_000, "100k": 100_000, "1M": 1_000_000}
PASSWORD = "a-password-of-made-up-people"  # noqa: S105 - theirs is no secret

# Raised by whoever changes the rows: older databases are then made anew.
_GENERATION = 2
_AT_ONCE = 50_000


class GenerationFailed(Exception):
    """The product refused what was generated."""


def database_of(size: str) -> str:
    """The name of the database with so many resources."""
    return f"bench_{size.lower()}"


def email_of(number: int) -> str:
    """The address that a person signs in with; everybody's password is PASSWORD."""
    return f"person{number}@bench.example"


def prepare(a_stage: Stage, *sizes: str) -> None:
    """See that the databases of these sizes are there, whole, and of the present schema."""
    for size in sizes:
        if not _is_whole(a_stage, size):
            _generate(a_stage, size)
        elif _migrate(a_stage, database_of(size)):
            _settle(a_stage, database_of(size))


def id_of(connection: psycopg.Connection, kind: str, number: int) -> UUID:
    """The id of a `person`, a `resource` or a `tag` by its number."""
    query = sql.SQL("SELECT bench.{}(%s)").format(sql.Identifier(kind))
    found = connection.execute(query, [number]).fetchone()
    assert found is not None
    return UUID(str(found[0]))


def _mark(size: str) -> str:
    return f"generation {_GENERATION} of {size}"


def _is_whole(a_stage: Stage, size: str) -> bool:
    if not a_stage.has(database_of(size)):
        return False
    with a_stage.connect(database_of(size)) as connection:
        query = "SELECT obj_description(to_regnamespace('bench'), 'pg_namespace')"
        return connection.execute(query).fetchone() == (_mark(size),)


def _generate(a_stage: Stage, size: str) -> None:
    """Under another name first, so that a database of the right name is whole."""
    unfinished, number = f"{database_of(size)}_new", SIZES[size]
    a_stage.create(unfinished)
    _migrate(a_stage, unfinished)
    with a_stage.connect(unfinished) as connection:
        _fill(connection, number, label=size)
        connection.execute(sql.SQL("COMMENT ON SCHEMA bench IS {}").format(_mark(size)))
    _settle(a_stage, unfinished)
    a_stage.drop(database_of(size))
    with a_stage.connect("postgres") as connection:
        rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
        connection.execute(
            rename.format(sql.Identifier(unfinished), sql.Identifier(database_of(size)))
        )


def _migrate(a_stage: Stage, database: str) -> bool:
    """Bring the schema up to date; whether anything changed."""
    with a_stage.connect(database) as connection:
        before = _migrations(connection)
        _run(a_stage, database, "migrate", "--verbosity=0")
        return _migrations(connection) != before


def _migrations(connection: psycopg.Connection) -> int:
    if connection.execute("SELECT to_regclass('django_migrations')").fetchone() == (None,):
        return 0
    found = connection.execute("SELECT count(*) FROM django_migrations").fetchone()
    return int(found[0]) if found else 0


def _fill(connection: psycopg.Connection, size: int, *, label: str) -> None:
    figures = {
        "size": size,
        "newest": (datetime.now(UTC) - timedelta(hours=1)).isoformat(timespec="seconds"),
        "password": "argon2" + _hashed(PASSWORD),
        "people": rows.PEOPLE,
        "tags": rows.TAGS,
        "contributors": rows.CONTRIBUTORS,
        "superadmin": rows.SUPERADMIN,
        "admin": rows.ADMIN,
        "author": rows.AUTHOR,
        "first_contributor": rows.FIRST_CONTRIBUTOR,
        "subscriber": rows.SUBSCRIBER,
        "reader": rows.READER,
        "own_resources": rows.OWN_RESOURCES,
        "own_progress": rows.OWN_PROGRESS,
        "own_payments": rows.OWN_PAYMENTS,
        "many_comments": rows.MANY_COMMENTS,
    }
    connection.execute(rows.FUNCTIONS.format(**figures).encode())
    # What triggers would do row by row is done set by set, here and by `recount`.
    connection.execute("SET session_replication_role = replica")
    connection.execute("SET synchronous_commit = off")
    indexes = _without_indexes(connection)
    for kind in rows.EVERYTHING:
        total = kind.number(size)
        with tqdm(total=total, desc=f"{label} {kind.what}", unit_scale=True) as bar:
            for first, last in _chunks(total):
                statement = kind.statement.format(first=first, last=last, **figures)
                connection.execute(statement.encode())
                bar.update(last - first + 1)
    for index in tqdm(indexes, desc=f"{label} indexes"):
        connection.execute(index.encode())


def _hashed(password: str) -> str:
    """As the product hashes it: the text behind Django's name of the algorithm."""
    return argon2.PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1).hash(password)


def _chunks(total: int) -> Iterator[tuple[int, int]]:
    for first in range(1, total + 1, _AT_ONCE):
        yield first, min(first + _AT_ONCE - 1, total)


def _without_indexes(connection: psycopg.Connection) -> list[str]:
    """Drop the indexes that no constraint needs, and tell how to make them again."""
    found = connection.execute(
        """
        SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid)
        FROM pg_index JOIN pg_class ON pg_class.oid = indrelid
        WHERE relnamespace = 'public'::regnamespace AND NOT indisprimary
            AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)
        """
    ).fetchall()
    for name, _definition in found:
        connection.execute(f"DROP INDEX {name}".encode())
    return [definition for _name, definition in found]


def _settle(a_stage: Stage, database: str) -> None:
    """Let the product set right what it maintains, and PostgreSQL know what there is."""
    print(f"{database}: recount, vacuum and analyze ...", flush=True)
    # The first run finds what was not there and repairs it, the second one nothing.
    manage(a_stage.url(database), "recount", "--repair")
    with a_stage.connect(database) as connection:
        connection.execute("VACUUM (ANALYZE)")
        connection.execute("CHECKPOINT")
    _run(a_stage, database, "recount")


def _run(a_stage: Stage, database: str, *arguments: str) -> None:
    finished = manage(a_stage.url(database), *arguments)
    if finished.returncode:
        raise GenerationFailed(f"{' '.join(arguments)}:\n{finished.stdout}{finished.stderr}")


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sizes", nargs="*", metavar="size", help=f"of {', '.join(SIZES)}")
    sizes = parser.parse_args(arguments).sizes or ["10k", "1M"]
    if not set(sizes) <= SIZES.keys():
        parser.error(f"the sizes are {', '.join(SIZES)}")
    with stage() as a_stage:
        prepare(a_stage, *sizes)


if __name__ == "__main__":
    main()
