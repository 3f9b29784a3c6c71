"""Programs of production in tests: the environment, the web server, the worker, and requests."""

import http.client
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import IO
from unittest import TestCase
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection

from devtools.check import production_environment
from devtools.environment import PROJECT
from devtools.journey.stack import HOST, free_port
from devtools.tests.factories import WholeClass, start_process, wait_until

PYTHON_BIN = Path(sys.executable).parent
APPLICATION = "ressourcefy.wsgi:application"
GUNICORN = (str(PYTHON_BIN / "gunicorn"), APPLICATION)


def own_database_url() -> str:
    """The database of this very test process, for programs that it starts."""
    name = connection.settings_dict["NAME"]
    return urlsplit(settings.DATABASE_URL)._replace(path=f"/{name}").geturl()


def make_environment(**variables: str) -> dict[str, str]:
    """DEBUG off, this test's database, and nothing of this shell or of `.env`."""
    measured = "COVERAGE_PROCESS_CONFIG"
    return (
        production_environment(os.environ)
        | {name: os.environ[name] for name in (measured,) if name in os.environ}
        | {
            "DATABASE_URL": own_database_url(),
            "DJANGO_ALLOWED_HOSTS": f"{HOST},localhost,api.example.com",
            "PYTHONUNBUFFERED": "1",
            "RESEND_API_KEY": "",
            "STRIPE_SECRET_KEY": "",
        }
        | variables
    )


def run_manage(environment: Mapping[str, str], *arguments: str) -> str:
    """What a command printed; AssertionError with it if the command failed."""
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=PROJECT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        raise AssertionError(f"manage.py {' '.join(arguments)}:\n{done.stdout}")
    return done.stdout


class WebServer:
    """gunicorn as README.md prints it, on a port of its own; ends with the test."""

    def __init__(
        self,
        test: TestCase | WholeClass,
        environment: Mapping[str, str],
        *,
        workers: int = 2,
        application: str = APPLICATION,
    ) -> None:
        self.port = free_port()
        self.log = log_file(test)
        self.process = start_process(
            test,
            [
                *(GUNICORN[0], application),
                *("--workers", str(workers)),
                *("--bind", f"{HOST}:{self.port}"),
                *("--access-logfile", "-"),
                *("--error-logfile", "-"),
            ],
            cwd=PROJECT,
            env=dict(environment),
            output=self.log,
        )
        wait_until(self.is_live, "the web server answers")

    def is_live(self) -> bool:
        """Whether it answers; AssertionError with its words if it has ended."""
        if self.process.poll() is not None:
            raise AssertionError(self.words())
        try:
            return request(self.port, "/health/live/")[0] == http.HTTPStatus.OK
        except OSError:
            return False

    def words(self) -> str:
        """What it wrote so far."""
        return words_of(self.log)


def log_file(test: TestCase | WholeClass) -> IO[bytes]:
    """A file for what a program writes."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the test
    test.addCleanup(file.close)
    return file


def words_of(log: IO[bytes]) -> str:
    """What stands in such a file, whoever writes it at the moment."""
    size = os.fstat(log.fileno()).st_size
    return os.pread(log.fileno(), size, 0).decode(errors="replace")


def request(
    port: int, path: str, *, method: str = "GET", body: str | None = None, **headers: str
) -> tuple[int, str]:
    """Status and body of the answer to one request on a connection of its own."""
    client = http.client.HTTPConnection(HOST, port, timeout=20)
    try:
        client.request(method, path, body, headers)
        response = client.getresponse()
        return response.status, response.read().decode()
    finally:
        client.close()
