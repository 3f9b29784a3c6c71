"""Sending a letter to whom an event is about, in their language."""

from collections.abc import Callable

from django.utils import translation

from application.services.letters import Letter
from core.outbox import Event
from core.services.email_service import send_email
from users.models import User


def live_user(event: Event) -> User | None:
    """The account of the event, unless it is deactivated or deleted."""
    return (
        User.objects.select_related("profile")
        .filter(id=event.payload["user_id"], is_active=True)
        .first()
    )


def send_letter(event: Event, user: User, write: Callable[[], Letter]) -> None:
    """Write it in the user's language and hand it over; the event is what it is sent once for."""
    with translation.override(user.language):
        letter = write()
        text, html = letter.as_text(), letter.as_html()
    send_email(user.email, letter.subject, text, html, idempotency_key=str(event.id))
