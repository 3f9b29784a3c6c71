"""Find a comment, as far as somebody may know of it."""

from uuid import UUID

from interactions.exceptions import CommentNotFound
from interactions.models import Comment
from resources.models import Resource
from resources.models.access import Viewer


def find_comment(viewer: Viewer, comment_id: UUID) -> Comment:
    """The comment with its resource, deleted and hidden ones included.

    Raises CommentNotFound for an unknown one and for one on a resource that is deleted or not the
    viewer's business.
    """
    known = Resource.objects.listed_for(viewer)
    comment = (
        Comment.all_objects.select_related("resource")
        .filter(pk=comment_id, resource__in=known)
        .first()
    )
    if comment is None:
        raise CommentNotFound
    return comment
