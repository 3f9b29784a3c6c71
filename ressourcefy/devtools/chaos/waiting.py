"""R5, R6 and R18: a long outage of the mail server, a frozen worker, and clocks that are wrong."""

import signal
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import connection
from django.db.models import F, Min
from django.utils import timezone

from application.dto.events import EventType
from core.models import OutboxEvent
from devtools.chaos.bars import Findings
from devtools.chaos.smtp_sink import SmtpSink
from devtools.chaos.stage import (
    SHORT_LEASE,
    Process,
    Stage,
    held_by,
    is_drained,
    rows_left,
    statuses,
    wait_until,
)

STEP = timedelta(minutes=15)
FULL_STEPS = 24
CLOCK_ERROR = timedelta(minutes=10)
SHIFTED_CLOCK = "devtools/chaos/shifted_clock"
#: The first wait is 2 seconds less up to a quarter of jitter (docs/outbox.md).
SHORTEST_FIRST_WAIT = 1.5
LOST = "An event was no longer ours to finish."


def outlast_an_outage(stage: Stage, share: float) -> Findings:
    """R5: six hours pass for the rows, not for any clock."""
    steps = max(round(FULL_STEPS * share), 3)
    people = stage.register(max(round(200 * share), 20))
    sink = SmtpSink()
    worker = stage.worker("--interval=0.2", mail_port=sink.port)
    sink.takes = lambda address: False
    with sink:
        for number in range(1, steps + 1):
            wait_until(_all_were_tried_anew, "every mail was tried again")
            _let_pending_rows_age(STEP)
            stage.say(f"{number * STEP} passed, {dict(statuses())}")
        wait_until(_all_were_tried_anew, "every mail was tried again")
        mails = OutboxEvent.objects.filter(event_type=EventType.USER_REGISTERED)
        tries = mails.aggregate(least=Min("wait_count"))
        dead = statuses()["FAILED"]
        sink.takes = lambda address: True
        _let_pending_rows_age(settings.OUTBOX_BACKOFF_CAP)
        seconds = wait_until(is_drained, "every mail is delivered")
    copies = sink.copies()
    away = f"{steps * STEP} h of the rows' time"
    load = f"{len(people)} mails, the mail server away for {away}"
    findings = Findings(load, is_full=share >= 1)
    findings.at_least("tries of each mail meanwhile", tries["least"] or 0, steps)
    findings.exactly("dead", dead + statuses()["FAILED"], 0)
    findings.exactly("delivered one back-off cap after its return", len(copies), len(people))
    findings.exactly("of these twice", sum(count > 1 for count in copies.values()), 0)
    findings.in_time("seconds that took", seconds, 60)
    findings.exactly("worker ended", 0 if worker.is_alive else 1, 0)
    return findings


def _all_were_tried_anew() -> bool:
    """No mail is due or in hand: each waits for its next try."""
    waiting = OutboxEvent.objects.filter(event_type=EventType.USER_REGISTERED)
    due = waiting.filter(status="PENDING", next_retry_at__lte=timezone.now())
    return not due.exists() and not waiting.filter(status="PROCESSING").exists()


def _let_pending_rows_age(passed: timedelta) -> None:
    """Move the times of what nobody holds into the past."""
    OutboxEvent.objects.filter(status="PENDING").update(
        created_at=F("created_at") - passed,
        next_retry_at=F("next_retry_at") - passed,
        waiting_since=F("waiting_since") - passed,
    )


def survive_a_zombie(stage: Stage, share: float) -> Findings:
    """R6: SIGSTOP in the middle of a mail, a second worker takes over, SIGCONT."""
    people = stage.register(max(round(20 * share), 4))
    with SmtpSink(latency=0.5) as sink:
        frozen = stage.worker("--threads=4", mail_port=sink.port, **SHORT_LEASE)
        wait_until(lambda: sink.attempts, "the first worker is at work")
        frozen.send(signal.SIGSTOP)
        held = held_by(frozen)
        stage.say(f"frozen with {len(held)} events in hand")
        sink.latency = 0.0
        second = stage.worker("--interval=0.2", mail_port=sink.port, **SHORT_LEASE)
        wait_until(is_drained, "the second worker has done all")
        before = _versions()
        frozen.send(signal.SIGCONT)
        wait_until(
            lambda: frozen.has_logged(LOST) or frozen.has_logged("could not be handled"),
            "the zombie comes back",
        )
        status = frozen.end()
        changed = sum(version != before[key] for key, version in _versions().items())
    left = rows_left()
    findings = Findings(f"{len(people) * 2} events, SIGSTOP while mails are being sent, lease 3 s")
    findings.at_least("events in hand of the frozen worker", len(held), 1)
    findings.exactly("rows that the zombie changed", changed, 0)
    findings.exactly("events done", statuses()["COMPLETED"], len(people) * 2)
    findings.exactly("effects more than once", sum(n > 1 for n in left.values()), 0)
    findings.exactly("effects", len(left), len(people) * 2)
    findings.exactly(
        "people mailed under two keys",
        sum(len(sink.keys_of(user.email)) > 1 for user in people),
        0,
    )
    findings.exactly("exit status of the zombie", status, 0)
    findings.exactly("exit status of the second worker", second.end(), 0)
    return findings


def _versions() -> dict[str, str]:
    """What PostgreSQL calls the present version of each row."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id::text, xmin::text FROM core_outboxevent")
        return dict(cursor.fetchall())


def distrust_clocks(stage: Stage, share: float) -> Findings:
    """R18: one worker is ten minutes ahead of the database, the other behind."""
    people = stage.register(max(round(100 * share), 20))
    with SmtpSink() as sink:
        # Each recipient is asked to wait once.
        sink.takes = lambda address: len(sink.attempts[address]) > 1
        workers = {
            sign: stage.worker(
                "--interval=0.2",
                mail_port=sink.port,
                PYTHONPATH=SHIFTED_CLOCK,
                RESSOURCEFY_CLOCK_SHIFT=str(sign * CLOCK_ERROR.total_seconds()),
            )
            for sign in (1, -1)
        }
        for worker in workers.values():
            wait_until(lambda: worker.has_logged("worker began"), "a worker begins")  # noqa: B023
        wait_until(is_drained, "every event is done")
        errors = [_clock_error(worker).total_seconds() for worker in workers.values()]
        attempts = list(sink.attempts.values())
        for worker in workers.values():
            worker.end()
    gaps = [later - earlier for earlier, later in map(_first_two, attempts)]
    left, copies = rows_left(), sink.copies()
    findings = Findings(
        f"{len(people) * 2} events, 2 workers whose clocks are 10 min ahead and behind, "
        "each mail is put off once",
        is_full=share >= 1,
    )
    findings.at_least("the one clock is ahead", max(errors), 590, " s")
    findings.at_most("the other is behind", min(errors), -590, " s")
    findings.exactly("events done", statuses()["COMPLETED"], len(people) * 2)
    findings.exactly("mails sent twice", sum(count > 1 for count in copies.values()), 0)
    findings.exactly("effects more than once", sum(n > 1 for n in left.values()), 0)
    findings.exactly("tries of a mail other than two", sum(len(a) != 2 for a in attempts), 0)  # noqa: PLR2004
    findings.at_least("shortest wait for the second", min(gaps), SHORTEST_FIRST_WAIT, " s")
    findings.in_time("longest", max(gaps), 30)
    return findings


def _first_two(times: list[float]) -> tuple[float, float]:
    return (times[0], times[1]) if len(times) > 1 else (times[0], times[0])


def _clock_error(worker: Process) -> timedelta:
    """How far the time in the first line of its log is from when the log was last written to."""
    shown = datetime.fromisoformat(worker.lines()[0]["time"]).replace(tzinfo=UTC)
    return shown - datetime.fromtimestamp(worker.log.stat().st_ctime, tz=UTC)
