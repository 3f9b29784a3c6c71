"""A PostgreSQL of our own for development and tests: made, started, shared and stopped here.

Standard library only: `manage.py` needs it before Django is loaded.
"""

import contextlib
import functools
import os
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from devtools.postgres_place import STAND_IN_BASES, Place
from devtools.postgres_programs import (
    Account,
    PostgresProblem,
    Programs,
    find_programs,
    runnable_by,
)
from devtools.postgres_server import Postmaster

CHECKOUT = Path(__file__).resolve().parents[2]
DATABASE = "ressourcefy"
FIRST_WITH_BUILTIN_LOCALES = 17

COMMON_SETTINGS = {
    "listen_addresses": "",
    "port": "5432",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
# Tests need no protection from a power cut. Commits stay synchronous all the same: an immediate
# stop, which tests provoke, must not lose what was acknowledged.
TEST_SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "on",
    "jit": "off",
}
# Their databases do not live long, and plans must not change with the minute a vacuum comes by.
WITHOUT_VACUUM = {"autovacuum": "off"}


def data_directory() -> Path:
    """RESSOURCEFY_DATA_DIR, else `.data` in the checkout; relative paths begin at the checkout."""
    return CHECKOUT / (os.environ.get("RESSOURCEFY_DATA_DIR", "").strip() or ".data")


def cluster_for_development() -> "Cluster":
    """The cluster of `make run` and of `manage.py`; it survives a power cut."""
    return Cluster("dev", data_directory())


def cluster_for_tests(programs: Programs | None = None) -> "Cluster":
    """The cluster of the tests; one of its own for an installation that is named."""
    name = "test" if programs is None else f"test-{programs.major}"
    return Cluster(
        name, data_directory(), settings=TEST_SETTINGS | WITHOUT_VACUUM, programs=programs
    )


def cluster_for_chaos() -> "Cluster":
    """The cluster of `manage.py chaos`, which stops it at the worst moments."""
    return Cluster("chaos", data_directory(), settings=TEST_SETTINGS)


@dataclass(frozen=True)
class Patience:
    """How many seconds a server may take: to start, to become ready for others, to stop."""

    start: float = 90
    #: Left half-way by a run that was killed: it becomes ready, or it has to go.
    half_way: float = 20
    stop: float = 30
    #: After each of the harder signals.
    stop_harder: float = 10


class Cluster:
    """One database cluster and its server, shared by every process that acquires it.

    Each user holds a shared lock until `release` or its death. Whoever leaves last stops the
    server, unless `keep_running` was asked for. A server that does not run on these files is
    never touched. Methods raise PostgresProblem.
    """

    def __init__(
        self,
        name: str,
        data_dir: Path,
        *,
        settings: dict[str, str] | None = None,
        programs: Programs | None = None,
        stand_ins: Sequence[Path] = STAND_IN_BASES,
        patience: Patience = Patience(),
    ) -> None:
        self.name = name
        self._patience = patience
        self._home = data_dir / "postgres" / name
        self._settings = COMMON_SETTINGS | (settings or {})
        self._named_programs = programs
        self._stand_ins = stand_ins
        self._server: subprocess.Popen[bytes] | None = None
        self._users: int | None = None
        self._acquired_by = 0

    @functools.cached_property
    def place(self) -> Place:
        return Place(self._home, stand_ins=self._stand_ins)

    @property
    def url(self) -> str:
        """The address of its database, in the spelling that libpq and dj-database-url share."""
        return f"postgres://postgres@{quote(str(self.place.socket_directory), safe='')}/{DATABASE}"

    # Its users ----------------------------------------------------------------------------------

    def acquire(self) -> str:
        """Make the server available until `release`; returns the address of its database."""
        with self.place.exclusively():
            users = self.place.enter()
            try:
                self._make_available()
            except BaseException:
                os.close(users)
                raise
            self._users, self._acquired_by = users, os.getpid()
        return self.url

    def release(self) -> None:
        """Stop using it; the last user out stops the server. In a forked child it does nothing."""
        if self._users is None or self._acquired_by != os.getpid():
            return
        users, self._users = self._users, None
        with (
            _undisturbed(),
            self.place.exclusively(),
            self.place.without_users(users) as nobody_is_left,
        ):
            if nobody_is_left and not self.is_kept():
                self._stop()

    def keep_running(self) -> None:
        """Let the server outlive its users, until `stop`."""
        postmaster = Postmaster.of(self.place.data)
        if postmaster:
            self.place.kept.write_text(postmaster.identity)

    def is_kept(self) -> bool:
        postmaster = Postmaster.of(self.place.data)
        with contextlib.suppress(OSError):
            return bool(postmaster and self.place.kept.read_text() == postmaster.identity)
        return False

    def stop(self) -> bool:
        """Stop the server; False while other processes use it: then the last of them stops it."""
        with self.place.exclusively(), self.place.without_users() as nobody_is_left:
            self.place.kept.unlink(missing_ok=True)
            if nobody_is_left:
                self._stop()
            return nobody_is_left

    def destroy(self) -> bool:
        """Stop the server and delete its data; False, with no effect, while processes use it."""
        with self.place.exclusively(), self.place.without_users() as nobody_is_left:
            if nobody_is_left:
                self._stop()
                shutil.rmtree(self.place.socket_directory, ignore_errors=True)
                shutil.rmtree(self.place.data, ignore_errors=True)
            return nobody_is_left

    def is_running(self) -> bool:
        postmaster = Postmaster.of(self.place.data)
        return bool(postmaster and postmaster.is_ready and self._answers())

    # Starting -----------------------------------------------------------------------------------

    def _make_available(self) -> None:
        if self.is_running():
            return
        if self._server is not None:
            self._server.poll()
        found = Postmaster.of(self.place.data)
        if found and found.is_alive:
            if self._is_ours(found):
                if self._becomes_ready(found.pid, seconds=self._patience.half_way):
                    return
                self._stop()
            else:
                # The number went to an unrelated process; PostgreSQL would refuse to start.
                (self.place.data / "postmaster.pid").unlink(missing_ok=True)
        account = self.place.account
        programs = self._named_programs or find_programs()
        programs = runnable_by(account, programs, self.place.directory)
        if not (self.place.data / "PG_VERSION").is_file():
            self._create(programs, account)
        self._check_version(programs)
        self._start(programs, account)

    def _create(self, programs: Programs, account: Account) -> None:
        """Fill a directory beside `data` and rename it, so that `data` is whole or absent."""
        print(f"Creating the {self.name} database, PostgreSQL {programs.major} ...", flush=True)
        unfinished = self.place.directory / "data.new"
        durability = ["--no-sync"] if self._settings.get("fsync") == "off" else []
        options = ["-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-instructions", *durability]
        locales = [["--locale=C.UTF-8"], ["--locale=C"]]
        if programs.major >= FIRST_WITH_BUILTIN_LOCALES:
            builtin = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
            locales.insert(0, builtin)
        for locale in locales:
            shutil.rmtree(unfinished, ignore_errors=True)
            self.place.private(unfinished)
            initdb = [programs.directory / "initdb", "-D", unfinished, *options, *locale]
            made = _run(initdb, account)
            if made.returncode == 0:
                break
        else:
            raise PostgresProblem(f"initdb failed: {_last_line(made.stdout)}")
        # Single-user mode needs no client program: some installations have only the server.
        single = [programs.directory / "postgres", "--single", "-D", unfinished, "postgres"]
        made = _run(single, account, f"CREATE DATABASE {DATABASE}\n")
        if made.returncode != 0:
            raise PostgresProblem(f"The database was not created: {_last_line(made.stdout)}")
        shutil.rmtree(self.place.data, ignore_errors=True)
        unfinished.rename(self.place.data)

    def _check_version(self, programs: Programs) -> None:
        made_by = (self.place.data / "PG_VERSION").read_text().strip()
        if made_by != str(programs.major):
            raise PostgresProblem(
                f"{self.place.data} was made by PostgreSQL {made_by}, and version "
                f"{programs.major} is installed: install {made_by} again, or give the data up "
                "with `make db-reset`."
            )

    def _start(self, programs: Programs, account: Account) -> None:
        settings = self._settings | {
            "unix_socket_directories": f'"{self.place.socket_directory}"',
        }
        command = [str(programs.directory / "postgres"), "-D", str(self.place.data)]
        command += [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        deadline = time.monotonic() + self._patience.start
        while not self._starts(command, account, deadline):
            output = self.place.log.read_text(errors="replace")
            # Processes of a killed server hold its shared memory until they notice its death.
            if "pre-existing shared memory block" not in output or time.monotonic() > deadline:
                raise PostgresProblem(
                    f"PostgreSQL did not start, see {self.place.log}: {_last_line(output)}"
                )
            time.sleep(0.2)

    def _starts(self, command: list[str], account: Account, deadline: float) -> bool:
        with self.place.log.open("wb") as log:
            # A session of its own: Ctrl-C in the terminal is for our processes, which still need
            # the database while they finish.
            server = self._server = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                **account.subprocess_options(),
            )
        started = False
        try:
            started = self._becomes_ready(server.pid, seconds=deadline - time.monotonic())
        finally:
            if not started:
                server.kill()
                server.wait()
                self._server = None
        return started

    def _becomes_ready(self, pid: int, *, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            found = Postmaster.of(self.place.data)
            if found and found.pid == pid and self.is_running():
                return True
            if self._server is None:
                if not (found and found.is_alive):
                    return False
            elif self._server.poll() is not None:
                return False
            time.sleep(0.02)
        return False

    # Stopping -----------------------------------------------------------------------------------

    def _stop(self) -> None:
        """A fast shutdown, and a harder one where that does not help."""
        found = Postmaster.of(self.place.data)
        if found and found.is_alive and (self._answers() or self._is_ours(found)):
            for number, seconds in (
                (signal.SIGINT, self._patience.stop),
                (signal.SIGQUIT, self._patience.stop_harder),
                (signal.SIGKILL, self._patience.stop_harder),
            ):
                if self._ends_by(found, number, seconds):
                    break
        if self._server is not None:
            self._server.poll()
        self._server = None

    def _ends_by(self, postmaster: Postmaster, number: signal.Signals, seconds: float) -> bool:
        with contextlib.suppress(ProcessLookupError):
            os.kill(postmaster.pid, number)
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self._server is not None:
                self._server.poll()
            if not postmaster.is_alive:
                return True
            time.sleep(0.02)
        return False

    # Looking at it ------------------------------------------------------------------------------

    def _answers(self) -> bool:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
            client.settimeout(5)
            try:
                client.connect(str(self.place.socket))
            except OSError:
                return False
            return True

    def _is_ours(self, postmaster: Postmaster) -> bool:
        return str(self.place.data) in postmaster.command_line()


def _run(
    command: Sequence[object], account: Account, text: str | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(part) for part in command],
        input=text or "",
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
        start_new_session=True,
        **account.subprocess_options(),
    )


def _last_line(output: str) -> str:
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    return lines[-1] if lines else "it said nothing"


@contextlib.contextmanager
def _undisturbed() -> Iterator[None]:
    """A second Ctrl-C must not leave a server behind that is about to stop."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    handlers = {number: signal.signal(number, signal.SIG_IGN) for number in numbers}
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
