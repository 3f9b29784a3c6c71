"""Where benchmarks take place: a PostgreSQL of their own, set up as a production server is.

It uses the programs that the product's own launcher finds, and keeps its data below the data
directory, so that a second run has nothing to generate.
"""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from bench import PROJECT
from devtools.postgres import Cluster, data_directory
from devtools.postgres_server import Postmaster

_MIB = 1024 * 1024
_MOST_SHARED_BUFFERS = 4096 * _MIB

# Production's own variables. The key protects nothing but a database of made-up people.
_PRODUCTION = {
    "DJANGO_SETTINGS_MODULE": "ressourcefy.settings",
    "DJANGO_DEBUG": "False",
    "DJANGO_SECRET_KEY": "made-up-people-in-a-database-of-benchmarks-0123456789-abcdefghij",
    "DJANGO_ALLOWED_HOSTS": "bench.example",
    "WEB_CLIENT_URL": "https://app.bench.example",
    # Load from one address would be refused; and a long run must not outlive its tokens.
    "RATE_LIMIT_FACTOR": "0",
    "ACCESS_TOKEN_MINUTES": "1440",
}


def _memory() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def server_settings() -> dict[str, str]:
    """As on a server of this size that has little else to do; commits are durable."""
    shared = min(_memory() // 4, _MOST_SHARED_BUFFERS) // _MIB
    return {
        "shared_buffers": f"{shared}MB",
        "effective_cache_size": f"{_memory() // 2 // _MIB}MB",
        "random_page_cost": "1.1",
        "effective_io_concurrency": "100",
        "work_mem": "16MB",
        "maintenance_work_mem": "1GB",
        "max_wal_size": "8GB",
        "checkpoint_timeout": "15min",
        "fsync": "on",
        "full_page_writes": "on",
        "synchronous_commit": "on",
        # The work of a query is then done, and its processor time found, in one backend.
        "max_parallel_workers_per_gather": "0",
    }


@dataclass(frozen=True)
class Stage:
    """The running server; `url` names databases in it."""

    address: str
    data: Path

    @property
    def postmaster(self) -> int:
        """The process that all of PostgreSQL's processes are children of."""
        found = Postmaster.of(self.data)
        if found is None:
            raise RuntimeError("The server of the benchmarks has stopped.")
        return found.pid

    def url(self, database: str, *, application: str = "") -> str:
        """The address of a database; backends can be told apart by the `application` they serve."""
        query = f"application_name={application}" if application else ""
        return urlunsplit(urlsplit(self.address)._replace(path=f"/{database}", query=query))

    def connect(self, database: str, *, application: str = "bench") -> "psycopg.Connection":
        """A connection of the benchmark itself; every statement commits at once."""
        return psycopg.connect(self.url(database, application=application), autocommit=True)

    def has(self, database: str) -> bool:
        with self.connect("postgres") as connection:
            query = "SELECT 1 FROM pg_database WHERE datname = %s"
            return connection.execute(query, [database]).fetchone() is not None

    def create(self, database: str, *, template: str = "template1") -> None:
        """Make a database anew, as a copy of `template`; what had the name is lost."""
        self.drop(database)
        command = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY")
        with self.connect("postgres") as connection:
            connection.execute(command.format(sql.Identifier(database), sql.Identifier(template)))

    def drop(self, database: str) -> None:
        with self.connect("postgres") as connection:
            command = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
            connection.execute(command.format(sql.Identifier(database)))


@contextlib.contextmanager
def stage() -> Iterator[Stage]:
    """The server, started where it does not run yet; the last user stops it."""
    cluster = Cluster("bench", data_directory(), settings=server_settings())
    address = cluster.acquire()
    try:
        yield Stage(address, cluster.place.data)
    finally:
        cluster.release()


def product_environment(url: str, **more: str) -> dict[str, str]:
    """The environment of the product's processes, as in production, on the database of `url`."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return {
        **kept,
        **_PRODUCTION,
        "DATABASE_URL": url,
        "RESSOURCEFY_DATA_DIR": str(data_directory() / "bench"),
        "PYTHONPATH": os.pathsep.join([str(PROJECT), str(PROJECT.parent)]),
        **more,
    }


def manage(url: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command of the product on the database of `url`; the caller looks at its status."""
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=PROJECT,
        # Requests are cut off after seconds; a command over a million rows may take minutes.
        env=product_environment(url, DATABASE_STATEMENT_TIMEOUT_MS="0"),
        capture_output=True,
        text=True,
        check=False,
    )
