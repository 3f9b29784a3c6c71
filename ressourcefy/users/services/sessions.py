"""Sign-in sessions: opening, using, rotating and ending them (`docs/accounts.md`)."""

from datetime import timedelta
from enum import Enum, auto
from functools import cache
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from core.database.compiled import in_sql
from core.database.prepared import prepared_cursor
from core.models.base import new_id
from core.request_context import current_context
from users.models import User, UserSession
from users.services.devices import device_of
from users.types import Role

# Two tabs, or a repeated request, may present a refresh token that was replaced a moment ago.
REUSE_GRACE = timedelta(seconds=10)

_USER_COLUMNS = tuple(field.attname for field in User._meta.concrete_fields)

# Whatever ends the sessions of an administrator raises the version: a lost role, deactivation,
# deletion, a new password, signing out everywhere.
_RIGHTFUL = Q(
    impersonator__token_version=F("impersonator_version"),
    impersonator__role=Role.SUPERADMIN,
    impersonator__is_active=True,
    impersonator__deleted_at__isnull=True,
)


class Rotation(Enum):
    """What became of a refresh token that was presented."""

    ROTATED = auto()
    #: Not good, or replaced a moment ago: nothing happens.
    REFUSED = auto()
    #: It had been used before, so somebody else has it too: the session is over.
    ENDED_BY_REUSE = auto()


def user_of_session(
    session_id: UUID, *, user_id: UUID, token_version: int, impersonator_id: UUID | None = None
) -> User | None:
    """The user a token speaks for, or None if the token counts no longer.

    One statement reads everything that can end a session: the session itself, its last day, the
    account's token version, deactivation and deletion; and the same of an administrator who acts in
    the user's name, whom the token has to name as the session does.
    """
    with prepared_cursor() as query:
        query.execute(
            _statement_of_user(),
            {
                "session": session_id,
                "user": user_id,
                "version": token_version,
                "impersonator": impersonator_id,
            },
        )
        row = query.fetchone()
    if row is None:
        return None
    user: User = User.from_db(connection.alias, _USER_COLUMNS, row)
    return user


@cache
def _statement_of_user() -> str:
    """What `user_of_session` asks, as text: to write it takes the ORM longer than to run it."""
    session_id, user_id, version = UUID(int=1), UUID(int=2), 2_147_483_647
    columns = [f"user__{name}" for name in _USER_COLUMNS]
    sessions = _open_session(session_id, user_id=user_id).filter(user__token_version=version)
    text = in_sql(sessions.values_list(*columns), session=session_id, user=user_id, version=version)
    # Compared so that NULL equals NULL, which no lookup of the ORM does.
    return (
        f"{text} AND {UserSession._meta.db_table}.impersonator_id"
        " IS NOT DISTINCT FROM %(impersonator)s::uuid"
    )


def open_session(user: User, *, lifetime: timedelta) -> UserSession:
    """A new session of `user` for the client of the present request; one statement."""
    client = current_context()
    return UserSession.objects.create(
        user=user,
        refresh_id=new_id(),
        user_agent=client.user_agent,
        device=device_of(client.user_agent),
        ip_address=client.ip_address,
        expires_at=timezone.now() + lifetime,
    )


def open_impersonation(user: User, *, by: User) -> UserSession:
    """A session of `user` for the administrator `by`: short, and never longer than their rights.

    The caller holds the locks of both rows.
    """
    client = current_context()
    return UserSession.objects.create(
        user=user,
        refresh_id=new_id(),
        user_agent=client.user_agent,
        device=device_of(client.user_agent),
        ip_address=client.ip_address,
        expires_at=timezone.now() + settings.IMPERSONATION_LIFETIME,
        impersonator=by,
        impersonator_version=by.token_version,
    )


def lock_session(session_id: UUID, *, user_id: UUID) -> UserSession | None:
    """The open session of that id, locked, with its user (not locked); None if it has ended.

    Needs a transaction.
    """
    session = _open_session(session_id, user_id=user_id)
    return session.select_for_update(of=("self",), no_key=True).first()


def _open_session(session_id: UUID, *, user_id: UUID) -> QuerySet[UserSession]:
    """The session of that id and its user, unless something has ended it."""
    return (
        UserSession.objects.select_related("user")
        .filter(
            pk=session_id,
            user_id=user_id,
            revoked_at__isnull=True,
            expires_at__gt=Now(),
            user__is_active=True,
            user__deleted_at__isnull=True,
        )
        .filter(Q(impersonator__isnull=True) | _RIGHTFUL)
    )


def rotate_session(session: UserSession, refresh_id: UUID) -> Rotation:
    """Replace the session's refresh token by a new one if `refresh_id` names the present one.

    The caller holds the row's lock, so of any number of uses at once one rotates. A used token ends
    the session, unless it was replaced within REUSE_GRACE.
    """
    if refresh_id == session.refresh_id:
        renew_refresh_id(session)
        return Rotation.ROTATED
    if (
        refresh_id == session.previous_refresh_id
        and session.rotated_at is not None
        and timezone.now() - session.rotated_at <= REUSE_GRACE
    ):
        return Rotation.REFUSED
    end_session(session)
    return Rotation.ENDED_BY_REUSE


def renew_refresh_id(session: UserSession) -> None:
    """Make the session's refresh token worthless and name a new one."""
    session.previous_refresh_id = session.refresh_id
    session.refresh_id = new_id()
    session.rotated_at = timezone.now()
    session.save(update_fields=["previous_refresh_id", "refresh_id", "rotated_at", "updated_at"])


def end_session(session: UserSession) -> None:
    """End one session: its tokens count no longer, from the next request on."""
    session.revoked_at = timezone.now()
    session.save(update_fields=["revoked_at", "updated_at"])


def end_all_sessions(user: User, *, but: UserSession | None = None) -> None:
    """Make every token of the account worthless; the caller holds the row's lock.

    The session `but` stays open, for tokens of the new version.
    """
    user.token_version += 1
    user.save(update_fields=["token_version", "updated_at"])
    ending = UserSession.objects.filter(user=user, revoked_at__isnull=True)
    if but is not None:
        ending = ending.exclude(pk=but.pk)
    now = timezone.now()
    ending.update(revoked_at=now, updated_at=now)
