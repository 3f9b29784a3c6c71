"""Browser sessions of the administration go when they are over."""

from datetime import timedelta

from django.contrib.sessions.models import Session
from django.db.models.functions import Now

from core.pruning import prunes


@prunes("admin_sessions")
def prune_admin_sessions(*, age: timedelta, limit: int, using: str) -> int:
    """Delete the sessions that ended longest ago, in the order of an index on that."""
    ended = Session.objects.using(using).filter(expire_date__lt=Now() - age)
    keys = list(ended.order_by("expire_date").values_list("pk", flat=True)[:limit])
    return Session.objects.using(using).filter(pk__in=keys).delete()[0]
