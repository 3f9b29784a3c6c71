"""Rows about one person, as they go into the file that the person may ask for."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.db import models

type Record = Mapping[str, Any]
#: What one table or part of it holds about a person, under its name in the file.
type Sections = Mapping[str, Iterable[Record]]

_CHUNK = 500


def records_of(rows: models.QuerySet[Any], *, hidden: Iterable[str] = ()) -> Iterator[Record]:
    """All columns of the rows but the `hidden` ones, in no certain order.

    A column that is added to the table later is in the file without anybody thinking of it; hidden
    are secrets, and what is about somebody else. The rows are read in chunks.
    """
    left_out = set(hidden)
    names = [
        field.attname for field in rows.model._meta.concrete_fields if field.attname not in left_out
    ]
    # An order would have a cursor walk a whole table along an index that has it.
    yield from rows.order_by().values(*names).iterator(chunk_size=_CHUNK)
