"""Signing in with address and password, by statements that are prepared once."""

from collections.abc import Sequence
from datetime import timedelta
from functools import cache
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils import timezone

from core.database.compiled import in_sql
from core.database.parts import Part, joined
from core.database.prepared import prepared_cursor
from core.models.base import new_id
from core.request_context import current_context
from users.models import Profile, User, UserSession, normal_email
from users.services.accounts import accounts_with_password
from users.services.devices import device_of

#: The part of the statement that has the new session: `id` and `change`.
OPENED = "opened"
#: The part that has the account with its row locked: `id`, and whether this is its first sign-in.
SIGNED_IN = "signed_in"

_USER = tuple(field.attname for field in User._meta.concrete_fields)
_PROFILE = tuple(field.attname for field in Profile._meta.concrete_fields)

# Stand for what is asked until a statement is run.
_EMAIL, _PASSWORD, _ID = "somebody@example.invalid", "somebody's", UUID(int=1)

# The account is read with its lock held, as it is then; what follows, follows only from that.
_SIGN_IN = """
WITH account AS ({account} FOR NO KEY UPDATE),
signed_in AS (
    UPDATE {users} AS person SET last_login = %(now)s
    FROM account WHERE person.id = account.id
    RETURNING person.id, account.last_login IS NULL AS is_first
),
opened AS (
    INSERT INTO {sessions} (id, created_at, updated_at, user_id, refresh_id, user_agent, device,
        ip_address, expires_at)
    SELECT %(session)s::uuid, %(now)s, %(now)s, id, %(refresh)s, %(agent)s, %(device)s,
        %(address)s::inet, %(expires)s
    FROM signed_in RETURNING id, 'CREATE' AS change
)
{parts}
SELECT account.*, {profile}
FROM account LEFT JOIN {profiles} AS profile ON profile.user_id = account.id
"""


def find_account(email: str) -> User | None:
    """The account that may sign in here with this address, as `accounts_with_password`."""
    with prepared_cursor() as query:
        query.execute(_find_text(), {"email": normal_email(email)})
        row = query.fetchone()
    return None if row is None else _user(row)


def sign_in(
    checked: User, *, session_id: UUID, lifetime: timedelta, followed_by: Sequence[Part] = ()
) -> UserSession | None:
    """Open a session for the client of the present request; one statement.

    None if the account may no longer sign in, or has another password than `checked`. The session
    comes with the account as it is now. `followed_by` are parts that read OPENED or SIGNED_IN.
    """
    parts, values = joined(followed_by)
    client, now = current_context(), timezone.now()
    session = UserSession(
        id=session_id,
        created_at=now,
        updated_at=now,
        refresh_id=new_id(),
        user_agent=client.user_agent,
        device=device_of(client.user_agent),
        ip_address=client.ip_address,
        expires_at=now + lifetime,
    )
    given: dict[str, Any] = {
        "email": checked.email,
        "password": checked.password,
        "user": checked.pk,
        "now": now,
        "session": session.id,
        "refresh": session.refresh_id,
        "agent": session.user_agent,
        "device": session.device,
        "address": session.ip_address,
        "expires": session.expires_at,
    }
    with prepared_cursor() as query:
        query.execute(_sign_in_text(parts), {**values, **given})
        row = query.fetchone()
    if row is None:
        return None
    session.user = _user(row[: len(_USER)])
    if row[len(_USER)] is not None:
        session.user.profile = Profile.from_db(connection.alias, _PROFILE, row[len(_USER) :])
    session._state.adding = False
    session._state.db = connection.alias
    return session


def _user(row: Sequence[object]) -> User:
    user: User = User.from_db(connection.alias, _USER, row)
    return user


@cache
def _find_text() -> str:
    return in_sql(accounts_with_password(_EMAIL).values_list(*_USER), email=_EMAIL)


@cache
def _sign_in_text(parts: str) -> str:
    account = accounts_with_password(_EMAIL).filter(pk=_ID, password=_PASSWORD)
    return _SIGN_IN.format(
        account=in_sql(account.values_list(*_USER), email=_EMAIL, password=_PASSWORD, user=_ID),
        users=User._meta.db_table,
        sessions=UserSession._meta.db_table,
        profiles=Profile._meta.db_table,
        profile=", ".join(f"profile.{column}" for column in _PROFILE),
        parts=parts,
    )
