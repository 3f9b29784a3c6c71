"""When the workers were last woken, as all processes of this machine know it.

Where many processes commit at the same time, one NOTIFY serves the events of all: it only has to
begin after they were committed. A file in memory that they share says when the last one began.
"""

import contextlib
import hashlib
import mmap
import os
import stat
import tempfile
import time
from pathlib import Path

from django.db.backends.base.base import BaseDatabaseWrapper

# Two times: when one began last, and when one began last that was sent.
_BEGUN, _SENT = range(2)
_SIZE = 16


class LastWakeUp:
    """Times of the machine's monotonic clock, in a file that is mapped into each process.

    Where there can be no such file, each process knows of its own wake-ups only.
    """

    def __init__(self, mark: Path) -> None:
        self._mark = mark
        self._times = memoryview(_shared(mark) or bytearray(_SIZE)).cast("d")

    def begin(self) -> float:
        """One is about to be sent; the time for `sent`. Others that have to wait begin anew."""
        self._times[_BEGUN] = begun_at = time.monotonic()
        return begun_at

    def sent(self, begun_at: float) -> None:
        """PostgreSQL took the one that began then."""
        self._times[_SENT] = begun_at

    def was_sent_since(self, moment: float) -> bool:
        """Whether one that was sent began at that moment or later."""
        # What is in the future was left by another run of the machine.
        return moment <= self._times[_SENT] <= time.monotonic()

    def age(self) -> float:
        """Seconds since one began last; very many where nothing is known of one."""
        passed = time.monotonic() - self._times[_BEGUN]
        return passed if passed >= 0 else float("inf")

    def remove(self) -> None:
        """Leave no file behind. Processes that have it keep it; those that come share another."""
        with contextlib.suppress(OSError):
            self._mark.unlink(missing_ok=True)


def _shared(mark: Path) -> mmap.mmap | None:
    with contextlib.suppress(OSError):
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        descriptor = os.open(mark, flags, 0o600)
        try:
            found = os.fstat(descriptor)
            if stat.S_ISREG(found.st_mode) and found.st_uid == os.geteuid():
                os.ftruncate(descriptor, _SIZE)
                return mmap.mmap(descriptor, _SIZE)
        finally:
            os.close(descriptor)
    return None


def last_wake_up_of(connection: BaseDatabaseWrapper) -> LastWakeUp:
    """That of the database which this connection is for."""
    named = connection.settings_dict
    database = f"{named['HOST']}:{named['PORT']}/{named['NAME']}"
    name = hashlib.sha256(database.encode()).hexdigest()[:16]
    return LastWakeUp(Path(tempfile.gettempdir()) / f"ressourcefy-{os.geteuid()}-{name}.woken")
