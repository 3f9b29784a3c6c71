"""The servers that are compared, each started as its documentation or ours says."""

import os
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from bench import CHECKOUT, PROJECT
from bench.client import Load, LoadFailed, load
from bench.measure import Backends, Sample, added, cpu_of_ended_children, cpu_of_tree
from bench.stage import Stage, product_environment

# As docs/deployment.md says: as many processes as cores.
WORKERS = os.cpu_count() or 2
THREADS = 4

_PRODUCT = "ressourcefy.wsgi:application"
_FLOOR = "bench.floor:application"
_PATIENCE = 60.0
# Every request then asks the database.
_NOTHING_KEPT = {"HOT_READ_SECONDS": "0"}


@dataclass(frozen=True)
class Server:
    """A command line; {port} is filled in."""

    name: str
    command: tuple[str, ...]
    environment: dict[str, str] = field(default_factory=dict)


def gunicorn(
    application: str,
    *,
    workers: int = WORKERS,
    threads: int = THREADS,
    kind: str = "gthread",
    log: str = "",
) -> tuple[str, ...]:
    """As docs/deployment.md has it, with the project's own configuration file."""
    return (
        "gunicorn",
        application,
        "--config",
        str(PROJECT / "gunicorn.conf.py"),
        f"--workers={workers}",
        f"--worker-class={kind}",
        f"--threads={threads}",
        "--bind=127.0.0.1:{port}",
        *([f"--access-logfile={log}"] if log else []),
        "--error-logfile=-",
    )


def granian(application: str, *, workers: int = WORKERS, threads: int = THREADS) -> tuple[str, ...]:
    """The same work behind a server in Rust."""
    return (
        "granian",
        "--interface=wsgi",
        "--host=127.0.0.1",
        "--port={port}",
        f"--workers={workers}",
        f"--blocking-threads={threads}",
        application,
    )


PRODUCT = Server("the product, as deployed", gunicorn(_PRODUCT))
FLOOR = Server("floor, gunicorn", gunicorn(_FLOOR))
FLOOR_GRANIAN = Server("floor, granian", granian(_FLOOR))
NINJA = Server(
    "Django Ninja, gunicorn",
    gunicorn("bench.peers.ninja:application"),
    {"DJANGO_SETTINGS_MODULE": "bench.peers.ninja_settings"},
)
FASTAPI = Server(
    "FastAPI + asyncpg, uvicorn",
    (
        "uvicorn",
        "bench.peers.fastapi_app:application",
        "--host=127.0.0.1",
        "--port={port}",
        f"--workers={WORKERS}",
        "--no-access-log",
    ),
)
PEERS = (PRODUCT, FLOOR, NINJA, FASTAPI)

#: What a deployment could choose instead.
DEPLOYMENTS = (
    PRODUCT,
    Server("gunicorn, twice the processes", gunicorn(_PRODUCT, workers=2 * WORKERS)),
    Server("gunicorn, 1 thread", gunicorn(_PRODUCT, threads=1)),
    Server("gunicorn, 2 threads", gunicorn(_PRODUCT, threads=2)),
    Server("gunicorn, 8 threads", gunicorn(_PRODUCT, threads=8)),
    Server(
        "gunicorn sync, as many processes as threads",
        gunicorn(_PRODUCT, workers=WORKERS * THREADS, threads=1, kind="sync"),
    ),
    Server("gunicorn with an access log", gunicorn(_PRODUCT, log="-")),
    Server("nothing kept", gunicorn(_PRODUCT), _NOTHING_KEPT),
    Server(
        "nothing kept, a connection for each request",
        gunicorn(_PRODUCT),
        _NOTHING_KEPT | {"DATABASE_CONN_MAX_AGE": "0"},
    ),
    Server("granian", granian(_PRODUCT)),
    Server("granian, 1 thread", granian(_PRODUCT, threads=1)),
)


class Running:
    """A server that answers, on a port of its own."""

    def __init__(self, stage: Stage, server: Server, database: str) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        application = f"{server.name[:40]}-{self.port}".replace(" ", "-").replace(",", "")
        application = application.replace("+", "and")
        url = stage.url(database, application=application)
        self.name = server.name
        command = [part.format(port=self.port) for part in server.command]
        self._process = subprocess.Popen(
            [sys.executable, "-m", *command],
            # From here gunicorn would read the file once more.
            cwd=CHECKOUT,
            env=product_environment(url, **server.environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self._looking = stage.connect("postgres")
        self._backends = Backends(self._looking, application)
        self._postmaster = stage.postmaster

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.terminate()
        try:
            self._process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._looking.close()

    def wait_for(self, request: bytes) -> None:
        """Until it answers. Raises LoadFailed if it never does."""
        deadline = time.monotonic() + _PATIENCE
        while True:
            try:
                load(self.port, request, connections=1, seconds=0.1)
            except (OSError, LoadFailed) as problem:
                if time.monotonic() > deadline or self._process.poll() is not None:
                    raise LoadFailed(f"{self.name} does not answer: {problem}") from problem
                time.sleep(0.1)
            else:
                return

    def sample(
        self, request: bytes, *, connections: int, seconds: float, latencies: list[Load]
    ) -> Sample:
        """One round of load; its latencies are added to `latencies`."""
        app, database = cpu_of_tree(self._process.pid), self._backends.cpu()
        # Where every request has a connection of its own, its backend has gone by the end.
        ended = cpu_of_ended_children(self._postmaster)
        done = load(self.port, request, connections=connections, seconds=seconds)
        latencies.append(done)
        return Sample(
            count=done.count,
            app=cpu_of_tree(self._process.pid) - app,
            database=added(database, self._backends.cpu())
            + cpu_of_ended_children(self._postmaster)
            - ended,
            wall=done.wall,
        )
