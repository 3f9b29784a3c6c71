"""What the processes of this machine tell each other when the server has no connection left.

A process keeps a connection for each of its threads. Where the server has fewer, those who came
first would keep theirs, and the others would refuse whatever they are asked, for as long as the
connections live. So whoever is refused leaves a mark, and while it is fresh, everybody gives
connections back after each request.
"""

import contextlib
import functools
import hashlib
import os
import tempfile
import time
from pathlib import Path

from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg import OperationalError

#: How long after a refusal connections are shared.
SECONDS = 10.0
# How often each process looks at the mark.
_LOOK_SECONDS = 0.5

# SQLSTATE 53300. What a server says before there is a connection comes without its code.
_WORDS = ("too many clients", "too many connections", "connection slots are reserved")


class Scarcity:
    """Whether connections to one server are scarce, as a file that only its age speaks for."""

    def __init__(self, mark: Path) -> None:
        self._mark = mark
        self._look_at = 0.0
        self._lasts = False

    def tell(self) -> None:
        """Somebody was refused a connection."""
        self._lasts, self._look_at = True, time.monotonic() + _LOOK_SECONDS
        # Where nothing can be written, this process alone shares what it has.
        with contextlib.suppress(OSError):
            flags = os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
            descriptor = os.open(self._mark, flags, 0o600)
            try:
                os.utime(descriptor)
            finally:
                os.close(descriptor)

    def lasts(self) -> bool:
        """Whether that was a short while ago, in this process or another one of this user."""
        now = time.monotonic()
        if now >= self._look_at:
            self._look_at = now + _LOOK_SECONDS
            self._lasts = self._is_fresh()
        return self._lasts

    def _is_fresh(self) -> bool:
        try:
            found = self._mark.stat(follow_symlinks=False)
        except OSError:
            return False
        return found.st_uid == os.geteuid() and time.time() - found.st_mtime < SECONDS


def scarcity_at(connection: BaseDatabaseWrapper) -> Scarcity:
    """That of the server which this connection is for."""
    return _scarcity_at(connection.settings_dict["HOST"], connection.settings_dict["PORT"])


@functools.cache
def _scarcity_at(host: str, port: str) -> Scarcity:
    server = hashlib.sha256(f"{host}:{port}".encode()).hexdigest()[:16]
    return Scarcity(Path(tempfile.gettempdir()) / f"ressourcefy-{os.geteuid()}-{server}.scarce")


def close_if_scarce(connection: BaseDatabaseWrapper) -> None:
    """Leave the connection to those who wait for one."""
    may_close = connection.connection is not None and not connection.in_atomic_block
    if may_close and scarcity_at(connection).lasts():
        connection.close()


def is_scarcity(error: OperationalError) -> bool:
    """Whether the server refused a connection because it has none left."""
    return any(words in str(error) for words in _WORDS)
