"""Find a comment, as far as somebody may know of it."""

from uuid import UUID

from interactions.exceptions import CommentNotFound
from interactions.models import Comment
from resources.exceptions import ResourceNotFound
from resources.models.access import Viewer
from resources.services.access import find_for


def find_comment(viewer: Viewer, comment_id: UUID, *, for_change: bool = False) -> Comment:
    """The comment with its resource, deleted and hidden ones included; locked if `for_change`.

    Raises CommentNotFound for an unknown one and for one on a resource that is deleted or not the
    viewer's business.
    """
    comments = Comment.all_objects.filter(pk=comment_id)
    if for_change:
        comments = comments.select_for_update(no_key=True)
    comment = comments.first()
    if comment is None:
        raise CommentNotFound
    try:
        comment.resource = find_for(viewer, comment.resource_id)
    except ResourceNotFound:
        raise CommentNotFound from None
    return comment


def lock_comment(comment_id: UUID, *, is_deleted: bool = False) -> Comment:
    """The live or the deleted comment of that id, locked; its resource may be deleted.

    Raises CommentNotFound. Needs a transaction.
    """
    comment = (
        Comment.all_objects.filter(pk=comment_id, deleted_at__isnull=not is_deleted)
        .select_for_update(no_key=True)
        .first()
    )
    if not isinstance(comment, Comment):
        raise CommentNotFound
    return comment
