"""Sending a letter to whom an event is about, in their language."""

from collections.abc import Callable, Mapping

from django.utils import translation

from application.services.letters import Letter
from application.services.web_links import unsubscribe_link
from core.outbox import Event
from core.services.email_service import send_email
from users.models import User
from users.services.notifications import unsubscription_token_for
from users.types import Notification


def live_user(event: Event) -> User | None:
    """The account of the event, unless it is deactivated or deleted."""
    return (
        User.objects.select_related("profile")
        .filter(id=event.payload["user_id"], is_active=True)
        .first()
    )


def send_letter(event: Event, user: User, write: Callable[[], Letter]) -> None:
    """Write it in the user's language and hand it over; the event is what it is sent once for."""
    _send(user, write, key=str(event.id))


def send_notification(
    event: Event, user: User, kind: Notification, write: Callable[[str], Letter]
) -> None:
    """The same with a letter that one can do without; `write` gets the link that ends them.

    Mail programs show a button for it (RFC 2369, RFC 8058). Of one event each kind is sent once.
    """
    link = unsubscribe_link(unsubscription_token_for(user, kind, issued_at=event.created_at))
    headers = {
        "List-Unsubscribe": f"<{link}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
    _send(user, lambda: write(link), key=f"{event.id}-{kind}", headers=headers)


def _send(
    user: User, write: Callable[[], Letter], *, key: str, headers: Mapping[str, str] | None = None
) -> None:
    with translation.override(user.language):
        letter = write()
        text, html = letter.as_text(), letter.as_html()
    send_email(user.email, letter.subject, text, html, idempotency_key=key, headers=headers)
