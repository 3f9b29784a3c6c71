"""What a browser session under /admin/ stands for: a session of the account, like the API's.

So it is in the owner's list, can be ended from there, and ends with whatever ends the others.
"""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.signals import user_logged_in
from django.contrib.sessions.backends.base import SessionBase
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone

from application.dto.commands import SessionRef, SignOutCommand
from application.dto.results import SessionPass
from application.policies.account_policy import can_administrate
from application.use_cases.auth.sign_out import SignOut
from users.models import User
from users.services.sessions import user_of_session

_USER, _SESSION, _VERSION = "user_id", "session_id", "token_version"


def administrator_of(request: HttpRequest) -> User | AnonymousUser:
    """Who is signed in, by one statement on each request, as at the API."""
    facts = request.session
    if _SESSION not in facts:
        return AnonymousUser()
    user = user_of_session(
        UUID(facts[_SESSION]), user_id=UUID(facts[_USER]), token_version=facts[_VERSION]
    )
    return user if user and can_administrate(user) else AnonymousUser()


def remember(facts: SessionBase, opened: SessionPass) -> None:
    """Let a browser session stand for what was opened."""
    facts[_USER] = str(opened.user_id)
    facts[_SESSION] = str(opened.session_id)
    facts[_VERSION] = opened.token_version
    # Absolute: using the session does not lengthen it.
    facts.set_expiry(timezone.now() + settings.ADMIN_SESSION_LIFETIME)


@receiver(user_logged_in)
def _begin(request: HttpRequest, user: User, **_: Any) -> None:
    """Only now is the browser session the one that stays: Django has just made or renamed it."""
    remember(request.session, user.opened)  # type: ignore[attr-defined]


def end(request: HttpRequest) -> None:
    """End the account's session; Django ends the browser's."""
    facts = request.session
    if _SESSION in facts:
        session = SessionRef(UUID(facts[_USER]), UUID(facts[_SESSION]))
        SignOut().execute(SignOutCommand(sessions=frozenset({session})))
