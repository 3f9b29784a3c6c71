"""The product as it runs in production, for requests that mean no good: gunicorn, no worker."""

import json
import secrets
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from devtools.journey.stack import HOST, environment_for, free_port, program, wait_until_live

WEB_PROCESSES = "2"
WEB_THREADS = "4"


@dataclass(frozen=True)
class Server:
    """A running server and the file that its output goes to."""

    port: int
    log: Path
    environment: dict[str, str]

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    def crashes(self) -> list[str]:
        """The lines in which the product or gunicorn says that something of ours went wrong."""
        lines = self.log.read_text(errors="replace").splitlines()
        return [line for line in lines if _tells_of_a_crash(line)]


def _tells_of_a_crash(line: str) -> bool:
    try:
        entry = json.loads(line)
    except ValueError:
        return any(sign in line for sign in ("Traceback", "WORKER TIMEOUT", "[ERROR]"))
    # Django calls a wrong Host header an error; it is the caller's.
    is_error = entry.get("level") in {"ERROR", "CRITICAL"}
    return is_error and not str(entry.get("logger")).startswith("django.security")


@contextmanager
def running_server(database_url: str) -> Iterator[Server]:
    """Gunicorn with two processes on that database, gone at the end of the block."""
    with ExitStack() as stack:
        directory = Path(tempfile.mkdtemp(prefix="ressourcefy-fuzz-"))
        stack.callback(shutil.rmtree, directory, ignore_errors=True)
        port = free_port()
        environment = {
            **environment_for(database_url, directory=directory, port=port),
            "DJANGO_DEBUG": "False",
            "DJANGO_SECRET_KEY": secrets.token_urlsafe(64),
            "DJANGO_ALLOWED_HOSTS": HOST,
            "WEB_CLIENT_URL": "https://app.example.com",
            # Without one every delivery would be refused before it is looked at.
            "STRIPE_WEBHOOK_SECRET": secrets.token_urlsafe(32),
            # Limits are tried by their own tests; here they would hide what lies behind them.
            "RATE_LIMIT_FACTOR": "0",
        }
        command = [
            *(sys.executable, "-m", "gunicorn", "ressourcefy.wsgi:application"),
            *("--bind", f"{HOST}:{port}", "--workers", WEB_PROCESSES, "--threads", WEB_THREADS),
            *("--worker-class", "gthread"),
        ]
        log = directory / "web.log"
        web = stack.enter_context(program(command, environment, log))
        wait_until_live(port, web, log)
        yield Server(port, log, environment)
