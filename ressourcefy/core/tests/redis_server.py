"""A real Redis of a test's own, where the system has one."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from unittest import TestCase, mock

from django.conf import settings

from core import shared_memory
from core.shared_memory import Availability

REDIS = shutil.which("redis-server") or shutil.which("valkey-server")
_DEADLINE_SECONDS = 30.0


def has_redis(what: str) -> bool:
    """Whether there is one; else a line that says what was not tried."""
    if not REDIS:
        sys.stderr.write(f"There is no redis-server on this system: {what} was not tried.\n")
    return bool(REDIS)


class RedisServer:
    """Listens on a socket in a directory of its own; REDIS_URL names it until the test ends."""

    def __init__(self, test: TestCase) -> None:
        self._socket = Path(test.enterContext(tempfile.TemporaryDirectory(dir="/tmp"))) / "redis"
        self.url = f"unix://{self._socket}"
        test.enterContext(mock.patch.object(settings, "REDIS_URL", self.url))
        test.enterContext(mock.patch.object(shared_memory, "availability", Availability()))
        test.addCleanup(self.stop)
        self.start()

    def start(self) -> None:
        """Begin, empty, and answer."""
        assert REDIS is not None
        options = {"port": "0", "unixsocket": str(self._socket), "save": "", "appendonly": "no"}
        command = [part for name, value in options.items() for part in (f"--{name}", value)]
        self._process = subprocess.Popen(
            [REDIS, *command],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={"PATH": os.environ["PATH"]},
        )
        deadline = time.monotonic() + _DEADLINE_SECONDS
        while not self._socket.exists():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError("Redis did not start.")
            time.sleep(0.01)

    def stop(self) -> None:
        """End at once."""
        self._process.kill()
        self._process.wait()
        self._socket.unlink(missing_ok=True)
