"""Mails that follow from what happens to an account (`docs/mail.md`).

Handlers look at the account as it is now: a mail whose reason has gone is not sent. Tokens are made
here, so that no payload holds one, and their life begins with the event: whatever the number of
tries, it is the same mail.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from application.dto.events import AggregateType, EventType
from application.services.letters import (
    Letter,
    activation_letter,
    new_device_letter,
    password_changed_letter,
    password_reset_letter,
    session_ended_letter,
    welcome_letter,
)
from application.services.mailing import live_user, send_letter
from application.services.staff_letters import invitation_letter
from application.services.web_links import activation_link, login_link, password_reset_link
from core.outbox import Event, HandlerKind, PermanentFailure, emit_event, handles
from core.tokens import Purpose, lifetime
from users.models import User, UserSession
from users.services.mail_tokens import (
    activation_token_for,
    next_activation_generation,
    next_reset_generation,
    reset_token_for,
)
from users.types import AuthProvider


@handles(EventType.USER_REGISTERED, HandlerKind.EXTERNAL)
@handles(EventType.USER_ACTIVATION_REQUESTED, HandlerKind.EXTERNAL)
def send_activation_email(event: Event) -> None:
    """A link that activates the account, unless it is active or a newer link was asked for."""
    user = _user_for_link(event, _ACTIVATION)
    if user is None:
        return

    def write() -> Letter:
        return activation_letter(
            username=user.profile.username,
            registered_at=user.accepted_terms_at or user.created_at,
            link=activation_link(activation_token_for(user, issued_at=event.created_at)),
            expires_at=event.created_at + lifetime(Purpose.ACTIVATION),
        )

    send_letter(event, user, write)


@handles(EventType.USER_PASSWORD_RESET_REQUESTED, HandlerKind.EXTERNAL)
def send_password_reset_email(event: Event) -> None:
    """A link that changes the password once, unless a newer one was asked for."""
    user = _user_for_link(event, _PASSWORD_RESET)
    if user is None:
        return

    def write() -> Letter:
        return password_reset_letter(
            username=user.profile.username,
            requested_at=event.created_at,
            link=password_reset_link(reset_token_for(user, issued_at=event.created_at)),
            expires_at=event.created_at + lifetime(Purpose.PASSWORD_RESET),
        )

    send_letter(event, user, write)


@handles(EventType.USER_INVITED, HandlerKind.EXTERNAL)
def send_invitation_email(event: Event) -> None:
    """A link to choose the first password with, unless a newer one was asked for."""
    user = _user_for_link(event, _INVITATION)
    if user is None:
        return

    def write() -> Letter:
        return invitation_letter(
            username=user.profile.username,
            made_at=user.created_at,
            link=password_reset_link(reset_token_for(user, issued_at=event.created_at)),
            expires_at=event.created_at + lifetime(Purpose.PASSWORD_RESET),
        )

    send_letter(event, user, write)


@handles(EventType.USER_ACTIVATED, HandlerKind.EXTERNAL)
def send_welcome_email(event: Event) -> None:
    """A welcome, once the address is known to be right."""
    user = live_user(event)
    if user is None or not user.is_activated:
        return
    send_letter(
        event,
        user,
        lambda: welcome_letter(username=user.profile.username, link=login_link()),
    )


@handles(EventType.USER_PASSWORD_CHANGED, HandlerKind.EXTERNAL)
def send_password_changed_email(event: Event) -> None:
    """A warning to the owner, whoever changed the password and however."""
    user = live_user(event)
    if user is None:
        return
    send_letter(
        event,
        user,
        lambda: password_changed_letter(
            username=user.profile.username, changed_at=event.created_at, link=login_link()
        ),
    )


@handles(EventType.USER_SIGNED_IN_ON_NEW_DEVICE, HandlerKind.EXTERNAL)
def send_new_device_email(event: Event) -> None:
    """A warning to the owner; where from is read from the session, as payloads carry ids."""
    user, session = live_user(event), _session(event)
    if user is None or session is None:
        return
    send_letter(
        event,
        user,
        lambda: new_device_letter(
            username=user.profile.username,
            device=session.device,
            ip_address=session.ip_address,
            signed_in_at=session.created_at,
            link=login_link(),
        ),
    )


@handles(EventType.USER_SESSION_ENDED_BY_REUSE, HandlerKind.EXTERNAL)
def send_session_ended_email(event: Event) -> None:
    """Tells the owner that somebody else may have held the key to a session."""
    user, session = live_user(event), _session(event)
    if user is None or session is None:
        return
    send_letter(
        event,
        user,
        lambda: session_ended_letter(
            username=user.profile.username,
            device=session.device,
            ended_at=event.created_at,
            link=login_link(),
        ),
    )


@dataclass(frozen=True, slots=True)
class _LinkKind:
    """What distinguishes the mails with a link that acts for its reader."""

    purpose: Purpose
    request: EventType
    generation: Callable[[User], int]
    next_generation: Callable[[User], int]
    is_wanted: Callable[[User], bool]


_ACTIVATION = _LinkKind(
    purpose=Purpose.ACTIVATION,
    request=EventType.USER_ACTIVATION_REQUESTED,
    generation=lambda user: user.activation_generation,
    next_generation=next_activation_generation,
    is_wanted=lambda user: not user.is_activated and user.auth_provider == AuthProvider.LOCAL,
)

_PASSWORD_RESET = _LinkKind(
    purpose=Purpose.PASSWORD_RESET,
    request=EventType.USER_PASSWORD_RESET_REQUESTED,
    generation=lambda user: user.reset_generation,
    next_generation=next_reset_generation,
    is_wanted=lambda user: user.auth_provider == AuthProvider.LOCAL,
)


_INVITATION = replace(_PASSWORD_RESET, request=EventType.USER_INVITED)


def _user_for_link(event: Event, kind: _LinkKind) -> User | None:
    """The account to mail a link to; None if there is no reason, or if the request is renewed."""
    user = live_user(event)
    if user is None or not _is_due(event, user, kind):
        return None
    if event.age > lifetime(kind.purpose) / 2:
        _renew(event, user, kind)
        return None
    return user


def _session(event: Event) -> UserSession | None:
    """The session of the event, unless it is pruned or somebody else's."""
    return UserSession.objects.filter(
        id=event.payload["session_id"], user_id=event.payload["user_id"]
    ).first()


def _is_due(event: Event, user: User, kind: _LinkKind) -> bool:
    return kind.is_wanted(user) and kind.generation(user) == event.payload["generation"]


@transaction.atomic
def _renew(event: Event, user: User, kind: _LinkKind) -> None:
    """Ask for the mail anew, because half of its link's life has passed in waiting.

    A second try finds the generation raised and does nothing. An unreachable provider is given as
    much patience as any handler's, counted from the first renewal, and then reported.
    """
    now = timezone.now()
    first_renewal = datetime.fromisoformat(event.payload.get("renewed_at", now.isoformat()))
    if now - first_renewal > settings.OUTBOX_PATIENCE:
        raise PermanentFailure("The mail could not be sent for too long; it is given up.")
    locked = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    if not _is_due(event, locked, kind):
        return
    emit_event(
        AggregateType.USER,
        str(locked.id),
        kind.request,
        {
            "user_id": str(locked.id),
            "generation": kind.next_generation(locked),
            "renewed_at": first_renewal.isoformat(),
        },
    )
