"""The other reads in process, each against its own floor: `python -m bench.lists`.

Detail, author, comments, what is one's own, the lists of the administration without a search, and
its dashboards; on 10,000 and on 1,000,000 resources.
"""

from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any

from bench.generate import SIZES, database_of, prepare
from bench.list_floors import DASHBOARDS, reads
from bench.measure import (
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
from bench.rows import ADMIN
from bench.stage import Stage, stage
from bench.subject import Subject, Works, rounds_of

_SMALL, _LARGE = "10k", "1M"
_MOST, _FLAT = 3.0, 1.15


def _works(a_stage: Stage, product: Subject, floor: Subject, size: str) -> Works:
    """What is asked of the product and of the floor; each of both under the read's name."""
    works: Works = {}
    tokens: dict[int, str] = {}

    def signed_in(caller: int | None) -> dict[str, str]:
        if caller is None:
            return {}
        if caller not in tokens:
            tokens[caller] = product.sign_in(caller)
        return {"token": tokens[caller]}

    with a_stage.connect(database_of(size)) as connection:
        for read in reads(connection, SIZES[size]):
            ours = {"path": read.path, **signed_in(read.caller)}
            theirs: dict[str, Any] = {"statements": read.statements}
            works[f"{read.name}, {size}"] = product, ours
            works[f"floor of {read.name}, {size}"] = floor, theirs
    for name in DASHBOARDS:
        path = f"/api/admin/dashboard/{name}/"
        works[f"dashboard: {name}, {size}"] = product, {"path": path, **signed_in(ADMIN)}
    return works


def measure(a_stage: Stage, *, rounds: int, seconds: float) -> Result:
    """Both sizes in one run."""
    prepare(a_stage, _SMALL, _LARGE)
    works: Works = {}
    with ExitStack() as subjects:
        for size in (_SMALL, _LARGE):
            product = subjects.enter_context(Subject(a_stage, "product", database_of(size)))
            floor = subjects.enter_context(Subject(a_stage, "floor", database_of(size)))
            works |= _works(a_stage, product, floor, size)
        queries = {
            name: len(subject.queries(**work))
            for name, (subject, work) in works.items()
            if "path" in work
        }
        samples = in_turns(rounds_of(works, seconds), rounds=rounds, label="lists")
    result = Result("lists")
    result.goals = _goals(samples)
    result.tables.append(_table(samples, queries))
    with a_stage.connect("postgres") as connection:
        result.machine = machine(connection, "orjson")
    return result


def _names(samples: dict[str, list[Sample]]) -> list[str]:
    return [
        name.removesuffix(f", {_LARGE}")
        for name in samples
        if name.endswith(_LARGE) and not name.startswith("floor of ")
    ]


def _goals(samples: dict[str, list[Sample]]) -> list[Goal]:
    goals = []
    for name in _names(samples):
        large = samples[f"{name}, {_LARGE}"]
        floor = samples.get(f"floor of {name}, {_LARGE}")
        if floor:
            goals.append(Goal.at_most(f"{name} against its floor", _MOST, ratio(large, floor)))
        grown = ratio(large, samples[f"{name}, {_SMALL}"])
        goals.append(Goal.at_most(f"{name}, {_LARGE} against {_SMALL}", _FLAT, grown))
    return goals


def _table(samples: dict[str, list[Sample]], queries: dict[str, int]) -> Table:
    def milliseconds(name: str) -> str:
        if name not in samples:
            return ""
        return f"{Quartiles.of(one.cpu for one in samples[name]).median * 1e3:.2f}"

    table = Table(
        "Processor time of one request, application and PostgreSQL, medians in ms",
        ["read", "queries", "10k", "1M", "floor, 1M"],
    )
    for name in _names(samples):
        large = f"{name}, {_LARGE}"
        table.rows.append(
            [
                name,
                str(queries[large]),
                milliseconds(f"{name}, {_SMALL}"),
                milliseconds(large),
                milliseconds(f"floor of {large}"),
            ]
        )
    return table


def main(arguments: Sequence[str] | None = None) -> None:
    chosen = options(__doc__, arguments, rounds=9, seconds=0.2)
    with stage() as a_stage:
        keep(measure(a_stage, rounds=chosen.rounds, seconds=chosen.seconds))


if __name__ == "__main__":
    main()
