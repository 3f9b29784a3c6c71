"""Say something else than before."""

from django.utils import timezone

from interactions.models import Comment
from interactions.services.comment_text import checked_text


def edit_comment(comment: Comment, content: str) -> bool:
    """Replace the text; False if it is the same. The caller holds the row's lock.

    Raises InvalidAction and InvalidInput for what is no text of a comment.
    """
    content = checked_text(content)
    if content == comment.content:
        return False
    comment.content = content
    comment.edited_at = timezone.now()
    comment.save(update_fields=["content", "edited_at", "updated_at"])
    return True
