"""Fails where the tests take fewer branches of the code than we promise."""

import json
import sys
from collections.abc import Mapping, Sequence
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

EVERYTHING = "*"
GOALS = {
    EVERYTHING: 95.0,
    "core/outbox/*": 100.0,
    "application/policies/*": 100.0,
    "application/use_cases/auth/*": 100.0,
}


def main(arguments: Sequence[str]) -> int:
    """`arguments` name a report that `coverage json` wrote."""
    files = json.loads(Path(arguments[0]).read_text())["files"]
    missed = False
    for pattern, goal in GOALS.items():
        percent = branches_taken(files, pattern)
        missed = missed or percent < goal
        verdict = "ok" if percent >= goal else "BELOW THE GOAL"
        print(f"branches in {pattern:<30} {percent:6.2f} % (goal {goal:.0f} %) {verdict}")
    return 1 if missed else 0


def branches_taken(files: Mapping[str, Any], pattern: str) -> float:
    """The percentage of branches that were taken in the files whose names match.

    Zero where none matches: a goal must not be met because its files have moved.
    """
    summaries = [file["summary"] for name, file in files.items() if fnmatch(name, pattern)]
    if not summaries:
        return 0.0
    branches = sum(summary["num_branches"] for summary in summaries)
    taken = sum(summary["covered_branches"] for summary in summaries)
    return 100.0 * taken / branches if branches else 100.0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
