"""A web server and an outbox worker for the journey, on a free port, gone at its end."""

import contextlib
import http.client
import os
import random
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlsplit

from django.db import connection

from devtools.environment import LIFELINE, PROJECT
from devtools.local_stripe import LocalStripe
from devtools.postgres import CHECKOUT

HOST = "127.0.0.1"
START_SECONDS = 60.0
STOP_SECONDS = 15.0
LONGEST_JOURNEY_SECONDS = 3_600
# Below those that systems give to connections, which come and go while a program starts.
_PORTS = range(10_000, 32_000)
EMPTY_TEMPLATE = "template0"
SCRATCH_PREFIX = "ressourcefy_journey_"
SCRATCH_NAME = f"^{SCRATCH_PREFIX}[0-9]+_[0-9a-f]+$"
MANAGE = (sys.executable, "manage.py")
# Empty values count as unset: mails go to the mailbox and link to our own pages, on one database.
UNSET = (
    "DATABASE_OWNER_URL",
    "DATABASE_REPLICA_URL",
    "EMAIL_HOST",
    "RESEND_API_KEY",
    "REDIS_URL",
    "BILLING_PRICES",
    "WEB_CLIENT_URL",
)


class StackFailed(Exception):
    """The server could not be started."""


@contextmanager
def scratch_database(url: str, *, template: str = EMPTY_TEMPLATE) -> Iterator[str]:
    """The address of a new database beside the one of `url`; it is dropped at the end.

    Those that killed journeys have left behind are dropped at the beginning.
    """
    name = f"{SCRATCH_PREFIX}{int(time.time())}_{secrets.token_hex(4)}"
    with connection.cursor() as cursor:
        for leftover in _leftovers():
            cursor.execute(f"DROP DATABASE IF EXISTS {leftover} WITH (FORCE)")
        cursor.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    try:
        yield urlsplit(url)._replace(path=f"/{name}").geturl()
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def running_product(database_url: str, *, with_worker: bool = True) -> Iterator[str]:
    """Yields the address of a server on that database; its mailbox is its own."""
    with ExitStack() as stack:
        directory = Path(tempfile.mkdtemp(prefix="ressourcefy-journey-"))
        stack.callback(shutil.rmtree, directory, ignore_errors=True)
        port = free_port()
        environment = environment_for(database_url, directory=directory, port=port)
        stripe = LocalStripe(
            port=free_port(), web=f"http://{HOST}:{port}", state=directory / "stripe.json"
        )
        stripe.configure(environment)
        stack.enter_context(
            program(stripe.program().command, environment, directory / "stripe.log", place=CHECKOUT)
        )
        if not stripe.wait(environment, seconds=START_SECONDS):
            raise StackFailed("The development Stripe did not start.")
        programs = {"web": [*MANAGE, "runserver", "--noreload", f"{HOST}:{port}"]}
        if with_worker:
            programs["worker"] = [*MANAGE, "process_events", "--loop"]
        running = {
            name: stack.enter_context(program(command, environment, directory / f"{name}.log"))
            for name, command in programs.items()
        }
        wait_until_live(port, running["web"], directory / "web.log")
        yield f"http://{HOST}:{port}"


def _leftovers() -> list[str]:
    """Scratch databases that are older than any journey; their names tell."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database WHERE datname ~ %s", [SCRATCH_NAME])
        names = [str(name) for (name,) in cursor.fetchall()]
    made_at = {name: int(name.removeprefix(SCRATCH_PREFIX).split("_")[0]) for name in names}
    return [name for name in names if made_at[name] < time.time() - LONGEST_JOURNEY_SECONDS]


def prepare_database(database_url: str) -> None:
    """Tables, tags and demo accounts. Raises StackFailed."""
    environment = environment_for(database_url, directory=Path(tempfile.gettempdir()), port=8000)
    for command in ("migrate", "seed_tags", "seed_demo"):
        done = subprocess.run(
            [*MANAGE, command],
            cwd=PROJECT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if done.returncode:
            raise StackFailed(f"manage.py {command} failed:\n{done.stdout}")


def environment_for(database_url: str, *, directory: Path, port: int) -> dict[str, str]:
    """The environment of a product in development, whatever our own is."""
    return {
        **os.environ,
        **dict.fromkeys(UNSET, ""),
        "DATABASE_URL": database_url,
        "DJANGO_DEBUG": "True",
        "DJANGO_SETTINGS_MODULE": "ressourcefy.settings",
        "PORT": str(port),
        "RESSOURCEFY_DATA_DIR": str(directory),
    }


def start(
    command: Sequence[str], environment: Mapping[str, str], log: Path, *, place: Path = PROJECT
) -> tuple[subprocess.Popen[bytes], int]:
    """A program in a session of its own, and our end of the pipe whose closing ends it.

    `manage.py` and the development Stripe watch the pipe, so they end even if we are killed.
    """
    lifeline, our_end = os.pipe()
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=place,
            env={**environment, LIFELINE: str(lifeline), "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            pass_fds=[lifeline],
            start_new_session=True,
        )
    os.close(lifeline)
    return process, our_end


@contextmanager
def program(
    command: Sequence[str], environment: Mapping[str, str], log: Path, *, place: Path = PROJECT
) -> Iterator[subprocess.Popen[bytes]]:
    """A program that ends with the block."""
    process, our_end = start(command, environment, log, place=place)
    try:
        yield process
    finally:
        _stop(process)
        os.close(our_end)


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(STOP_SECONDS)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def free_port() -> int:
    """A port of the loopback address that nobody uses, nor is likely to get by chance."""
    while True:
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind((HOST, random.choice(_PORTS)))  # noqa: S311 - no secret
            return int(probe.getsockname()[1])


def wait_until_live(port: int, web: subprocess.Popen[bytes], log: Path) -> None:
    """Return once the server answers. Raises StackFailed if it ended or takes too long."""
    deadline = time.monotonic() + START_SECONDS
    while not _is_live(port):
        if web.poll() is not None or time.monotonic() > deadline:
            raise StackFailed(f"The web server did not start:\n{log.read_text(errors='replace')}")
        time.sleep(0.1)


def _is_live(port: int) -> bool:
    answerer = http.client.HTTPConnection(HOST, port, timeout=5)
    try:
        answerer.request("GET", "/health/live/")
        return answerer.getresponse().status == HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        answerer.close()
