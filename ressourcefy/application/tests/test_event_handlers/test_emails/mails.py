"""Events that a mail follows from, and looking at mails."""

import re
from datetime import timedelta
from typing import Any

from django.core.mail import EmailMultiAlternatives
from django.utils import timezone

from application.dto.events import AggregateType, EventType
from core.models import OutboxEvent
from core.outbox import emit_event
from users.models import User
from users.services.mail_tokens import (
    next_activation_generation,
    next_reset_generation,
)
from users.tests.factories import make_user

LINKS = {
    "activate": "https://app.example.com/auth/activate",
    "reset": "https://app.example.com/auth/reset-password",
    "login": "https://app.example.com/auth/login",
}


def emit(event_type: EventType, user: User, **payload: Any) -> OutboxEvent:
    """An event about an account, with the ids that such events carry."""
    return emit_event(AggregateType.USER, user.id, event_type, {"user_id": str(user.id), **payload})


def make_registration(**fields: Any) -> tuple[User, OutboxEvent]:
    """An account that waits for its activation, and the event that says so."""
    user = make_user(is_activated=False, **fields)
    generation = next_activation_generation(user)
    return user, emit(EventType.USER_REGISTERED, user, generation=generation)


def make_reset_request(**fields: Any) -> tuple[User, OutboxEvent]:
    """An account and the event that asks for a new password."""
    user = make_user(**fields)
    generation = next_reset_generation(user)
    return user, emit(EventType.USER_PASSWORD_RESET_REQUESTED, user, generation=generation)


def grow_older(event: OutboxEvent, age: timedelta) -> None:
    """Move an event into the past."""
    event.created_at = timezone.now() - age
    event.save(update_fields=["created_at"])


def html_of(message: Any) -> str:
    """The HTML form of a mail."""
    assert isinstance(message, EmailMultiAlternatives)
    [(content, _mimetype)] = message.alternatives
    return str(content)


def token_in(message: Any) -> str:
    """The token of the link in the text form."""
    found = re.search(r"\?token=(\S+)", message.body)
    assert found
    return found[1]
