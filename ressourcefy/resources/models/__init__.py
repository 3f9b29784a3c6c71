"""Resources, their versions, the votes on them, the progress of readers and the ready feed."""

from resources.models.feed import FeedCount, FeedRow, FeedTag, Span
from resources.models.reader import ResourceProgress, ResourceVote
from resources.models.resource import Resource, ResourceQuerySet, ResourceVersion

__all__ = [
    "FeedCount",
    "FeedRow",
    "FeedTag",
    "Resource",
    "ResourceProgress",
    "ResourceQuerySet",
    "ResourceVersion",
    "ResourceVote",
    "Span",
]
