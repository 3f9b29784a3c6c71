"""Signing in: what it costs beyond the password's hash, and what readers feel of it.

`python -m bench.login`. Through the product's WSGI application, limits counted as in production.
"""

import statistics
import threading
import time
from collections.abc import Sequence

from bench.generate import PASSWORD, database_of, email_of, prepare
from bench.measure import Goal, Quartiles, Result, Table, in_turns, machine, options, ratio
from bench.report import keep
from bench.rows import READER
from bench.stage import Stage, stage
from bench.subject import Subject, rounds_of

_SIZE, _DATABASE = "10k", "bench_login"
LOGIN, HASH = "sign-in", "the password's hash alone"
# Counted by the same statements as in production, with room for a benchmark.
_LIMITS = {"RATE_LIMIT_FACTOR": "1000"}
_MOST, _FEED_MOST = 1.1, 1.5


def measure(a_stage: Stage, *, rounds: int, seconds: float) -> Result:
    """On a copy, because every sign-in leaves a session."""
    prepare(a_stage, _SIZE)
    a_stage.create(_DATABASE, template=database_of(_SIZE))
    body = f'{{"email": "{email_of(READER)}", "password": "{PASSWORD}"}}'
    sign_in = {"path": "/api/auth/login/", "method": "POST", "body": body}
    feed = {"path": "/api/feed/"}
    with (
        Subject(a_stage, "product", _DATABASE, **_LIMITS) as product,
        Subject(a_stage, "product", _DATABASE) as reader,
        Subject(a_stage, "write_subject", _DATABASE) as hashing,
    ):
        works = {LOGIN: (product, sign_in), HASH: (hashing, {"step": "password hash"})}
        samples = in_turns(rounds_of(works, seconds), rounds=rounds, label="login")
        queries = product.queries(**sign_in)
        quiet, hammered = _feed(reader, feed, product, sign_in, rounds)
    result = Result("login")
    slower = Quartiles.of(busy / calm for busy, calm in zip(hammered, quiet, strict=True))
    result.goals = [
        Goal.at_most(
            "processor time of a sign-in against the hash",
            _MOST,
            ratio(samples[LOGIN], samples[HASH]),
        ),
        Goal.at_most("p95 of the feed while somebody signs in again and again", _FEED_MOST, slower),
    ]
    table = Table(
        "Medians, Argon2id with 19 MiB, 2 passes, 1 lane", ["", "application ms", "PostgreSQL ms"]
    )
    for name, found in samples.items():
        app = Quartiles.of(one.app / one.count for one in found).median * 1e3
        database = Quartiles.of(one.database / one.count for one in found).median * 1e3
        table.rows.append([name, f"{app:.2f}", f"{database:.2f}"])
    result.tables.append(table)
    result.notes.append(f"A sign-in sends {len(queries)} statements, limits included.")
    with a_stage.connect("postgres") as connection:
        result.machine = machine(connection, "argon2-cffi")
    a_stage.drop(_DATABASE)
    return result


def _feed(
    reader: Subject, feed: dict[str, str], product: Subject, sign_in: dict[str, str], rounds: int
) -> tuple[list[float], list[float]]:
    """The feed's p95 in one process, without and with sign-ins in another, round by round."""
    quiet, hammered = [], []
    for _ in range(rounds):
        quiet.append(_p95(reader, feed))
        stopped = threading.Event()

        def hammer(stopped: threading.Event = stopped) -> None:
            while not stopped.is_set():
                product.answer(**sign_in)

        thread = threading.Thread(target=hammer)
        thread.start()
        hammered.append(_p95(reader, feed))
        stopped.set()
        thread.join()
    return quiet, hammered


def _p95(reader: Subject, feed: dict[str, str], times: int = 300) -> float:
    waits = []
    for _ in range(times):
        begun = time.perf_counter()
        reader.answer(**feed)
        waits.append(time.perf_counter() - begun)
    return statistics.quantiles(waits, n=20)[-1]


def main(arguments: Sequence[str] | None = None) -> None:
    chosen = options(__doc__, arguments, rounds=9, seconds=1.0)
    with stage() as a_stage:
        keep(measure(a_stage, rounds=chosen.rounds, seconds=chosen.seconds))


if __name__ == "__main__":
    main()
