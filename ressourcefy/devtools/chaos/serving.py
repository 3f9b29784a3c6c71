"""R17 and R19: requests while the disk is full, and while everything is deployed anew."""

import http.client
import json
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from http import HTTPStatus

from django.db import connection

from api.session_tokens import mint
from application.services.session_passes import pass_of
from core.models import OutboxEvent
from devtools.chaos.bars import Findings
from devtools.chaos.smtp_sink import SmtpSink
from devtools.chaos.stage import Process, Stage, held_by, is_drained, statuses, wait_until
from devtools.journey.stack import HOST, free_port, wait_until_live
from resources.models import Resource
from users.models import Profile, User
from users.services.sessions import open_session
from users.types import OnboardingStep, Role

REQUESTS_PER_SECOND = 20
FULL_DEPLOYMENTS = 10
SECONDS_BETWEEN = 3.0
# The patience of a web client's server, which the proof in full grants. Scaled down it runs beside
# other tests, where the machine and not the product decides how long an answer takes.
PATIENCE_SECONDS = 10
LONG_PATIENCE_SECONDS = 60
BEGAN = "The outbox worker began."

_FULL_DISK = """
CREATE OR REPLACE FUNCTION chaos_full_disk() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100';
END $$
"""


@dataclass(frozen=True)
class Answer:
    """What a request came to; status 0 for none, and then why."""

    status: int
    body: str
    retry_after: str = ""
    request_id: str = ""
    seconds: float = 0.0


def call(
    port: int,
    method: str,
    path: str,
    body: object = None,
    token: str = "",
    *,
    patience: float = LONG_PATIENCE_SECONDS,
) -> Answer:
    """One request on a connection of its own."""
    begun = time.monotonic()
    client = http.client.HTTPConnection(HOST, port, timeout=patience)
    headers = {"Content-Type": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    try:
        client.request(method, path, None if body is None else json.dumps(body), headers)
        response = client.getresponse()
        text = response.read().decode(errors="replace")
    except (OSError, http.client.HTTPException) as error:
        return Answer(0, type(error).__name__)
    finally:
        client.close()
    return Answer(
        response.status,
        text,
        response.headers.get("Retry-After", ""),
        response.headers.get("X-Request-ID", ""),
        time.monotonic() - begun,
    )


def start_server(stage: Stage) -> tuple[Process, int]:
    """Gunicorn with two processes; returns it once it answers."""
    port = free_port()
    command = [
        *(sys.executable, "-m", "gunicorn", "ressourcefy.wsgi:application", "--workers", "2"),
        *("--bind", f"{HOST}:{port}", "--worker-class", "gthread", "--threads", "4"),
    ]
    server = stage.start(command, stage.environment(port) | {"RATE_LIMIT_FACTOR": "0"})
    wait_until_live(port, server.popen, server.log)
    return server, port


def make_author() -> tuple[str, Resource]:
    """The access token of a contributor, and a public resource of theirs."""
    user = User(
        email="author@example.org",
        password="!",  # noqa: S106 - nobody can sign in with it
        is_activated=True,
        onboarding_step=OnboardingStep.COMPLETED,
    )
    user.assign_role(Role.CONTRIBUTOR)
    user.save(force_insert=True)
    Profile.objects.create(user=user, username="author")
    session = open_session(user, lifetime=timedelta(hours=1))
    tokens = mint(**asdict(pass_of(session, user)))
    resource = Resource.objects.create(author=user, title="Lesson", description="All of it.")
    return tokens.access_token, resource


# R17 ----------------------------------------------------------------------------------------------


def fill_the_disk(stage: Stage, share: float) -> Findings:
    """Every write of comments, sessions and events is refused as PostgreSQL refuses on a full disk.

    A trigger raises its SQLSTATE: a disk that really fills would take the machine with it.
    """
    requests = max(round(20 * share), 5)
    server, port = start_server(stage)
    token, resource = make_author()
    comment = {"resource_id": str(resource.id), "content": "Me too."}
    with SmtpSink() as sink:
        worker = stage.worker("--interval=0.2", mail_port=sink.port)
        wait_until(lambda: worker.has_logged(BEGAN), "the worker begins")
        people = stage.register(10)
        wait_until(is_drained, "the first events are done")
        with _full_disk():
            stage.say("the disk is full")
            refused = [
                call(port, "POST", "/api/comments/", comment, token) for _ in range(requests)
            ]
            read = call(port, "GET", f"/api/resources/{resource.id}/detail/", token=token)
            _make_due_again()
            wait_until(
                lambda: worker.has_logged("The database refuses or is away"), "the worker notices"
            )
            time.sleep(1)
            complaints = worker.log.read_text().count("The database refuses or is away")
        stage.say("there is room again")
        seconds = wait_until(is_drained, "the events are done after all")
        accepted = call(port, "POST", "/api/comments/", comment, token)
        alive = worker.is_alive
    logged = Counter(line["request_id"] for line in server.lines() if line["level"] == "ERROR")
    findings = Findings(
        f"SQLSTATE 53100 on every write, {requests} requests, {len(people) * 2} events",
        is_full=share >= 1,
    )
    findings.exactly("answers 503", sum(a.status == 503 for a in refused), requests)  # noqa: PLR2004
    findings.exactly("with Retry-After", sum(bool(a.retry_after) for a in refused), requests)
    findings.exactly(
        "with the envelope", sum('"service_unavailable"' in a.body for a in refused), requests
    )
    findings.exactly("logged once", sum(logged[a.request_id] == 1 for a in refused), requests)
    findings.exactly("reads meanwhile", read.status, 200)
    findings.exactly("the worker's complaints about it", complaints, len(_PARTS_THAT_COMPLAIN))
    findings.exactly("the worker lives", int(alive), 1)
    findings.in_time("all events done after that", seconds, 15)
    findings.exactly("dead events", statuses()["FAILED"], 0)
    findings.exactly("writes afterwards", accepted.status, 201)
    return findings


# Each of them waits for the database on its own, and says so once.
_PARTS_THAT_COMPLAIN = ("supervisor", "local lane")


def _make_due_again() -> None:
    """Give the worker something to write. Triggers do not fire for who turned them off."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        OutboxEvent.objects.update(status="PENDING", processed_at=None)
        cursor.execute("RESET session_replication_role")


@contextmanager
def _full_disk() -> Iterator[None]:
    tables = ("interactions_comment", "users_usersession", "core_outboxevent")
    with connection.cursor() as cursor:
        cursor.execute(_FULL_DISK)
        for table in tables:
            cursor.execute(
                f"CREATE TRIGGER chaos_full_disk BEFORE INSERT OR UPDATE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION chaos_full_disk()"
            )
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            for table in tables:
                cursor.execute(f"DROP TRIGGER chaos_full_disk ON {table}")
            cursor.execute("DROP FUNCTION chaos_full_disk()")


# R19 ----------------------------------------------------------------------------------------------


def deploy_under_traffic(stage: Stage, share: float) -> Findings:
    """HUP of the server and TERM of the workers, again and again, while requests come in."""
    deployments = max(round(FULL_DEPLOYMENTS * share), 1)
    patience = PATIENCE_SECONDS if share >= 1 else LONG_PATIENCE_SECONDS
    server, port = start_server(stage)
    token, resource = make_author()
    left_in_progress, exits = 0, []
    with SmtpSink(latency=0.05) as sink:
        workers = [stage.worker(mail_port=sink.port) for _ in range(2)]
        for worker in workers:
            wait_until(lambda: worker.has_logged(BEGAN), "a worker begins")  # noqa: B023
        with _Traffic(port, token, resource, patience) as traffic:
            for number in range(deployments):
                stage.register(20)
                time.sleep(SECONDS_BETWEEN)
                stage.register(20)
                server.send(signal.SIGHUP)
                fresh = [stage.worker(mail_port=sink.port) for _ in workers]
                for worker in workers:
                    exits.append(worker.end())
                    left_in_progress += len(held_by(worker))
                workers = fresh
                for worker in workers:
                    wait_until(lambda: worker.has_logged(BEGAN), "a worker begins")  # noqa: B023
                wait_until(
                    lambda: call(port, "GET", "/health/live/").status == HTTPStatus.OK,
                    "the new server answers",
                )
                stage.say(f"deployment {number + 1} of {deployments}, {traffic.counted()}")
            time.sleep(SECONDS_BETWEEN)
        wait_until(is_drained, "every event is done")
    failed = [answer for answer in traffic.answers if not 200 <= answer.status < 300]  # noqa: PLR2004
    for answer in failed[:5]:
        stage.say(f"failed: {answer.status} {answer.body[:200]}")
    sent, seconds = len(traffic.answers), traffic.seconds
    findings = Findings(
        f"{deployments} deployments in {seconds:.0f} s, {sent} requests, 2 workers each",
        is_full=share >= 1,
    )
    findings.in_time("seconds for each request", seconds / sent, 1 / (REQUESTS_PER_SECOND * 0.9))
    findings.exactly("failed requests", len(failed), 0)
    slowest = max(answer.seconds for answer in traffic.answers)
    findings.in_time("slowest answer", slowest, patience)
    findings.exactly("exits of workers other than 0", sum(map(bool, exits)), 0)
    findings.exactly("rows left in progress by them", left_in_progress, 0)
    findings.exactly("dead events", statuses()["FAILED"], 0)
    findings.exactly("mails sent twice", sum(count > 1 for count in sink.copies().values()), 0)
    return findings


@dataclass
class _Traffic:
    """Reads and writes at a steady rate, each on a connection of its own, in the `with` block."""

    port: int
    token: str
    resource: Resource
    patience: float
    answers: list[Answer] = field(default_factory=list)
    seconds: float = 0.0
    _threads: list[threading.Thread] = field(default_factory=list)
    _stopped: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> "_Traffic":
        self._begun = time.monotonic()
        self._ticker = threading.Thread(target=self._tick)
        self._ticker.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._ticker.join()
        self.seconds = time.monotonic() - self._begun
        for thread in self._threads:
            thread.join()

    def counted(self) -> dict[int, int]:
        """How many answers had which status."""
        return dict(Counter(answer.status for answer in list(self.answers)))

    def _tick(self) -> None:
        number = 0
        while not self._stopped.wait(max(self._due_at(number) - time.monotonic(), 0)):
            thread = threading.Thread(target=self._send, args=(number,))
            self._threads.append(thread)
            thread.start()
            number += 1

    def _due_at(self, number: int) -> float:
        return self._begun + number / REQUESTS_PER_SECOND

    def _send(self, number: int) -> None:
        resource_id = str(self.resource.id)
        vote = {"resource_id": resource_id, "vote_value": 1 if number % 2 else -1}
        comment = {"resource_id": resource_id, "content": f"Comment {number}."}
        requests = (
            ("GET", "/api/feed/", None),
            ("GET", f"/api/resources/{resource_id}/detail/", None),
            ("POST", "/api/resources/vote/", vote),
            ("GET", f"/api/resources/{resource_id}/comments/", None),
            ("POST", "/api/comments/", comment),
        )
        method, path, body = requests[number % len(requests)]
        self.answers.append(call(self.port, method, path, body, self.token, patience=self.patience))
