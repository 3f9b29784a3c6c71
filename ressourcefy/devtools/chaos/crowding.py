"""R14: more requests at once than the database has connections left."""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http import HTTPStatus

import psycopg
from django.conf import settings
from django.db import connection

from devtools.chaos.bars import Findings
from devtools.chaos.serving import Answer, call, make_author, start_server
from devtools.chaos.stage import Stage, wait_until
from interactions.models import Comment
from resources.models import Resource

LEFT = 5
AT_ONCE = 100
#: So many answers in a row have to be good before it counts as normal.
IN_A_ROW = 20
DONE = {HTTPStatus.OK, HTTPStatus.CREATED}

_TAKEN = """
SELECT count(*) FROM pg_stat_activity WHERE backend_type IN ('client backend', 'walsender')
"""
_IDLE_IN_TRANSACTION = "SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in trans%'"


def crowd_the_database(stage: Stage, share: float) -> Findings:
    """100 requests at once, then one after the other, while others hold nearly all connections."""
    at_once = max(round(AT_ONCE * share), 4 * LEFT)
    # Scaled down it runs beside other tests, and says only that it comes back at all.
    bar = 5 if share >= 1 else 60
    _, port = start_server(stage)
    token, resource = make_author()
    connection.close()
    with _all_but(LEFT) as watcher:
        stage.say(f"{LEFT} connections are left")
        crowd = _Crowd(port, token, resource, at_once)
        answers = crowd.ask()
        stage.say(f"answers: {dict(Counter(answer.status for answer in answers))}")
        begun = time.monotonic()
        crowded = _until_normal(crowd)
        idle = _number(watcher, _IDLE_IN_TRANSACTION)
        seconds_crowded = time.monotonic() - begun
    begun = time.monotonic()
    _until_normal(crowd)
    seconds = time.monotonic() - begun
    refused = [answer for answer in answers if answer.status not in DONE]
    written = sum(answer.status == HTTPStatus.CREATED for answer in answers + crowded)
    findings = Findings(f"{at_once} requests at once, {LEFT} connections left")
    findings.at_least("done", len(answers) - len(refused), 1)
    findings.exactly("refused otherwise than by 503", sum(not _is_polite(a) for a in refused), 0)
    findings.exactly("connections idle in a transaction", idle, 0)
    findings.at_most("normal again, connections still scarce", seconds_crowded, bar, " s")
    findings.at_most("normal again", seconds, bar, " s")
    findings.at_least("comments kept of those acknowledged", Comment.objects.count(), written)
    return findings


def _is_polite(answer: Answer) -> bool:
    return (
        answer.status == HTTPStatus.SERVICE_UNAVAILABLE
        and bool(answer.retry_after)
        and '"service_unavailable"' in answer.body
    )


class _Crowd:
    """Visitors and people who are signed in, reading and writing."""

    def __init__(self, port: int, token: str, resource: Resource, size: int) -> None:
        self._port, self._token, self._size = port, token, size
        comment = {"resource_id": str(resource.id), "content": "Me too."}
        detail = f"/api/resources/{resource.id}/detail/"
        self._requests = (
            # Of a size that nobody keeps, so that the database is asked.
            ("GET", "/api/feed/?page_size=50", None, ""),
            ("POST", "/api/comments/", comment, token),
            ("GET", detail, None, ""),
            ("GET", detail, None, token),
        )

    def ask(self) -> list[Answer]:
        """All at once."""
        answers: list[Answer] = []
        gate = threading.Barrier(self._size)

        def one(number: int) -> None:
            gate.wait()
            answers.append(self.ask_one(number))

        threads = [threading.Thread(target=one, args=(number,)) for number in range(self._size)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return answers

    def ask_one(self, number: int) -> Answer:
        """The request of this number."""
        return call(self._port, *self._requests[number % len(self._requests)])


def _until_normal(crowd: _Crowd) -> list[Answer]:
    """Ask one by one until IN_A_ROW answers in a row are good; all of the answers."""
    answers: list[Answer] = []

    def is_normal() -> bool:
        answers.append(crowd.ask_one(len(answers)))
        last = answers[-IN_A_ROW:]
        return len(last) == IN_A_ROW and all(answer.status in DONE for answer in last)

    wait_until(is_normal, "answers are good again")
    return answers


@contextmanager
def _all_but(left: int) -> Iterator[psycopg.Connection]:
    """Take connections until the server accepts so many more; one of those that are held."""
    with ExitStack() as held:

        def take() -> psycopg.Connection:
            return held.enter_context(psycopg.connect(settings.DATABASE_URL, autocommit=True))

        watcher = take()
        most = _number(watcher, "SELECT current_setting('max_connections')::int")
        while most - _number(watcher, _TAKEN) > left:
            take()
        yield watcher


def _number(held: psycopg.Connection, statement: str) -> int:
    row = held.execute(statement).fetchone()
    assert row is not None  # noqa: S101 - it counts
    return int(row[0])
