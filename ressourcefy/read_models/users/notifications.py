"""Which mails somebody wants beside the necessary ones."""

from uuid import UUID

from core.exceptions import NotFound
from core.metrics import timed_read
from core.tokens import TokenExpired, TokenInvalid
from users.models import NotificationPreferences
from users.services.notifications import choices_of, unsubscription_named_in
from users.types import Notification


@timed_read
def get_notifications(user_id: UUID) -> dict[Notification, bool]:
    """One query. Who has never chosen wants all."""
    return choices_of(NotificationPreferences.objects.filter(user_id=user_id).first())


@timed_read
def get_unsubscription(token: str) -> Notification:
    """No query: which mails a link would turn off. Raises NotFound for no link of ours."""
    try:
        return unsubscription_named_in(token)[1]
    except (TokenInvalid, TokenExpired) as error:
        raise NotFound("This link is not valid, or no longer.") from error
