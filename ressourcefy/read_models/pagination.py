"""Pages: numbered ones with totals, and cursors whose cost does not grow with depth."""

import base64
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Self
from uuid import UUID

from django.conf import settings
from django.db.models import DateTimeField, F, Field, Func, UUIDField, Value
from django.db.models.lookups import LessThan
from django.utils.crypto import constant_time_compare

from core.exceptions import InvalidInput

DEFAULT_PAGE_SIZE = 20
MAX_PAGE_SIZE = 100
# Every list ends before this page; it keeps offsets within what PostgreSQL counts.
MAX_PAGE = 1_000_000_000

NEWEST_FIRST = ("-created_at", "-id")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
# 8 bytes of time, 16 of id and 9 of signature: 33 bytes are 44 characters without a spare bit.
_SIGNATURE_LENGTH = 9
_TEXT = re.compile(r"[A-Za-z0-9_-]{44}")


class InvalidPagination(InvalidInput):
    """A page that cannot be asked for, or a cursor that is none of ours."""

    code = "invalid_pagination"
    message = "The page asked for is not valid."


@dataclass(frozen=True, slots=True)
class PageRequest:
    """A numbered page, from 1."""

    page: int = 1
    page_size: int = DEFAULT_PAGE_SIZE

    @property
    def offset(self) -> int:
        """How many rows come before."""
        return (self.page - 1) * self.page_size


FIRST_PAGE = PageRequest()


@dataclass(frozen=True, slots=True)
class Pagination:
    """Where a numbered page stands in its list."""

    page: int
    page_size: int
    total_count: int
    total_pages: int
    has_next: bool
    has_previous: bool

    @classmethod
    def of(cls, request: PageRequest, total_count: int) -> Self:
        """The place of a page in a list of `total_count`; an empty list has one page."""
        total_pages = max(1, -(-total_count // request.page_size))
        return cls(
            page=request.page,
            page_size=request.page_size,
            total_count=total_count,
            total_pages=total_pages,
            has_next=request.page < total_pages,
            has_previous=request.page > 1,
        )


@dataclass(frozen=True, slots=True)
class Listing[Item]:
    """A numbered page of a list of the administration; `count` is how long the whole list is."""

    items: Sequence[Item]
    page: PageRequest
    count: int


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in a list that has the newest first: just behind the row of this time and id."""

    created_at: datetime
    id: UUID

    def __str__(self) -> str:
        """The cursor as clients get it: opaque and signed."""
        microseconds = (self.created_at - _EPOCH) // _MICROSECOND
        place = microseconds.to_bytes(8, "big", signed=True) + self.id.bytes
        return base64.urlsafe_b64encode(place + _signature(place)).decode("ascii")

    @classmethod
    def parse(cls, text: str) -> Self:
        """The cursor that we gave out. Raises InvalidPagination for any other text."""
        if not _TEXT.fullmatch(text):
            raise InvalidPagination("The cursor is not valid.")
        raw = base64.urlsafe_b64decode(text)
        place, signature = raw[:-_SIGNATURE_LENGTH], raw[-_SIGNATURE_LENGTH:]
        if not constant_time_compare(_signature(place), signature):
            raise InvalidPagination("The cursor is not valid.")
        microseconds = int.from_bytes(place[:8], "big", signed=True)
        return cls(created_at=_EPOCH + microseconds * _MICROSECOND, id=UUID(bytes=place[8:]))

    def behind(self) -> LessThan:
        """The condition for the rows that follow; one comparison, so that an index answers it."""
        return LessThan(
            _row(F("created_at"), F("id")),
            _row(
                Value(self.created_at, output_field=DateTimeField()),
                Value(self.id, output_field=UUIDField()),
            ),
        )


@dataclass(frozen=True, slots=True)
class CursorPagination:
    """Where a page stands in a list without totals; `page` is None behind a cursor."""

    page: int | None
    page_size: int
    has_next: bool
    has_previous: bool
    next_cursor: str | None


def _row(*columns: F | Value) -> Func:
    # What the row's own type is called does not matter: it is only compared.
    return Func(*columns, function="ROW", output_field=Field())


def _signature(place: bytes) -> bytes:
    key = _signing_key(settings.SECRET_KEY)
    return hashlib.blake2b(place, digest_size=_SIGNATURE_LENGTH, key=key).digest()


@cache
def _signing_key(secret: str) -> bytes:
    """A key of its own for cursors; every page signs one, by a fast method (RFC 7693)."""
    return hashlib.sha256(b"ressourcefy.cursor" + secret.encode()).digest()
