"""What follows when somebody chooses other mails, on a page or by the link in a mail."""

from collections.abc import Mapping

from core.services.audit import audit_change
from users.models import NotificationPreferences, User
from users.services.notifications import choices_of
from users.types import Notification


def record_choices(
    row: NotificationPreferences,
    *,
    actor: User,
    before: Mapping[Notification, bool],
    by_link: bool = False,
) -> None:
    """Record what is different now; nothing where nothing is."""
    after = choices_of(row)
    changed = [kind for kind in Notification if before[kind] != after[kind]]
    if changed:
        audit_change(
            entity=row,
            action="UPDATE",
            actor=actor,
            before={kind: before[kind] for kind in changed},
            after={kind: after[kind] for kind in changed}
            | ({"by": "mailed link"} if by_link else {}),
        )
