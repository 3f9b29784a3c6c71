"""What the tables of this app hold about one person (`docs/privacy.md`)."""

from uuid import UUID

from core.services.personal_data import Sections, records_of
from interactions.models import Comment, CommentVote


def personal_data(user_id: UUID) -> Sections:
    """What was said, deleted and hidden comments too, and voted on."""
    return {
        "comments": records_of(
            Comment.all_objects.filter(author_id=user_id), hidden=["hidden_by_id"]
        ),
        "comment_votes": records_of(CommentVote.objects.filter(user_id=user_id)),
    }
