"""Accounts for administrators: the list with its filters and search, and one of them.

Counting costs the same for ten accounts and a million: without a search the number comes from
maintained totals, with one it stops at SEARCH_LIMIT. The order is that of the ids, which is that
in which the accounts were made.
"""

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any
from uuid import UUID

from django.db.models import FETCH_RAISE
from django.db.models.functions import Lower

from core.metrics import timed_read
from core.services.tallies import totals
from read_models.pagination import FIRST_PAGE, Listing, PageRequest
from users.exceptions import UserNotFound
from users.models import Profile, User
from users.services.accounts import AccountRecord, record_of
from users.types import Role

#: A search finds so many of the newest by address, and so many by name: "or more".
SEARCH_LIMIT = 1_000
# Shorter texts have no part that an index knows; they are beginnings.
_SHORTEST_PART = 3


_FLAGS = {"true": True, "false": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class UserFilters:
    """What to look for, in the words of the request; empty ones leave nothing out.

    A role that does not exist, and anything but true or false for a flag, nobody has.
    """

    search: str = ""
    role: str = ""
    activated: str = ""
    active: str = ""

    @property
    def is_possible(self) -> bool:
        """Whether anybody can meet them."""
        flags = {self.activated, self.active} - {""}
        return flags <= _FLAGS.keys() and self.role in {"", *Role.values}

    def conditions(self) -> dict[str, Any]:
        """The filters but for the search, as conditions on accounts."""
        wanted = {
            "role": self.role or None,
            "is_activated": _FLAGS.get(self.activated),
            "is_active": _FLAGS.get(self.active),
        }
        return {field: value for field, value in wanted.items() if value is not None}


EVERYBODY = UserFilters()


@timed_read
def get_users(
    filters: UserFilters = EVERYBODY, *, page: PageRequest = FIRST_PAGE
) -> Listing[AccountRecord]:
    """Live accounts, the newest first: two queries, three with a search; less past the end."""
    if not filters.is_possible:
        return Listing(items=(), page=page, count=0)
    users = User.objects.filter(**filters.conditions())
    if filters.search:
        ids = _found(filters)
        count = len(ids)
        rows = users.filter(pk__in=ids[page.offset : page.offset + page.page_size]).order_by("-id")
    else:
        count = _counted(filters)
        rows = users.order_by("-id")[page.offset : page.offset + page.page_size]
    items: tuple[AccountRecord, ...] = ()
    if page.offset < count:
        whole = rows.select_related("profile").fetch_mode(FETCH_RAISE)
        items = tuple(record_of(user) for user in whole)
    return Listing(items=items, page=page, count=count)


@timed_read
def get_user(user_id: UUID) -> AccountRecord:
    """One live account. One query. Raises UserNotFound."""
    user = User.objects.select_related("profile").fetch_mode(FETCH_RAISE).filter(pk=user_id).first()
    if user is None:
        raise UserNotFound
    return record_of(user)


def _counted(filters: UserFilters) -> int:
    """How many there are, from the totals, whose names are `role/active/activated`."""
    role = filters.role or "*"
    active = {"true": "active", "false": "inactive"}.get(filters.active, "*")
    activated = {"true": "activated", "false": "unactivated"}.get(filters.activated, "*")
    pattern = f"{role}/{active}/{activated}"
    return sum(n for name, n in totals("users").items() if fnmatchcase(name, pattern))


def _found(filters: UserFilters) -> list[UUID]:
    """The accounts whose address or user name contains the search, the newest first.

    Looked up apart: one condition over two tables would be answered by reading both.
    """
    term = filters.search.lower()
    how = "contains" if len(term) >= _SHORTEST_PART else "startswith"
    conditions = filters.conditions()
    by_email = User.objects.filter(**conditions, **{f"email__{how}": term}).order_by("-id")
    by_name = (
        Profile.objects.alias(key=Lower("username"))
        .filter(**{f"key__{how}": term}, user__deleted_at__isnull=True)
        .filter(**{f"user__{field}": value for field, value in conditions.items()})
        .order_by("-user_id")
    )
    found = set(by_email.values_list("pk", flat=True)[:SEARCH_LIMIT])
    found |= set(by_name.values_list("user_id", flat=True)[:SEARCH_LIMIT])
    return sorted(found, reverse=True)
