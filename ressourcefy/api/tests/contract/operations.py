"""The contract with the web client: every operation of the API, as the tables beside this say."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from api.tests.contract.forms import Form

TABLES = ("accounts", "resources", "money", "administration")
_PAGE: dict[str, Form] = {"count": "count", "next": "url?", "previous": "url?"}


@dataclass(frozen=True)
class Operation:
    """One row of the tables.

    `who` names one of the gates of `authorisation`, `about` what the kind of the resource means to
    those whom the gate lets through. `status` and `answer` are those of every success, which may
    set `cookies` and no other. `queries` is how many statements the dearest success sends, those of
    the session included, None where the table has none.
    """

    name: str
    method: str
    path: str
    who: str
    about: str | None
    step: str | None
    body: Mapping[str, Any] | None
    parameters: Mapping[str, str]
    status: int
    answer: Form
    cookies: tuple[str, ...]
    queries: int | None


def _answer(row: Mapping[str, Any]) -> Form:
    """The form of the whole body.

    A row has `data`, which stands in the envelope, with `pagination` or what is `beside` it;
    `results`, which are a page without an envelope; or it says what the `whole` body is.
    """
    if "whole" in row:
        whole: Form = row["whole"]
        return whole
    if "results" in row:
        return _PAGE | {"results": [row["results"]]}
    pages = {"pagination": row["pagination"]} if "pagination" in row else {}
    return {"status": "=ok", "data": row["data"]} | pages | row.get("beside", {})


_COLUMNS = {"call", "who", "about", "step", "body", "path", "status", "cookies", "queries"}
_ANSWERS = {"data", "pagination", "beside", "results", "whole"}


@cache
def contract() -> dict[str, Operation]:
    """Every operation by its name, which is its id in the OpenAPI document."""
    found: dict[str, Operation] = {}
    for table in TABLES:
        rows = tomllib.loads((Path(__file__).parent / f"{table}.toml").read_text())
        for name, row in rows.items():
            unknown = row.keys() - _COLUMNS - _ANSWERS
            assert not unknown, f"{table}.toml: {name}: {unknown}"
            assert name not in found, f"{table}.toml: {name} is there already"
            method, path = row["call"].split()
            found[name] = Operation(
                name=name,
                method=method,
                path=path,
                who=row["who"],
                about=row.get("about"),
                step=row.get("step"),
                body=row.get("body"),
                parameters=row.get("path", {}),
                status=row["status"],
                answer=_answer(row),
                cookies=tuple(row.get("cookies", ())),
                queries=row.get("queries"),
            )
    return found
