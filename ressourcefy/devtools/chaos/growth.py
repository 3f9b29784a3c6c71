"""R7: a million finished events in the way of the open ones, and the end that they come to."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import connection

from core.models import OutboxEvent
from core.outbox.claims import Lane, claim_due, hand_back, ids_of
from devtools.chaos.bars import Findings
from devtools.chaos.stage import Stage
from devtools.environment import PROJECT

FULL_DONE, OPEN, CLAIMS = 1_000_000, 1_000, 500
CHUNK = 100_000
P95_BAR_MS, BLOCKED_BAR_MS, PRUNE_BAR_SECONDS = 10, 100, 600
_TABLE = OutboxEvent._meta.db_table
_MAKE = f"""
INSERT INTO {_TABLE} (
    id, updated_at, created_at, aggregate_type, aggregate_id, event_type, payload, version, status,
    retry_count, wait_count, claim_count, next_retry_at, processed_at, locked_by, error_message,
    history, request_id
)
SELECT gen_random_uuid(), now(), now() - %(age)s, 'USER', %(name)s || number, 'user.signed_in',
    '{{}}', 1, %(status)s, 0, 0, 0, now() - %(age)s,
    CASE WHEN %(status)s = 'COMPLETED' THEN now() - %(age)s END, '', '', '[]', ''
FROM generate_series(1, %(count)s) AS number
"""  # noqa: S608 - constants only


def outlive_growth(stage: Stage, share: float) -> Findings:
    """Claim among a million; then prune the million while somebody claims."""
    done = max(round(FULL_DONE * share), 20_000)
    old = settings.RETENTION["outbox_events"] * 2
    for made in range(0, done, CHUNK):
        count = min(CHUNK, done - made)
        _make(count, name=f"done-{made}-", status="COMPLETED", age=old)
        stage.say(f"{made + count} finished events made")
    _make(OPEN, name="open-", status="PENDING", age=settings.RETENTION["outbox_events"] / 100)
    scans_before = _sequential_scans()
    milliseconds = sorted(_claim_once() for _ in range(CLAIMS))
    scans = _sequential_scans() - scans_before
    stage.say(f"{CLAIMS} claims measured; pruning begins")
    begun = time.monotonic()
    with _pruning(stage) as prune:
        during = []
        while prune.poll() is None:
            during.append(_claim_once())
            time.sleep(0.01)
    seconds = time.monotonic() - begun
    findings = Findings(f"{done:,} finished events and {OPEN:,} open ones", is_full=share >= 1)
    p95 = milliseconds[int(len(milliseconds) * 0.95)]
    findings.in_time("p95 of a claim", p95, P95_BAR_MS, " ms")
    findings.in_time("the slowest of them", milliseconds[-1], BLOCKED_BAR_MS, " ms")
    findings.exactly("sequential scans in these claims", scans, 0)
    findings.exactly("exit status of the pruning", prune.returncode, 0)
    findings.in_time("its time", seconds, PRUNE_BAR_SECONDS)
    findings.exactly("finished events left", _count("COMPLETED"), 0)
    findings.exactly("open events left", _count("PENDING"), OPEN)
    findings.at_least("claims meanwhile", len(during), 1)
    findings.in_time("the slowest of those", max(during, default=0.0), BLOCKED_BAR_MS, " ms")
    return findings


def _make(count: int, *, name: str, status: str, age: timedelta) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        values: dict[str, Any] = {"count": count, "name": name, "status": status, "age": age}
        cursor.execute(_MAKE, values)


def _claim_once() -> float:
    """Milliseconds for one claim of ten events, which are given back."""
    begun = time.perf_counter()
    claimed = claim_due(10, Lane.LOCAL)
    passed = time.perf_counter() - begun
    hand_back(ids_of(claimed), claimed[0].token)
    return passed * 1_000


def _sequential_scans() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_force_next_flush()")
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute("SELECT seq_scan FROM pg_stat_user_tables WHERE relname = %s", [_TABLE])
        return int(cursor.fetchone()[0])


def _count(status: str) -> int:
    return OutboxEvent.objects.filter(status=status).count()


@contextmanager
def _pruning(stage: Stage) -> Iterator[subprocess.Popen[bytes]]:
    """`manage.py prune` as an operator would run it."""
    command = [sys.executable, "manage.py", "prune", "--only", "outbox_events"]
    with (stage.directory / "prune.log").open("wb") as log:
        prune = subprocess.Popen(
            command, cwd=PROJECT, env=stage.environment(), stdout=log, stderr=log
        )
    try:
        yield prune
    finally:
        prune.kill()
        prune.wait()
