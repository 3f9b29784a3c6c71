"""What follows from a sign-in: is the device a new one?"""

from application.dto.events import AggregateType, EventType
from core.outbox import Event, HandlerKind, emit_event, handles
from users.models import UserSession


@handles(EventType.USER_SIGNED_IN, HandlerKind.LOCAL)
def notice_new_device(event: Event) -> None:
    """Ask for a warning if no earlier session of the account was opened on such a device.

    Not for the first sign-in of all: whoever made the account a moment ago knows. An account that
    was away for so long that its sessions are pruned is warned.
    """
    session = UserSession.objects.filter(pk=event.payload["session_id"]).first()
    if session is None:
        return
    earlier = UserSession.objects.filter(
        user_id=session.user_id, created_at__lt=session.created_at, impersonator__isnull=True
    )
    devices = set(earlier.values_list("device", flat=True).distinct())
    is_first = event.payload.get("is_first", False) and not devices
    if is_first or session.device in devices:
        return
    emit_event(
        AggregateType.USER,
        session.user_id,
        EventType.USER_SIGNED_IN_ON_NEW_DEVICE,
        {"user_id": str(session.user_id), "session_id": str(session.id)},
    )
