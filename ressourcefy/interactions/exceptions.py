"""Refusals about comments."""

from core.exceptions import NotFound


class CommentNotFound(NotFound):
    """No such comment, or one on a resource that is not the caller's business."""

    code = "comment_not_found"
    message = "Comment not found."
