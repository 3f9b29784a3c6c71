"""What the tables of this app hold about one person (`docs/privacy.md`)."""

from uuid import UUID

from core.services.personal_data import Sections, records_of
from interactions.models import Comment, CommentModeration, CommentVote


def personal_data(user_id: UUID) -> Sections:
    """What was said, deleted and hidden comments too, voted on and moderated."""
    return {
        "comments": records_of(
            Comment.all_objects.filter(author_id=user_id), hidden=["hidden_by_id"]
        ),
        "hidden_comments": records_of(
            CommentModeration.objects.filter(comment__author_id=user_id), hidden=["moderator_id"]
        ),
        "moderations": records_of(CommentModeration.objects.filter(moderator_id=user_id)),
        "comment_votes": records_of(CommentVote.objects.filter(user_id=user_id)),
    }
