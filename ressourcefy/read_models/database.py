"""Where reads go: to the replica, where one is configured."""

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import DEFAULT_DB_ALIAS

from users.models import User

_REPLICA = "replica"


def shared_reads() -> str:
    """The database for what is everybody's: it may be a moment behind."""
    return _REPLICA if _REPLICA in settings.DATABASES else DEFAULT_DB_ALIAS


def reads_for(viewer: User | AnonymousUser) -> str:
    """The database for what also shows the viewer's own doing, which they expect to see at once."""
    return DEFAULT_DB_ALIAS if isinstance(viewer, User) else shared_reads()
