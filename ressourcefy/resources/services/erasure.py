"""What goes with somebody who is erased: what they read. What they published and voted stays."""

from resources.models import ResourceProgress
from users.models import User


def forget_progress(user: User) -> None:
    """Remove how far the person came with what."""
    ResourceProgress.objects.filter(user=user).delete()
