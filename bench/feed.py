"""The feed in process, through the real URL and all middleware, against the floor: `bench.feed`.

A visitor and a subscriber; the first page, the deepest one by cursor, and page 10,000 by number;
on 10,000 and on 1,000,000 resources.
"""

from collections.abc import Sequence
from contextlib import ExitStack

import psycopg

from bench.generate import SIZES, database_of, prepare
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
from bench.rows import SUBSCRIBER
from bench.stage import Stage, stage
from bench.subject import Subject, Works, rounds_of

PAGE = 20
_DEEP_PAGE = 10_000
_FEED = "/api/feed/"

# What a visitor may see, and how many of it lie before the last page.
_PUBLIC = "deleted_at IS NULL AND visibility = 'public' AND price_cents IS NULL"
_ALMOST_LAST = f"""
SELECT created_at, id FROM resources_resource WHERE {_PUBLIC}
ORDER BY created_at, id OFFSET {PAGE} LIMIT 1
"""

_VISITOR, _SUBSCRIBER, _FLOOR = "visitor", "subscriber", "floor"
# What every request costs before it asks for anything.
_NOTHING = "an answer without a query"
# As deployed; all else is read each time.
_KEPT = "visitor, kept"
_FIRST, _DEEP, _NUMBERED = "first page", "deepest cursor", f"page {_DEEP_PAGE:,}"


def _deepest_cursor(product: Subject, connection: psycopg.Connection, **caller: str) -> str:
    """The cursor that leads to the last whole page, found as a client would find it."""
    condition = (
        "deleted_at IS NULL AND (visibility = 'premium' OR visibility = 'public' "
        "AND price_cents IS NULL)"
        if caller
        else _PUBLIC
    )
    query = f"SELECT count(*) FROM resources_resource WHERE {condition}"
    found = connection.execute(query.encode()).fetchone()
    assert found
    page = product.answer(path=f"{_FEED}?page={found[0] // PAGE - 1}", **caller)
    return str(page["pagination"]["next_cursor"])


def _works(a_stage: Stage, product: Subject, floor: Subject, size: str) -> Works:
    """What each subject is asked for, by caller and page."""
    works: Works = {}
    with a_stage.connect(database_of(size)) as connection:
        callers: dict[str, dict[str, str]] = {
            _VISITOR: {},
            _SUBSCRIBER: {"token": product.sign_in(SUBSCRIBER)},
        }
        for caller, who in callers.items():
            cursor = _deepest_cursor(product, connection, **who)
            pages = {_FIRST: "", _DEEP: f"?cursor={cursor}"}
            if SIZES[size] > _DEEP_PAGE * PAGE:
                pages[_NUMBERED] = f"?page={_DEEP_PAGE}"
            for page, query in pages.items():
                works[f"{caller}, {page}, {size}"] = product, {"path": _FEED + query, **who}
        works[f"{_FLOOR}, {_FIRST}, {size}"] = floor, {}
        works[f"{_NOTHING}, {size}"] = product, {"path": "/api/health/live/"}
        last = connection.execute(_ALMOST_LAST.encode()).fetchone()
        assert last
        behind = [last[0].isoformat(), str(last[1])]
        works[f"{_FLOOR}, {_DEEP}, {size}"] = floor, {"behind": behind}
    return works


def _check(product: Subject, floor: Subject) -> None:
    """Both have to say the same of the same resources."""
    ours, theirs = product.answer(path=_FEED)["data"], floor.answer()["data"]
    if ours != theirs:
        raise AssertionError("The floor's answer is not the product's.")


def measure(a_stage: Stage, *, rounds: int, seconds: float) -> Result:
    """Everything about the feed, in one run."""
    small, large = "10k", "1M"
    prepare(a_stage, small, large)
    result = Result("feed")
    with ExitStack() as subjects:
        works: Works = {}
        for size in (small, large):
            product, deployed = (
                subjects.enter_context(
                    Subject(a_stage, "product", database_of(size), HOT_READ_SECONDS=kept_for)
                )
                for kept_for in ("0", "2")
            )
            floor = subjects.enter_context(Subject(a_stage, "floor", database_of(size)))
            _check(product, floor)
            works |= _works(a_stage, product, floor, size)
            works[f"{_KEPT}, {_FIRST}, {size}"] = deployed, {"path": _FEED}
        queries = {
            caller: len(product.queries(**works[f"{caller}, {_FIRST}, {large}"][1]))
            for caller in (_VISITOR, _SUBSCRIBER)
        }
        samples = in_turns(rounds_of(works, seconds), rounds=rounds, label="feed")
    result.tables.append(_table(samples, samples[f"{_FLOOR}, {_FIRST}, {large}"]))
    result.goals += _goals(samples, small, large)
    result.goals.append(_query_goal("queries of a visitor", 1, queries[_VISITOR]))
    # One of them is what reads the session behind the token.
    result.goals.append(_query_goal("queries of a subscriber", 3, queries[_SUBSCRIBER]))
    result.charts.append(
        Chart(
            name="feed",
            title="A page of the feed, 20 of 1,000,000 resources: processor time",
            unit="ms, application and PostgreSQL",
            bars={
                name.removesuffix(f", {large}"): Quartiles.of(one.cpu for one in rows).median * 1e3
                for name, rows in samples.items()
                if name.endswith(large)
            },
        )
    )
    with a_stage.connect("postgres") as connection:
        result.machine = machine(connection, "orjson")
    return result


def _query_goal(what: str, most: int, measured: int) -> Goal:
    return Goal(what, f"<= {most}", str(measured), measured <= most)


def _goals(samples: dict[str, list[Sample]], small: str, large: str) -> list[Goal]:
    def between(one: tuple[str, str, str], other: tuple[str, str, str]) -> Quartiles:
        return ratio(samples[", ".join(one)], samples[", ".join(other)])

    goals = []
    for caller, most in ((_VISITOR, 2.0), (_SUBSCRIBER, 3.0)):
        for size in (small, large):
            floor = (_FLOOR, _FIRST, size)
            measured = between((caller, _FIRST, size), floor)
            goals.append(Goal.at_most(f"{caller} against the floor, {size}", most, measured))
        first = (caller, _FIRST, large)
        grown = between(first, (caller, _FIRST, small))
        goals.append(Goal.at_most(f"{caller}, {large} against {small}", 1.15, grown))
        deep = between((caller, _DEEP, large), first)
        goals.append(Goal.at_most(f"{caller}, deepest cursor against page 1", 1.15, deep))
        numbered = between((caller, _NUMBERED, large), first)
        goals.append(Goal.at_most(f"{caller}, ?page=10000 against ?page=1", 1.3, numbered))
    for what, visitor in (("read each time", _VISITOR), ("as deployed", _KEPT)):
        stretch = between((visitor, _FIRST, large), (_FLOOR, _FIRST, large))
        goals.append(Goal.at_most(f"visitor against the floor, stretch, {what}", 1.0, stretch))
    return goals


def _table(samples: dict[str, list[Sample]], floor: list[Sample]) -> Table:
    table = Table(
        "Processor time of one request, medians",
        ["who, what, resources", "application, ms", "PostgreSQL, ms", "of the floor at 1M"],
    )
    for name, rows in samples.items():
        app = Quartiles.of(one.app / one.count for one in rows).median * 1e3
        database = Quartiles.of(one.database / one.count for one in rows).median * 1e3
        times = ratio(rows, floor).median
        table.rows.append([name, f"{app:.3f}", f"{database:.3f}", f"{times:.2f}x"])
    return table


def main(arguments: Sequence[str] | None = None) -> None:
    chosen = options(__doc__, arguments, rounds=11, seconds=0.25)
    with stage() as a_stage:
        keep(measure(a_stage, rounds=chosen.rounds, seconds=chosen.seconds))


if __name__ == "__main__":
    main()
