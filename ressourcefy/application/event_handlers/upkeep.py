"""What a worker keeps in order beside its events."""

from datetime import timedelta

from core.outbox import every
from core.services.tallies import fold_tallies
from resources.services.feed_counts import fold_feed_counts


@every(timedelta(seconds=30))
def keep_tallies_few() -> None:
    """So that a total is the sum of some hundred rows, however much was written."""
    fold_tallies()
    fold_feed_counts()
