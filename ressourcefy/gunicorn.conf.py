"""How gunicorn runs the product; it reads this file where it is started, and options win over it.

docs/deployment.md explains the figures.
"""

import atexit
import os
import select
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from gunicorn.glogging import Logger


def _remove(directory: str, owner: int) -> None:
    """Tidy up behind the master; its children leave the same way."""
    if os.getpid() == owner:
        shutil.rmtree(directory, ignore_errors=True)


# Each process answers so many requests at once, each with a database connection of its own.
threads = 4
# A process that is silent for so long is replaced; the database's own limits end requests earlier.
timeout = 30
# What a stopping process gives the requests in hand. Service managers have to wait longer.
graceful_timeout = 20
# Longer than the proxy in front keeps an idle connection, so that it never sends into a closed one.
keepalive = 75
# Heartbeats go to memory: a busy disk must not look like a process that hangs.
if Path("/dev/shm").is_dir():  # noqa: S108 - gunicorn makes files of its own there
    worker_tmp_dir = "/dev/shm"  # noqa: S108
# Nobody steers the server but the service manager.
control_socket_disable = True

# Every process counts in files of this directory, and whichever is asked adds them up. Named before
# the first import of prometheus_client, which looks for it once. A reload runs this file again and
# has to find what was counted so far.
if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = tempfile.mkdtemp(prefix="ressourcefy-metrics-")
    atexit.register(_remove, os.environ["PROMETHEUS_MULTIPROC_DIR"], os.getpid())


class AccessLogger(Logger):  # type: ignore[misc]
    """Writes addresses as they came, encoded, and without tokens: queries and mailed links."""

    def atoms(self, resp: Any, req: Any, environ: dict[str, Any], request_time: Any) -> Any:
        from core.redaction import redact  # noqa: PLC0415 - found only once the application is loaded

        atoms = super().atoms(resp, req, environ, request_time)
        path = redact(environ.get("RAW_URI", "-").partition("?")[0])
        protocol = environ.get("SERVER_PROTOCOL", "-")
        return atoms | {
            "r": f"{environ.get('REQUEST_METHOD', '-')} {path} {protocol}",
            "U": path,
            "q": "",
            "f": "-",
        }


logger_class = AccessLogger

_LOAD_SETTINGS = "import ressourcefy.settings"


def on_starting(server: Any) -> None:
    """Refuse a wrong environment once, before there are processes to refuse it one by one.

    In a process of its own, so that a reload still loads the settings anew.
    """
    loaded = subprocess.run([sys.executable, "-c", _LOAD_SETTINGS], check=False)  # noqa: S603
    if code := loaded.returncode:
        sys.exit(code)


class _Succession:
    """A reload begins its processes one by one, and only then tells the old ones to leave.

    gunicorn begins them all and ends the old ones in the same moment, so nobody would answer while
    the new ones load the code. This way the old ones answer until all but one of the new ones do.
    """

    #: The `age` of the last process of the reload in hand.
    last_age = 0
    #: The pipe of the process before: it says when it is ready, and is closed when it has ended.
    before: tuple[int, int] | None = None

    @classmethod
    def wait_for_the_one_before(cls, server: Any) -> None:
        """Also over when the server has a signal to look at, such as that a process has ended."""
        if cls.before is None:
            return
        ready, said_by_child = cls.before
        cls.before = None
        os.close(said_by_child)
        deadline = time.monotonic() + timeout
        while server.SIG_QUEUE.empty() and time.monotonic() < deadline:
            if select.select([ready], [], [], 0.1)[0]:
                break
        os.close(ready)


def on_reload(server: Any) -> None:
    """The processes that begin now belong to the reload."""
    _Succession.last_age = server.worker_age + server.cfg.workers


def pre_fork(server: Any, worker: Any) -> None:
    """Of a reload, each process begins when the one before is ready."""
    _Succession.wait_for_the_one_before(server)
    if worker.age < _Succession.last_age:
        _Succession.before = os.pipe()


def post_worker_init(worker: Any) -> None:
    """Ready. Every process listens for scrapes, so that they are answered while another is busy."""
    from django.conf import settings  # noqa: PLC0415 - the application is loaded only now

    from core.metrics.server import serve_metrics  # noqa: PLC0415

    if settings.METRICS_PORT:
        serve_metrics(settings.METRICS_PORT, shared=True)
    if _Succession.before is not None:
        os.write(_Succession.before[1], b"!")


def child_exit(server: Any, worker: Any) -> None:
    """What a process counted stays counted when it has gone."""
    from prometheus_client import multiprocess  # noqa: PLC0415 - see above

    multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]
