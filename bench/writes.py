"""Votes, deliveries of Stripe and tracked events, in process: `python -m bench.writes`.

Each against a first version of the same (one query per step, through the ORM) and against a bare
commit; a vote also part by part, to tell what each promise costs.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from bench.billing_deliveries import ENVIRONMENT
from bench.generate import database_of, prepare
from bench.measure import (
    Goal,
    Quartiles,
    Result,
    Round,
    Sample,
    Table,
    in_turns,
    machine,
    options,
    ratio,
)
from bench.report import keep
from bench.stage import Stage, stage
from bench.subject import Subject
from bench.write_subject import ALONE, TRACKED

_SIZE, _DATABASE = "10k", "bench_writes"
_DELIVERIES = 20_000
_PARTS = (
    ALONE,
    "vote: with counters and foreign keys",
    "vote: and the right to it",
    "vote: and the audit entry",
    "vote: and the event",
)
_STEPS = (
    "commit",
    "vote, first version",
    "vote",
    *_PARTS,
    "webhook, first version",
    "webhook",
    "tracked, first version",
    "tracked in bulk",
)


def measure(a_stage: Stage, *, rounds: int, seconds: float) -> Result:
    """On a copy, because it changes what it finds."""
    prepare(a_stage, _SIZE)
    a_stage.create(_DATABASE, template=database_of(_SIZE))
    with Subject(a_stage, "write_subject", _DATABASE, **ENVIRONMENT) as subject:
        for label in ("product", "first"):
            subject.answer(prepare=label, number=_DELIVERIES)
        turns = {step: _round(subject, step, seconds) for step in _STEPS}
        samples = in_turns(turns, rounds=rounds, label="writes")
    result = Result("writes", goals=_goals(samples), tables=[_table(samples)])
    with a_stage.connect("postgres") as connection:
        result.machine = machine(connection)
    a_stage.drop(_DATABASE)
    return result


def _round(subject: Subject, step: str, seconds: float) -> Round:
    times = subject.times_in(seconds, step=step)
    if step.startswith("webhook"):
        times = min(times, 200)
    once = partial(subject.sample, times, step=step)
    if step != "tracked in bulk":
        return once
    return lambda: replace(sample := once(), count=sample.count * TRACKED)


def _rate(sample: Sample) -> float:
    return sample.rate


def _goals(samples: dict[str, list[Sample]]) -> list[Goal]:
    def times(name: str, other: str) -> Quartiles:
        return ratio(samples[name], samples[other], _rate)

    return [
        Goal.at_least("votes against a first version", 8, times("vote", "vote, first version")),
        Goal.at_least("votes against bare commits", 0.5, times("vote", "commit")),
        Goal.at_least(
            "deliveries against a first version", 8, times("webhook", "webhook, first version")
        ),
        Goal.at_least(
            "tracked events against a first version",
            12,
            times("tracked in bulk", "tracked, first version"),
        ),
    ]


def _table(samples: dict[str, list[Sample]]) -> Table:
    table = Table(
        "Writes on one connection, medians",
        ["write", "a second", "application us", "PostgreSQL us", "against a bare commit, CPU"],
    )
    for name, found in samples.items():
        table.rows.append(
            [
                name,
                f"{Quartiles.of(one.rate for one in found).median:,.0f}",
                f"{Quartiles.of(one.app / one.count for one in found).median * 1e6:.0f}",
                f"{Quartiles.of(one.database / one.count for one in found).median * 1e6:.0f}",
                f"{ratio(found, samples['commit']).median:.2f}x",
            ]
        )
    return table


def main(arguments: Sequence[str] | None = None) -> None:
    chosen = options(__doc__, arguments, rounds=9, seconds=0.5)
    with stage() as a_stage:
        keep(measure(a_stage, rounds=chosen.rounds, seconds=chosen.seconds))


if __name__ == "__main__":
    main()
