"""Results as tables and charts: kept as JSON, printed, and written into `docs/performance.md`."""

import dataclasses
import json
import re
from pathlib import Path

from bench import CHECKOUT
from bench.measure import Chart, Goal, Result, Table
from devtools.postgres import data_directory

_PAGE = CHECKOUT / "docs" / "performance.md"
_IMAGES = CHECKOUT / "docs" / "images"
_MACHINE = "machine"


def _kept() -> Path:
    return data_directory() / "bench" / "results"


def keep(result: Result) -> None:
    """Print what a benchmark has found, and keep it for the report."""
    print(f"\n{_in_words(result)}", flush=True)
    _kept().mkdir(parents=True, exist_ok=True)
    text = json.dumps(dataclasses.asdict(result), indent=2)
    (_kept() / f"{result.name}.json").write_text(text)


def write_report() -> None:
    """Put everything that is kept between the markers of the page, and draw the charts."""
    for path in sorted(_kept().glob("*.json")):
        result = _result(json.loads(path.read_text()))
        for chart in result.charts:
            draw(chart)
        _replace(result.name, _in_words(result, images=True))
        _replace(
            _MACHINE, "\n".join(f"- {name}: {value}" for name, value in result.machine.items())
        )


def _result(found: dict[str, object]) -> Result:
    parts = {"goals": Goal, "tables": Table, "charts": Chart}
    whole = {
        name: [parts[name](**part) for part in value] if name in parts else value  # type: ignore[attr-defined]
        for name, value in found.items()
    }
    return Result(**whole)  # type: ignore[arg-type]


def _in_words(result: Result, *, images: bool = False) -> str:
    tables = [*result.tables]
    if result.goals:
        goals = [
            [goal.what, goal.goal, goal.measured, "reached" if goal.reached else "**not reached**"]
            for goal in result.goals
        ]
        tables.insert(0, Table("Goals", ["what", "goal", "measured", ""], goals))
    parts = [_table(table) for table in tables]
    parts += [
        f"![{chart.title}](images/bench-{chart.name}.svg)" for chart in result.charts if images
    ]
    return "\n\n".join([*parts, *result.notes])


def _table(table: Table) -> str:
    lines = [table.columns, ["---"] * len(table.columns), *table.rows]
    drawn = "\n".join("| " + " | ".join(line) + " |" for line in lines)
    return f"**{table.title}**\n\n{drawn}"


def _replace(name: str, text: str) -> None:
    begin, end = f"<!-- bench:{name} -->", f"<!-- /bench:{name} -->"
    page = _PAGE.read_text()
    if begin not in page:
        return
    between = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
    _PAGE.write_text(between.sub(lambda _match: f"{begin}\n\n{text}\n\n{end}", page))


def draw(chart: Chart) -> None:
    """One picture as SVG, the same bytes for the same figures."""
    import matplotlib as mpl  # noqa: PLC0415 - takes a second to load

    mpl.use("svg")
    mpl.rcParams.update({"svg.hashsalt": "bench", "svg.fonttype": "none", "font.size": 9})
    from matplotlib import pyplot as plt  # noqa: PLC0415 - after its back end is chosen

    figure, axes = plt.subplots(figsize=(8, 0.6 + 0.34 * len(chart.bars)), layout="constrained")
    bars = axes.barh(list(chart.bars), list(chart.bars.values()), color="#3b6ea5")
    axes.bar_label(bars, fmt="%.3g", padding=3)
    axes.invert_yaxis()
    axes.set_title(chart.title, loc="left")
    axes.set_xlabel(chart.unit)
    axes.margins(x=0.1)
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(_IMAGES / f"bench-{chart.name}.svg", metadata={"Date": None})
    plt.close(figure)


if __name__ == "__main__":
    write_report()
