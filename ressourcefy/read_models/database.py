"""Where reads go: to the replica, where one is configured."""

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import DEFAULT_DB_ALIAS

from users.models import User

_REPLICA = "replica"


def reads_for(viewer: User | AnonymousUser) -> str:
    """The database to read from.

    The replica may be a moment behind, so it serves visitors: whoever is signed in expects to see
    at once what they have just done.
    """
    if isinstance(viewer, User) or _REPLICA not in settings.DATABASES:
        return DEFAULT_DB_ALIAS
    return _REPLICA
