"""Querysets as parts of statements written by hand, so that a rule need not be written twice."""

from collections.abc import Iterable
from typing import Any

from django.db import DEFAULT_DB_ALIAS
from django.db.models import QuerySet
from psycopg import sql


def in_sql(queryset: QuerySet[Any, Any], **named: object) -> str:
    """The SQL of `queryset`: values equal to one of `named` become its parameter, others literals.

    `in_sql(Tag.objects.filter(name=mark), tag=mark)` ends in `name = %(tag)s`.
    """
    return _filled(*queryset.query.sql_with_params(), named)


def condition_in_sql(queryset: QuerySet[Any, Any]) -> str:
    """The condition alone, about rows of its table under the table's own name."""
    return _part_in_sql(queryset, queryset.query.where)


def annotation_in_sql(queryset: QuerySet[Any, Any], name: str) -> str:
    """What `queryset` annotates as `name`, in the same way."""
    return _part_in_sql(queryset, queryset.query.annotations[name])


def _part_in_sql(queryset: QuerySet[Any, Any], part: Any) -> str:
    text, values = queryset.query.get_compiler(DEFAULT_DB_ALIAS).compile(part)
    return _filled(text, values, {})


def _filled(text: str, values: Iterable[object], named: dict[str, object]) -> str:
    return text % tuple(_written(value, named) for value in values)


def _written(value: object, named: dict[str, object]) -> str:
    for name, mark in named.items():
        if value == mark:
            return f"%({name})s"
    return sql.Literal(value).as_string(None).replace("%", "%%")
