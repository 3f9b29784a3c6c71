"""Accounts for administrators: the list with its filters and search, and one of them.

    Sort -> Nested Loop Left Join
      -> CTE length: Aggregate -> Seq Scan on core_tally           a few rows
      -> Limit -> Index Scan Backward using users_user_pkey        or user_by_role ...
      -> Index Scan on users_profile by user_id

Counting costs the same for ten accounts and a million: without a search the number comes from
maintained totals, with one it stops at SEARCH_LIMIT. The order is that of the ids, which is that
in which the accounts were made.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypedDict, cast
from uuid import UUID

from django.db.models import FETCH_RAISE
from django.db.models.functions import Lower

from core.metrics import timed_read
from read_models.administration.lists import Table, Wanted, listing_of
from read_models.long_lists import total_of
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

_USERS = Table(
    "users_user",
    order="id DESC",
    columns="""page.id, email, username, nullif(bio, '') AS bio,
        nullif(avatar_url, '') AS avatar_url, profile.id IS NOT NULL AS has_profile, role,
        is_active, is_staff, is_superuser, is_activated, onboarding_step, page.created_at,
        page.updated_at""",
    joins="LEFT JOIN users_profile AS profile ON profile.user_id = page.id",
)


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


class UserRow(TypedDict):
    """An account in a list: the same as an AccountRecord."""

    id: UUID
    email: str
    username: str | None
    bio: str | None
    avatar_url: str | None
    has_profile: bool
    role: str
    is_active: bool
    is_staff: bool
    is_superuser: bool
    is_activated: bool
    onboarding_step: str
    created_at: datetime
    updated_at: datetime


@timed_read
def get_users(
    filters: UserFilters = EVERYBODY, *, page: PageRequest = FIRST_PAGE
) -> Listing[UserRow]:
    """Live accounts, the newest first: one query, three with a search; less past the end."""
    wanted = Wanted(is_possible=filters.is_possible)
    wanted.always("deleted_at IS NULL")
    for column, value in filters.conditions().items():
        wanted.always(f"{column} = '{value}'")
    if not filters.search or not filters.is_possible:
        found = listing_of(_USERS, wanted, page, length=_length(filters))
        return cast("Listing[UserRow]", found)
    ids = _found(filters)
    shown = ids[page.offset : page.offset + page.page_size]
    if not shown:
        return Listing(items=[], page=page, count=len(ids))
    wanted.where("id = ANY (%(ids)s)", ids=shown)
    found = listing_of(_USERS, wanted, PageRequest(page_size=page.page_size))
    return Listing(items=cast("Sequence[UserRow]", found.items), page=page, count=len(ids))


@timed_read
def get_user(user_id: UUID) -> AccountRecord:
    """One live account. One query. Raises UserNotFound."""
    user = User.objects.select_related("profile").fetch_mode(FETCH_RAISE).filter(pk=user_id).first()
    if user is None:
        raise UserNotFound
    return record_of(user)


def _length(filters: UserFilters) -> str:
    """How many there are, from the totals, whose names are `users/role/active/activated`."""
    active = {"true": "active", "false": "inactive"}.get(filters.active, "%")
    activated = {"true": "activated", "false": "unactivated"}.get(filters.activated, "%")
    return total_of(f"users/{filters.role or '%'}/{active}/{activated}")


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
