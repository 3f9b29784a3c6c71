"""How PostgreSQL reads what read models ask for: the plans of their statements, carried out."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection

_PARAMETER = re.compile(r"%\((\w+)\)s")


@dataclass(frozen=True)
class Plan:
    """What was done for one statement."""

    statement: str
    nodes: tuple[dict[str, Any], ...]

    @property
    def indexes(self) -> set[str]:
        """The indexes that were looked into."""
        return {node["Index Name"] for node in self._done() if "Index Name" in node}

    @property
    def scanned(self) -> set[str]:
        """The tables that were read from end to end."""
        return {node["Relation Name"] for node in self._done() if node["Node Type"] == "Seq Scan"}

    def scanned_beyond(self, number: int) -> set[str]:
        """Those of which more rows were read."""
        scans = (node for node in self._done() if node["Node Type"] == "Seq Scan")
        return {scan["Relation Name"] for scan in scans if _read_by(scan) > number}

    @property
    def most_sorted(self) -> int:
        """How many rows were sorted at most."""
        return max((_rows(node) for node in self._done() if "Sort" in node["Node Type"]), default=0)

    @property
    def most_read(self) -> int:
        """How many rows any step came upon, those included that it passed over."""
        return max(_read_by(node) for node in self._done())

    def _done(self) -> Iterator[dict[str, Any]]:
        return (node for node in self.nodes if node["Actual Loops"])


def plans_of(read: Callable[[], Any], *, is_generic: bool = False) -> list[Plan]:
    """The plans of all that `read` asks; `is_generic`: those that prepared statements end up with.

    A prepared statement is planned for its values a few times, and then for any values.
    """
    asked: list[tuple[str, Any]] = []

    def note(execute: Any, statement: str, values: Any, many: bool, context: Any) -> Any:
        if not statement.startswith("EXPLAIN"):
            asked.append((statement, values))
        return execute(statement, values, many, context)

    with connection.execute_wrapper(note):
        read()
    explain = _generic_plan if is_generic else _plan
    return [explain(statement, values) for statement, values in asked]


def _plan(statement: str, values: Any) -> Plan:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {statement}", values)
        return _read(statement, cursor)


def _generic_plan(statement: str, values: Mapping[str, Any]) -> Plan:
    names = list(dict.fromkeys(_PARAMETER.findall(statement)))
    numbered = _PARAMETER.sub(lambda found: f"${names.index(found[1]) + 1}", statement)
    given = ", ".join(["%s"] * len(names))
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL plan_cache_mode = force_generic_plan")
        cursor.execute(f"PREPARE explained AS {numbered.replace('%%', '%')}")
        execute = f"EXECUTE explained({given})" if given else "EXECUTE explained"
        cursor.execute(
            f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {execute}",
            [values[name] for name in names],
        )
        plan = _read(statement, cursor)
        cursor.execute("DEALLOCATE explained")
        cursor.execute("SET LOCAL plan_cache_mode = auto")
        return plan


def _read(statement: str, cursor: Any) -> Plan:
    (found,) = cursor.fetchone()
    (explained,) = json.loads(found) if isinstance(found, str) else found
    return Plan(statement, tuple(_nodes(explained["Plan"])))


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for child in node.get("Plans", ()):
        yield from _nodes(child)


def _rows(node: dict[str, Any]) -> int:
    return int(node["Actual Rows"] * node["Actual Loops"])


def _read_by(node: dict[str, Any]) -> int:
    passed_over = node.get("Rows Removed by Filter", 0) * node["Actual Loops"]
    return _rows(node) + int(passed_over)
