"""What is measured: processor time of an application and of its PostgreSQL backends, in rounds.

Rounds of all subjects alternate, so that a machine that is slower for a while is so for everybody;
what counts are ratios within a round, of which the median and the quartiles are told.
"""

import argparse
import os
import platform
import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

import psycopg
from tqdm import tqdm

_PROC = Path("/proc")
_NANOSECONDS = 1e9


def cpu_of_process(pid: int) -> float:
    """Seconds of processor time that the living threads of a process have had."""
    seconds = 0.0
    # A thread may end while they are counted.
    with suppress(FileNotFoundError, ProcessLookupError):
        for task in (_PROC / str(pid) / "task").iterdir():
            with suppress(FileNotFoundError, ProcessLookupError):
                seconds += int((task / "schedstat").read_text().split()[0]) / _NANOSECONDS
    return seconds


def cpu_of_tree(pid: int) -> float:
    """The same for a process and all that descend from it."""
    return cpu_of_process(pid) + sum(cpu_of_tree(child) for child in children_of(pid))


def children_of(pid: int) -> list[int]:
    """The processes that a process has started and that still run."""
    found: list[int] = []
    with suppress(FileNotFoundError, ProcessLookupError):
        for task in (_PROC / str(pid) / "task").iterdir():
            with suppress(FileNotFoundError, ProcessLookupError):
                found += [int(child) for child in (task / "children").read_text().split()]
    return found


def cpu_of_ended_children(pid: int) -> float:
    """What the processes had that it has started and that have ended; in hundredths of seconds."""
    words = (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    # The state is the third value of the line; these are the 16th and the 17th.
    return (int(words[13]) + int(words[14])) / os.sysconf("SC_CLK_TCK")


class Backends:
    """The backends that serve one application, told apart by the name it connects with."""

    def __init__(self, connection: psycopg.Connection, application: str) -> None:
        self._connection = connection
        self._application = application

    def cpu(self) -> dict[int, float]:
        """Seconds of processor time of each backend."""
        found = self._connection.execute(
            "SELECT pid FROM pg_stat_activity WHERE application_name = %s", [self._application]
        )
        return {pid: cpu_of_process(pid) for (pid,) in found}


def added(before: Mapping[int, float], after: Mapping[int, float]) -> float:
    """What was used between two looks; what began in between counts from its beginning."""
    return sum(seconds - before.get(pid, 0) for pid, seconds in after.items())


@dataclass(frozen=True)
class Sample:
    """One round of one subject: `count` pieces of work, and seconds."""

    count: int
    app: float
    database: float
    wall: float

    @property
    def cpu(self) -> float:
        """Processor time of one piece of work."""
        return (self.app + self.database) / self.count

    @property
    def rate(self) -> float:
        """Pieces of work in a second by the clock."""
        return self.count / self.wall


@dataclass(frozen=True)
class Quartiles:
    """The middle of some figures and how they scatter."""

    low: float
    median: float
    high: float

    @classmethod
    def of(cls, figures: Iterable[float]) -> "Quartiles":
        all_figures = sorted(figures)
        if len(all_figures) == 1:
            return cls(all_figures[0], all_figures[0], all_figures[0])
        low, median, high = statistics.quantiles(all_figures, n=4, method="inclusive")
        return cls(low, median, high)


type Round = Callable[[], Sample]


def in_turns(
    subjects: Mapping[str, Round], *, rounds: int, label: str, warm_up: int = 1
) -> dict[str, list[Sample]]:
    """Every subject once a round, in an order that turns with the rounds.

    The first rounds warm caches and prepare statements; they do not count.
    """
    samples: dict[str, list[Sample]] = {name: [] for name in subjects}
    names = list(subjects)
    with tqdm(total=(rounds + warm_up) * len(names), desc=label) as bar:
        for number in range(rounds + warm_up):
            turn = number % len(names)
            for name in names[turn:] + names[:turn]:
                sample = subjects[name]()
                if number >= warm_up:
                    samples[name].append(sample)
                bar.update()
    return samples


def ratio(
    of: Sequence[Sample],
    to: Sequence[Sample],
    by: Callable[[Sample], float] = lambda sample: sample.cpu,
) -> Quartiles:
    """How often `to` goes into `of`, round by round; by processor time unless told otherwise."""
    return Quartiles.of(by(one) / by(other) for one, other in zip(of, to, strict=True))


@dataclass(frozen=True)
class Goal:
    """Something to be reached; `reached` is the measured side's business."""

    what: str
    goal: str
    measured: str
    reached: bool

    @classmethod
    def at_most(cls, what: str, most: float, measured: Quartiles) -> "Goal":
        return cls(what, f"<= {most:g}x", _text(measured), measured.median <= most)

    @classmethod
    def at_least(cls, what: str, least: float, measured: Quartiles) -> "Goal":
        return cls(what, f">= {least:g}x", _text(measured), measured.median >= least)


def _text(measured: Quartiles) -> str:
    return f"{measured.median:.2f}x ({measured.low:.2f} - {measured.high:.2f})"


@dataclass
class Table:
    """Figures as rows of texts; the first row of cells names the columns."""

    title: str
    columns: list[str]
    rows: list[list[str]] = field(default_factory=list)


@dataclass
class Chart:
    """Horizontal bars: a figure for each name, in one unit."""

    name: str
    title: str
    unit: str
    bars: dict[str, float]


@dataclass
class Result:
    """What one benchmark has found, as it is kept and reported."""

    name: str
    goals: list[Goal] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    charts: list[Chart] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    machine: dict[str, str] = field(default_factory=dict)


_PACKAGES = ("Django", "djangorestframework", "psycopg", "gunicorn")


def machine(connection: psycopg.Connection, *packages: str) -> dict[str, str]:
    """What the figures were measured on; neither its name nor a path of it."""
    model = next(
        (
            line.partition(":")[2].strip()
            for line in (_PROC / "cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    setting = "SELECT current_setting('server_version'), current_setting('shared_buffers')"
    found = connection.execute(setting).fetchone()
    version, buffers = found or ("", "")
    versions = [f"{name} {metadata.version(name)}" for name in (*_PACKAGES, *packages)]
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "processor": f"{model}, {os.cpu_count()} cores",
        "memory": f"{gib:.0f} GiB",
        "system": f"{platform.system()} {platform.release().split('-')[0]}",
        "PostgreSQL": f"{version}, shared_buffers {buffers}, fsync on",
        "Python": platform.python_version(),
        "packages": ", ".join(versions),
    }


def options(
    description: str | None,
    arguments: Sequence[str] | None,
    *,
    rounds: int,
    seconds: float,
) -> argparse.Namespace:
    """What every benchmark can be told: how many rounds, and how long each subject works in one."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--rounds", type=int, default=rounds, help="default %(default)s")
    parser.add_argument("--seconds", type=float, default=seconds, help="default %(default)s")
    return parser.parse_args(arguments)
