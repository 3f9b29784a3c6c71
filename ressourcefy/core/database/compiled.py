"""Querysets as parts of statements written by hand, so that a rule need not be written twice."""

from typing import Any

from django.db.models import QuerySet
from psycopg import sql


def in_sql(queryset: QuerySet[Any, Any], **named: object) -> str:
    """The SQL of `queryset`: values equal to one of `named` become its parameter, others literals.

    `in_sql(Tag.objects.filter(name=mark), tag=mark)` ends in `name = %(tag)s`.
    """
    text, values = queryset.query.sql_with_params()
    return text % tuple(_written(value, named) for value in values)


def _written(value: object, named: dict[str, object]) -> str:
    for name, mark in named.items():
        if value == mark:
            return f"%({name})s"
    return sql.Literal(value).as_string(None).replace("%", "%%")
