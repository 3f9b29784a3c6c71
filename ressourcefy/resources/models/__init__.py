"""Resources, their versions, the votes on them and the progress of their readers."""

from resources.models.reader import ResourceProgress, ResourceVote
from resources.models.resource import Resource, ResourceQuerySet, ResourceVersion

__all__ = ["Resource", "ResourceProgress", "ResourceQuerySet", "ResourceVersion", "ResourceVote"]
