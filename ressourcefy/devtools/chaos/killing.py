"""R1 and R2: workers that are killed at random, and the database with them."""

import random
import signal
import time
from dataclasses import dataclass, field

from core.models import OutboxEvent
from devtools.chaos.bars import Findings
from devtools.chaos.smtp_sink import SmtpSink
from devtools.chaos.stage import (
    LEASE_SECONDS,
    SHORT_LEASE,
    NeverHappened,
    Process,
    Stage,
    held_by,
    is_drained,
    rows_left,
    statuses,
    wait_until,
)
from users.models import User

WORKERS = 2
# A kill can repeat as many mails as its worker has threads (docs/outbox.md): with few kills one
# thread has to do, for chance would decide about the bar. So it would about how many kills hit.
THREADS, THREADS_FOR_FEW_KILLS, MANY_KILLS = 8, 1, 20
EVENTS_OF_A_PERSON = 2
FULL_PEOPLE, FULL_KILLS, FULL_TERMS = 500, 40, 10
LATENCY_SECONDS = 0.02
# From new events to the signal; about as long as the workers take for them.
LONGEST_LIFE_SECONDS = 0.3
LEAST_HITS = 0.25
SECONDS_AFTER_THE_LEASE = 10
# Where no duration is judged; what is never done shows all the same.
PATIENCE_SECONDS = 180
BEGAN = "The outbox worker began."


def kill_workers(stage: Stage, share: float) -> Findings:
    """R1."""
    return _Massacre(stage, share, restarts=0).play()


def kill_workers_and_database(stage: Stage, share: float) -> Findings:
    """R2."""
    return _Massacre(stage, share, restarts=2).play()


@dataclass
class _Massacre:
    stage: Stage
    share: float
    restarts: int
    people: list[User] = field(default_factory=list)
    exits: list[int] = field(default_factory=list)
    hits: int = 0
    died_unasked: int = 0
    threads: int = THREADS

    def play(self) -> Findings:
        """People register all the while; after the last signal nothing is done but waiting."""
        kills, terms = round(FULL_KILLS * self.share) or 1, round(FULL_TERMS * self.share) or 1
        count = round(FULL_PEOPLE * self.share)
        self.threads = THREADS if kills >= MANY_KILLS else THREADS_FOR_FEW_KILLS
        signals = [signal.SIGKILL] * kills + [signal.SIGTERM] * terms
        random.shuffle(signals)
        restart_before = {
            round(len(signals) * part / (self.restarts + 1)) for part in range(1, self.restarts + 1)
        }
        with SmtpSink(latency=LATENCY_SECONDS) as sink:
            workers = [self._worker(sink) for _ in range(WORKERS)]
            for number, kind in enumerate(signals):
                if number in restart_before:
                    self._restart_database(workers)
                newcomers = count * (number + 1) // len(signals) - len(self.people)
                self._strike(workers, kind, sink, newcomers)
                self.stage.say(f"{number + 1} of {len(signals)} signals, {dict(statuses())}")
            last_at = time.monotonic()
            bar = LEASE_SECONDS + SECONDS_AFTER_THE_LEASE
            try:
                patience = bar * 3 if self.share >= 1 else PATIENCE_SECONDS
                wait_until(is_drained, "every event is done", seconds=patience)
            except NeverHappened as never:
                self.stage.say(str(never))
            seconds = time.monotonic() - last_at
            self.died_unasked += sum(not worker.is_alive for worker in workers)
            return self._findings(sink, kills, terms, seconds, bar)

    def _worker(self, sink: SmtpSink) -> Process:
        options = ("--interval=0.5", f"--threads={self.threads}")
        return self.stage.worker(*options, mail_port=sink.port, **SHORT_LEASE)

    def _register(self, count: int) -> None:
        self.people += self.stage.register(count)

    def _restart_database(self, workers: list[Process]) -> None:
        for worker in workers:
            wait_until(lambda: worker.has_logged(BEGAN), "a worker begins")  # noqa: B023
        self.stage.say("the database is stopped at once and started again")
        self.stage.restart_database()

    def _strike(
        self, workers: list[Process], kind: signal.Signals, sink: SmtpSink, newcomers: int
    ) -> None:
        """Hit one of the workers while there is work, and let another take its place."""
        index = random.randrange(len(workers))  # noqa: S311 - no secret
        victim = workers[index]
        wait_until(lambda: victim.has_logged(BEGAN) or not victim.is_alive, "a worker begins")
        self._register(newcomers)
        time.sleep(random.uniform(0, LONGEST_LIFE_SECONDS))  # noqa: S311 - no secret
        self.died_unasked += not victim.is_alive
        status = victim.end(kind)
        if kind is signal.SIGTERM:
            self.exits.append(status)
        else:
            self.hits += bool(held_by(victim))
        workers[index] = self._worker(sink)

    def _findings(
        self, sink: SmtpSink, kills: int, terms: int, seconds: float, bar: float
    ) -> Findings:
        events = len(self.people) * EVENTS_OF_A_PERSON
        restarts = f", {self.restarts} immediate restarts of PostgreSQL" if self.restarts else ""
        findings = Findings(
            f"{events} events, {WORKERS} workers with {self.threads} threads, {kills} SIGKILL and "
            f"{terms} SIGTERM at random{restarts}, lease {LEASE_SECONDS} s",
            is_full=self.share >= 1,
        )
        found, left, copies = statuses(), rows_left(), sink.copies()
        doubled = {address: count for address, count in copies.items() if count > 1}
        if kills >= MANY_KILLS:
            findings.at_least("kills that hit events in hand", self.hits, kills * LEAST_HITS)
        findings.exactly("events done", found["COMPLETED"], events)
        findings.exactly("stuck", found["PROCESSING"] + found["PENDING"], 0)
        findings.exactly("dead", found["FAILED"], 0)
        findings.exactly("rows left by local handlers", len(left), events)
        findings.exactly("of these more than once", sum(n > 1 for n in left.values()), 0)
        findings.exactly("people without a mail", len(self.people) - len(copies), 0)
        findings.at_most("mails sent again", sum(doubled.values()) - len(doubled), kills)
        findings.exactly(
            "of these under another key", sum(len(sink.keys_of(a)) > 1 for a in doubled), 0
        )
        findings.exactly("workers that ended unasked", self.died_unasked, 0)
        findings.exactly("exits of SIGTERM other than 0", sum(map(bool, self.exits)), 0)
        findings.in_time("all done after the last signal", seconds, bar)
        stamps = OutboxEvent.objects.exclude(locked_by="").count()
        findings.exactly("claims left", stamps, 0)
        return findings
