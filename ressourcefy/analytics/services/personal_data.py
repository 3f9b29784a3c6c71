"""What the stream of events holds about one person (`docs/privacy.md`)."""

from uuid import UUID

from analytics.models import UserEvent
from core.services.personal_data import Sections, records_of


def personal_data(user_id: UUID) -> Sections:
    """What was tracked, with address and agent as long as they are kept."""
    return {"activity": records_of(UserEvent.objects.filter(user_id=user_id))}
