"""The outbox: events a second, with one worker and two, against queue libraries and a bare loop;
with a table full of finished events; from emission to handler; `python -m bench.outbox`.

`--quick` does a tenth of the work. The handlers do nothing, which flatters whoever works in
batches: what is compared is the cost of delivering.
"""

import argparse
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial

import psycopg
from tqdm import tqdm

from bench.generate import database_of, prepare
from bench.measure import (
    Chart,
    Goal,
    Quartiles,
    Result,
    Round,
    Sample,
    Table,
    cpu_of_ended_children,
    in_turns,
    machine,
    ratio,
)
from bench.outbox_subject import FILL, NETWORK, NOTHING
from bench.report import keep
from bench.stage import Stage, stage
from bench.subject import Subject

_EMPTY, _FULL, _PEERS = "bench_outbox", "bench_outbox_full", "bench_queues"
_BATCH = 500
_CLIENTS = 8
_TASKS = {"DJANGO_SETTINGS_MODULE": "bench.peers.tasks_settings"}

ONE, TWO, BARE = "one worker", "two workers", "bare loop"
FULL, BARE_FULL = "one worker, finished events beside", "bare loop, finished events beside"
PROCRASTINATE, TASKS = "procrastinate", "django-tasks-db"
WAKING, SILENT = "8 clients emit", "8 clients emit without NOTIFY"

_COMPLETED = """
INSERT INTO core_outboxevent (id, created_at, updated_at, processed_at, next_retry_at,
    aggregate_type, aggregate_id, event_type, payload, version, status, retry_count, wait_count,
    claim_count, locked_by, error_message, history, request_id)
SELECT bench.id(at, 'done', n), at, at, at, at, 'BENCH', n::text, 'bench.nothing', '{"n": 1}', 1,
    'COMPLETED', 0, 0, 0, '', '', '[]', ''
FROM (
    SELECT n, now() - interval '20 days' + n * interval '0.1 second' AS at
    FROM generate_series(%(first)s::bigint, %(last)s) AS n
) AS numbered
"""


@dataclass(frozen=True)
class _Size:
    events: int
    finished: int
    peer: int
    tasks: int
    emitted: int
    network: int
    delays: int


_WHOLE = _Size(20_000, 10_000_000, 1_000, 200, 500, 3_000, 200)
_QUICK = _Size(10_000, 1_000_000, 200, 50, 100, 1_000, 60)


def measure(a_stage: Stage, *, rounds: int, size: _Size) -> Result:
    """Everything in one run, on databases of its own."""
    prepare(a_stage, "10k")
    for name in (_EMPTY, _PEERS):
        a_stage.create(name, template=database_of("10k"))
    _fill_up(a_stage, size.finished)
    with ExitStack() as subjects:

        def subject(kind: str, database: str, **environment: str) -> Subject:
            a_subject = Subject(a_stage, kind, database, LOG_LEVEL="ERROR", **environment)
            return subjects.enter_context(a_subject)

        workers = [subject("outbox_subject", _EMPTY) for _ in range(2)]
        bare = subject("outbox_subject", _EMPTY)
        # In a database without workers, who would share the machine with them.
        clients = [subject("outbox_subject", _PEERS) for _ in range(_CLIENTS)]
        beside, bare_beside = (subject("outbox_subject", _FULL) for _ in range(2))
        procrastinate = subject("peers.procrastinate_queue", _PEERS)
        tasks = subject("peers.tasks_queue", _PEERS, **_TASKS)
        procrastinate.answer(fill=1)
        tasks.answer(fill=1)
        empty = subjects.enter_context(a_stage.connect(_EMPTY))
        full = subjects.enter_context(a_stage.connect(_FULL))
        queues = subjects.enter_context(a_stage.connect(_PEERS))

        def drains(connection: psycopg.Connection, *several: Subject, what: str) -> Sample:
            _fill(connection, size.events, NOTHING)
            return _together(several, size.events, what=what, batch=_BATCH)

        turns: dict[str, Round] = {
            ONE: partial(drains, empty, workers[0], what="drain"),
            TWO: partial(drains, empty, *workers[:2], what="drain"),
            BARE: partial(drains, empty, bare, what="bare"),
            FULL: partial(drains, full, beside, what="drain"),
            BARE_FULL: partial(drains, full, bare_beside, what="bare"),
            PROCRASTINATE: lambda: _peer(a_stage, procrastinate, size.peer, concurrency=1),
            TASKS: lambda: _peer(a_stage, tasks, size.tasks),
            WAKING: lambda: _emitting(queues, clients, size.emitted, wakes=True),
            SILENT: lambda: _emitting(queues, clients, size.emitted, wakes=False),
        }
        samples = in_turns(turns, rounds=rounds, label="outbox")
        network = _network(queues, clients[0], size.network)
        delays = _delays(queues, clients[1], clients[2], size.delays)
    result = Result("outbox")
    result.goals = _goals(samples, network, delays)
    result.tables.append(_table(samples, size))
    result.charts.append(_chart(samples))
    with a_stage.connect("postgres") as connection:
        result.machine = machine(connection, "procrastinate", "django-tasks-db")
    for name in (_EMPTY, _PEERS):
        a_stage.drop(name)
    return result


def _fill_up(a_stage: Stage, finished: int) -> None:
    """A database with so many finished events, kept from one run to the next."""
    mark = f"{finished} finished events"
    if a_stage.has(_FULL):
        with a_stage.connect(_FULL) as connection:
            found = connection.execute(
                "SELECT obj_description(to_regclass('core_outboxevent'), 'pg_class')"
            ).fetchone()
        if found == (mark,):
            return
    a_stage.create(_FULL, template=database_of("10k"))
    with a_stage.connect(_FULL) as connection:
        connection.execute("SET synchronous_commit = off")
        with tqdm(total=finished, desc="finished events", unit_scale=True) as bar:
            for first in range(1, finished + 1, 100_000):
                last = min(first + 99_999, finished)
                connection.execute(_COMPLETED, {"first": first, "last": last})
                bar.update(last - first + 1)
        connection.execute("VACUUM (ANALYZE) core_outboxevent")
        connection.execute(f"COMMENT ON TABLE core_outboxevent IS '{mark}'".encode())


def _fill(
    connection: psycopg.Connection,
    number: int,
    event_type: str,
    *,
    aggregates: int | None = None,
    external: bool = False,
) -> None:
    connection.execute(
        FILL,
        {
            "number": number,
            "type": event_type,
            "external": external,
            "aggregates": aggregates or number + 1,
        },
    )


def _together(several: Sequence[Subject], count: int, **work: object) -> Sample:
    """What some processes do at the same time, as one sample of `count` pieces."""
    with ThreadPoolExecutor(len(several)) as threads:
        found = list(threads.map(lambda one: one.sample(1, **work), several))
    return Sample(
        count=count,
        app=sum(one.app for one in found),
        database=sum(one.database for one in found),
        wall=max(one.wall for one in found),
    )


def _peer(a_stage: Stage, peer: Subject, number: int, **work: int) -> Sample:
    """Emptied once; what its connections used is known when they have ended as well."""
    peer.answer(fill=number)
    ended = cpu_of_ended_children(a_stage.postmaster)
    sample = peer.sample(1, drain=True, **work)
    ended = cpu_of_ended_children(a_stage.postmaster) - ended
    return replace(sample, count=number, database=sample.database + ended)


def _emitting(
    connection: psycopg.Connection, clients: Sequence[Subject], number: int, *, wakes: bool
) -> Sample:
    sample = _together(clients, number * len(clients), what="emit", number=number, wakes=wakes)
    connection.execute("TRUNCATE core_outboxevent")
    return sample


def _network(connection: psycopg.Connection, worker: Subject, number: int) -> Sample:
    """Calls of 50 ms, four events of each aggregate in order, 32 threads."""
    _fill(connection, number, NETWORK, aggregates=number // 4, external=True)
    sample = worker.sample(1, what="drain", batch=_BATCH, threads=32)
    worker.answer(what="stop")
    return replace(sample, count=number)


def _delays(
    connection: psycopg.Connection, worker: Subject, emitter: Subject, number: int
) -> list[float]:
    """Seconds from emission to handler, one event every 50 ms."""
    with _listening(worker):
        emitter.answer(what="emit", number=number, pause=0.05)
        time.sleep(0.5)
    found = worker.answer(what="delays")
    connection.execute("TRUNCATE core_outboxevent")
    return list(found)


@contextmanager
def _listening(worker: Subject) -> Iterator[None]:
    worker.answer(what="listen")
    time.sleep(1)
    yield
    worker.answer(what="stop")


def _rate(sample: Sample) -> float:
    return sample.rate


def _goals(samples: dict[str, list[Sample]], network: Sample, delays: list[float]) -> list[Goal]:
    def times(name: str, other: str, by: Callable[[Sample], float] = _rate) -> Quartiles:
        return ratio(samples[name], samples[other], by)

    cuts = statistics.quantiles(delays, n=20)
    middle, slow = statistics.median(delays) * 1e3, cuts[-1] * 1e3
    return [
        Goal.at_least(f"one worker against {PROCRASTINATE}", 50, times(ONE, PROCRASTINATE)),
        Goal.at_least(f"one worker against {TASKS}", 100, times(ONE, TASKS)),
        Goal.at_least("one worker against the same SQL in a bare loop", 0.9, times(ONE, BARE)),
        Goal.at_least("two workers against one", 1, times(TWO, ONE)),
        Goal.at_most(
            "processor time of an event, finished events beside against none",
            1.2,
            times(FULL, ONE, lambda sample: sample.cpu),
        ),
        Goal("idle, from emission to handler, p50", "<= 5 ms", f"{middle:.1f} ms", middle <= 5),  # noqa: PLR2004
        Goal("idle, from emission to handler, p95", "<= 10 ms", f"{slow:.1f} ms", slow <= 10),  # noqa: PLR2004
        Goal.at_least("8 clients emitting, against without NOTIFY", 0.8, times(WAKING, SILENT)),
        Goal(
            "calls of 50 ms, 32 threads, in order per aggregate",
            ">= 500 a second",
            f"{network.rate:,.0f} a second",
            network.rate >= 500,  # noqa: PLR2004
        ),
    ]


def _table(samples: dict[str, list[Sample]], size: _Size) -> Table:
    table = Table(
        f"Events, medians; {size.finished:,} finished events where they are named",
        ["", "a second", "application us", "PostgreSQL us"],
    )
    for name, found in samples.items():
        table.rows.append(
            [
                name,
                f"{Quartiles.of(one.rate for one in found).median:,.0f}",
                f"{Quartiles.of(one.app / one.count for one in found).median * 1e6:,.0f}",
                f"{Quartiles.of(one.database / one.count for one in found).median * 1e6:,.0f}",
            ]
        )
    return table


def _chart(samples: dict[str, list[Sample]]) -> Chart:
    shown = (TWO, BARE, ONE, FULL, PROCRASTINATE, TASKS)
    bars = {name: Quartiles.of(one.rate for one in samples[name]).median for name in shown}
    return Chart("outbox", "Events that do nothing", "events a second", bars)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7, help="default %(default)s")
    parser.add_argument("--quick", action="store_true", help="a tenth of the work")
    chosen = parser.parse_args(arguments)
    with stage() as a_stage:
        size = _QUICK if chosen.quick else _WHOLE
        keep(measure(a_stage, rounds=2 if chosen.quick else chosen.rounds, size=size))


if __name__ == "__main__":
    main()
