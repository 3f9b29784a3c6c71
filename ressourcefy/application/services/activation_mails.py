"""Activation mails: a few a day for each account, whoever asks for them.

Each one takes a numbered slot of the day, which the table holds unique. So nobody can have a
stranger's mailbox filled by registering the stranger's address over and over.
"""

from django.utils import timezone

from application.dto.events import AggregateType, EventType
from core.models import OutboxEvent
from core.outbox import emit_event
from users.models import User

MAILS_A_DAY = 3


def free_mail_slot(user: User) -> str | None:
    """A slot for one more mail today (by UTC), or None; the caller holds the row's lock."""
    today = timezone.now().date()
    slots = [f"activation:{user.id}:{today}:{number}" for number in range(1, MAILS_A_DAY + 1)]
    used = set(
        OutboxEvent.objects.filter(dedupe_key__in=slots).values_list("dedupe_key", flat=True)
    )
    return next((slot for slot in slots if slot not in used), None)


def request_activation_mail(user: User, event_type: EventType, *, slot: str | None) -> None:
    """Emit the event that the mail follows from, in the slot."""
    emit_event(
        AggregateType.USER,
        user.id,
        event_type,
        {"user_id": str(user.id), "generation": user.activation_generation},
        dedupe_key=slot,
    )
