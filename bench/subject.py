"""A process whose work is measured: `Subject` is our side of it, `main` is what runs in it.

It does what it is told over a pipe and measures nothing but the clock: processor time is read from
outside, while it waits. The product answers through its WSGI application, as under a server.
"""

import importlib
import io
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from functools import partial
from types import TracebackType
from typing import Any, Self

from bench import PROJECT
from bench.generate import PASSWORD, email_of
from bench.measure import Backends, Sample, added, cpu_of_process
from bench.stage import Stage, product_environment

type Work = Callable[[dict[str, Any]], bytes]


class SubjectFailed(Exception):
    """The process has ended, or answered a request with an error."""


class Subject:
    """One process on one database; `kind` is a module with a function `work`."""

    def __init__(self, stage: Stage, kind: str, database: str, **environment: str) -> None:
        self.application = f"{kind}-{database}-{os.urandom(4).hex()}"
        url = stage.url(database, application=self.application)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.subject", kind],
            cwd=PROJECT,
            env=product_environment(url, **environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self._looking = stage.connect("postgres")
        self._backends = Backends(self._looking, self.application)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.kill()
        self._process.communicate()
        self._looking.close()

    def answer(self, **work: Any) -> Any:
        """What it answers, as JSON."""
        return json.loads(self._ask({"do": "answer", "work": work})["answer"])

    def sign_in(self, number: int) -> str:
        """The access token of one of the people; the product only."""
        body = json.dumps({"email": email_of(number), "password": PASSWORD})
        found = self.answer(path="/api/auth/login/", method="POST", body=body)
        return str(found["data"]["access_token"])

    def queries(self, **work: Any) -> list[str]:
        """The statements that one piece of work sends; the product only."""
        return list(self._ask({"do": "queries", "work": work})["queries"])

    def profile(self, times: int, **work: Any) -> str:
        """Where the time of some pieces of work goes, by function."""
        return str(self._ask({"do": "profile", "work": work, "times": times})["profile"])

    def sample(self, times: int, **work: Any) -> Sample:
        """Do a piece of work some times."""
        app, database = cpu_of_process(self._process.pid), self._backends.cpu()
        wall = float(self._ask({"do": "repeat", "work": work, "times": times})["wall"])
        return Sample(
            count=times,
            app=cpu_of_process(self._process.pid) - app,
            database=added(database, self._backends.cpu()),
            wall=wall,
        )

    def times_in(self, seconds: float, **work: Any) -> int:
        """How often a piece of work can be done in so many seconds, about."""
        self.sample(3, **work)
        once = self.sample(5, **work)
        return max(3, min(2000, int(seconds / (once.wall / once.count))))

    def _ask(self, command: Mapping[str, Any]) -> dict[str, Any]:
        assert self._process.stdin
        assert self._process.stdout
        try:
            self._process.stdin.write(json.dumps(command) + "\n")
            self._process.stdin.flush()
            found: dict[str, Any] = json.loads(self._process.stdout.readline())
        except (BrokenPipeError, ValueError) as error:
            raise SubjectFailed(f"{self.application} has ended") from error
        if "error" in found:
            raise SubjectFailed(f"{self.application}: {found['error']}")
        return found


#: Pieces of work by name, each with the subject that does it.
type Works = dict[str, tuple[Subject, dict[str, Any]]]


def rounds_of(works: Works, seconds: float) -> dict[str, Callable[[], Sample]]:
    """A round of each piece of work that takes about so many seconds."""
    return {
        name: partial(subject.sample, subject.times_in(seconds, **work), **work)
        for name, (subject, work) in works.items()
    }


class _Product:
    """The product, called as gunicorn calls it."""

    def __init__(self) -> None:
        self._application = importlib.import_module("ressourcefy.wsgi").application
        self._environ = {
            "REQUEST_METHOD": "GET",
            "SCRIPT_NAME": "",
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "8000",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "HTTP_HOST": "bench.example",
            "HTTP_ACCEPT": "application/json",
            "HTTP_USER_AGENT": "Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/140.0",
            "HTTP_X_FORWARDED_PROTO": "https",
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "https",
            "wsgi.multithread": True,
            "wsgi.multiprocess": True,
            "wsgi.run_once": False,
            "wsgi.errors": sys.stderr,
        }

    def __call__(self, work: dict[str, Any]) -> bytes:
        path, _mark, query = work["path"].partition("?")
        body = work.get("body", "").encode()
        environ = {
            **self._environ,
            "REQUEST_METHOD": work.get("method", "GET"),
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "wsgi.input": io.BytesIO(body),
        }
        if body:
            environ |= {"CONTENT_TYPE": "application/json", "CONTENT_LENGTH": str(len(body))}
        if "token" in work:
            environ["HTTP_AUTHORIZATION"] = f"Bearer {work['token']}"
        answered: list[str] = []
        response = self._application(environ, lambda status, headers: answered.append(status))
        try:
            content = b"".join(response)
        finally:
            # This is where Django ends the request.
            response.close()
        if answered != ["200 OK"]:
            raise SubjectFailed(f"{path}: {answered} {content[:300]!r}")
        return content


def _queries(do: Work, work: dict[str, Any]) -> list[str]:
    from django.db import connections  # noqa: PLC0415 - the product only

    seen: list[str] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        seen.append(sql)
        return execute(sql, params, many, context)

    for connection in connections.all():
        connection.execute_wrappers.append(note)
    try:
        do(work)
    finally:
        for connection in connections.all():
            connection.execute_wrappers.remove(note)
    return seen


def _profile(do: Work, work: dict[str, Any], times: int) -> str:
    import cProfile  # noqa: PLC0415 - on demand
    import pstats  # noqa: PLC0415

    # Processor time: by the clock, waiting for the database would count.
    with cProfile.Profile(time.process_time) as profile:
        for _ in range(times):
            do(work)
    text = io.StringIO()
    pstats.Stats(profile, stream=text).sort_stats("cumulative").print_stats(90)
    return text.getvalue()


def _obey(do: Work, command: dict[str, Any]) -> dict[str, Any]:
    work = command["work"]
    match command["do"]:
        case "answer":
            return {"answer": do(work).decode()}
        case "queries":
            return {"queries": _queries(do, work)}
        case "profile":
            return {"profile": _profile(do, work, command["times"])}
    started = time.perf_counter()
    for _ in range(command["times"]):
        do(work)
    return {"wall": time.perf_counter() - started}


def main() -> None:
    kind = sys.argv[1]
    do: Work = _Product() if kind == "product" else importlib.import_module(f"bench.{kind}").work()
    for line in sys.stdin:
        try:
            found = _obey(do, json.loads(line))
        except Exception as error:
            found = {"error": f"{type(error).__name__}: {error}"}
        sys.stdout.write(json.dumps(found) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
