"""Sends the hostile requests from several threads and counts what came of them."""

import json
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from socket import create_connection

from devtools.fuzz.hostile import Attacker, Case, operations_of
from devtools.fuzz.known import CALLERS, Known, sign_in
from devtools.fuzz.raw_http import FINDINGS, Verdict, exchange, judge
from devtools.fuzz.server import Server
from devtools.journey.browser import Browser
from devtools.journey.stack import HOST

_THREADS = 4
_CASES_PER_TOKEN = 50
_MOST_SHOWN = 300
#: Bodies that never come: fewer than the server has threads, as a reverse proxy would let through.
SLOW_CLIENTS = 3


@dataclass
class HostileRun:
    """What was sent, and what came of it."""

    verdicts: Counter[tuple[str, Verdict]] = field(default_factory=Counter)
    findings: list[str] = field(default_factory=list)
    slowest: float = 0.0
    seconds: float = 0.0

    @property
    def cases(self) -> int:
        """How many requests were sent."""
        return sum(self.verdicts.values())


def attack(
    server: Server,
    known: Known,
    *,
    cases: int,
    seed: int,
    progress: Callable[[int], None],
) -> HostileRun:
    """Send `cases` requests while slow clients hold connections open."""
    with urllib.request.urlopen(f"{server.url}/api/schema/") as answer:  # noqa: S310 - our own
        operations = operations_of(json.load(answer))
    run, lock, begun = HostileRun(), threading.Lock(), time.monotonic()

    def work(number: int) -> None:
        try:
            send_share(number)
        except Exception as error:
            with lock:
                run.findings.append(f"a sender ended early: {error!r}")

    def send_share(number: int) -> None:
        attacker = Attacker(operations, known, seed=seed + number)
        browser = Browser(server.url, patience_seconds=0)
        token = ""
        for count in range(number, cases, _THREADS):
            if count // _THREADS % _CASES_PER_TOKEN == 0:
                # Cases end sessions, their own included.
                callers = list(CALLERS)
                token = sign_in(browser, callers[count // _THREADS // _CASES_PER_TOKEN % 3])
            case = attacker.case(token)
            _try(server, case, run, lock)
            if number == 0:
                progress(run.cases)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(_THREADS)]
    with ExitStack() as stack:
        for _ in range(SLOW_CLIENTS):
            slow = stack.enter_context(create_connection((HOST, server.port)))
            slow.sendall(
                b"POST /api/auth/login/ HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                b"Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"
            )
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    run.findings += [f"the server's log: {line}" for line in server.crashes()]
    run.seconds = time.monotonic() - begun
    return run


def _try(server: Server, case: Case, run: HostileRun, lock: threading.Lock) -> None:
    reply = exchange(server.port, case.request, is_head=case.is_head)
    verdict = judge(
        reply,
        may_be_no_http=case.may_be_no_http,
        is_paged=case.is_paged,
        is_for_the_api=b" /api/" in case.request.partition(b"\r\n")[0],
    )
    with lock:
        run.verdicts[case.family, verdict] += 1
        run.slowest = max(run.slowest, reply.seconds if reply else 0.0)
        if verdict in FINDINGS:
            status = reply.status if reply else "nothing"
            body = reply.body[:_MOST_SHOWN] if reply else b""
            request = case.request[:_MOST_SHOWN]
            run.findings.append(f"{verdict.value}: {case.family}: {request!r} -> {status} {body!r}")
