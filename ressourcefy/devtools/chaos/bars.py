"""What a proof measured, and the bar it had to reach."""

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure of a proof beside its bar."""

    what: str
    value: str
    bar: str
    is_met: bool


@dataclass(slots=True)
class Findings:
    """The load of a proof in words, and what it measured.

    Durations are judged in full runs only: scaled down, a proof runs beside a suite that keeps the
    machine busy.
    """

    load: str
    is_full: bool = True
    measures: list[Measure] = field(default_factory=list)

    def exactly(self, what: str, value: float, bar: float) -> None:
        """The figure has to be this one."""
        self.measures.append(Measure(what, f"{value:g}", f"= {bar:g}", value == bar))

    def at_most(self, what: str, value: float, bar: float, unit: str = "") -> None:
        """The figure may not be greater."""
        self.measures.append(Measure(what, f"{value:.4g}{unit}", f"<= {bar:g}{unit}", value <= bar))

    def in_time(self, what: str, value: float, bar: float, unit: str = " s") -> None:
        """The duration may not be longer, in a full run."""
        if self.is_full:
            self.at_most(what, value, bar, unit)
        else:
            self.measures.append(Measure(what, f"{value:.4g}{unit}", "not judged", is_met=True))

    def at_least(self, what: str, value: float, bar: float, unit: str = "") -> None:
        """The figure may not be smaller."""
        self.measures.append(Measure(what, f"{value:.4g}{unit}", f">= {bar:g}{unit}", value >= bar))

    @property
    def are_good(self) -> bool:
        """Whether every bar was reached."""
        return bool(self.measures) and all(measure.is_met for measure in self.measures)


@dataclass(frozen=True, slots=True)
class Proof:
    """A named experiment; `run` gets the stage and the share of the full load."""

    name: str
    title: str
    run: Callable[..., Findings]
