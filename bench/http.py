"""The feed over HTTP as deployed, 8 connections that are kept: `python -m bench.http`.

Against the floor on the same server, against two other frameworks with the same data and SQL, and
against other ways to deploy the product. All servers run at once and are asked in turns.
"""

from collections.abc import Sequence
from contextlib import ExitStack
from functools import partial

from bench.client import Load, request_of
from bench.generate import database_of, prepare
from bench.measure import (
    Chart,
    Goal,
    Quartiles,
    Result,
    Sample,
    Table,
    in_turns,
    machine,
    options,
    ratio,
)
from bench.report import keep
from bench.servers import (
    DEPLOYMENTS,
    FASTAPI,
    FLOOR,
    FLOOR_GRANIAN,
    NINJA,
    PEERS,
    PRODUCT,
    Running,
    Server,
)
from bench.stage import Stage, stage

_CONNECTIONS = 8
_SIZE = "1M"

type _Measured = tuple[dict[str, list[Sample]], dict[str, list[Load]]]


def _compare(
    a_stage: Stage, servers: Sequence[Server], *, rounds: int, seconds: float, label: str
) -> _Measured:
    request = request_of("/api/feed/")
    latencies: dict[str, list[Load]] = {server.name: [] for server in servers}
    with ExitStack() as stack:
        running = [
            stack.enter_context(Running(a_stage, server, database_of(_SIZE))) for server in servers
        ]
        for server in running:
            server.wait_for(request)
        subjects = {
            server.name: partial(
                server.sample,
                request,
                connections=_CONNECTIONS,
                seconds=seconds,
                latencies=latencies[server.name],
            )
            for server in running
        }
        return in_turns(subjects, rounds=rounds, label=label), latencies


def _rate(sample: Sample) -> float:
    return sample.rate


def _table(title: str, measured: _Measured) -> Table:
    samples, latencies = measured
    table = Table(
        title,
        ["server", "requests/s", "p50, ms", "p95, ms", "application, ms", "PostgreSQL, ms"],
    )
    for name, rows in samples.items():
        # The first round warms up.
        loads = latencies[name][1:]
        whole = Load(latencies=[one for round_ in loads for one in round_.latencies])
        table.rows.append(
            [
                name,
                f"{Quartiles.of(map(_rate, rows)).median:,.0f}",
                f"{whole.percentile(0.5) * 1e3:.1f}",
                f"{whole.percentile(0.95) * 1e3:.1f}",
                f"{Quartiles.of(one.app / one.count for one in rows).median * 1e3:.3f}",
                f"{Quartiles.of(one.database / one.count for one in rows).median * 1e3:.3f}",
            ]
        )
    return table


def _chart(name: str, title: str, samples: dict[str, list[Sample]]) -> Chart:
    bars = {name: Quartiles.of(map(_rate, rows)).median for name, rows in samples.items()}
    return Chart(name=name, title=title, unit="requests per second", bars=bars)


def measure(a_stage: Stage, *, rounds: int, seconds: float) -> Result:
    """Peers first, then deployments."""
    prepare(a_stage, _SIZE)
    result = Result("http")
    peers = _compare(a_stage, PEERS, rounds=rounds, seconds=seconds, label="http, peers")
    ours = peers[0][PRODUCT.name]
    for other, least in ((FLOOR, 0.75), (NINJA, 1.0), (FASTAPI, 1.0)):
        measured = ratio(ours, peers[0][other.name], by=_rate)
        what = f"requests per second against {other.name}"
        result.goals.append(Goal.at_least(what, least, measured))
    result.tables.append(_table("The same page by others, 1,000,000 resources", peers))
    result.charts.append(_chart("http-peers", "The feed over HTTP, 8 connections", peers[0]))

    variants = (*DEPLOYMENTS, FLOOR_GRANIAN)
    deployed = _compare(a_stage, variants, rounds=rounds, seconds=seconds, label="http, servers")
    result.tables.append(_table("Ways to deploy the product", deployed))
    result.charts.append(
        _chart("http-servers", "Ways to deploy the product, 8 connections", deployed[0])
    )
    with a_stage.connect("postgres") as connection:
        result.machine = machine(
            connection, "granian", "uvicorn", "django-ninja", "fastapi", "asyncpg", "orjson"
        )
    return result


def main(arguments: Sequence[str] | None = None) -> None:
    chosen = options(__doc__, arguments, rounds=7, seconds=2.0)
    with stage() as a_stage:
        keep(measure(a_stage, rounds=chosen.rounds, seconds=chosen.seconds))


if __name__ == "__main__":
    main()
