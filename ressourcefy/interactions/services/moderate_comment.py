"""Hide a comment from readers, or let them see it again; each time with a reason that is kept."""

from django.utils import timezone
from django.utils.translation import gettext as _

from core.exceptions import InvalidAction, InvalidInput
from interactions.models import Comment, CommentModeration
from interactions.types import ModerationAction
from users.models import User

MAX_REASON_LENGTH = 500


def hide_comment(comment: Comment, *, moderator: User, reason: str) -> None:
    """Take it out of every list and count; its replies stay. The caller holds the row's lock.

    Raises InvalidInput without a reason, and InvalidAction if it is hidden already.
    """
    reason = _checked_reason(reason)
    if comment.hidden_at is not None:
        raise InvalidAction("This comment is hidden already.")
    comment.hidden_at = timezone.now()
    comment.hidden_by = moderator
    comment.hidden_reason = reason
    _save_and_note(comment, ModerationAction.HIDE, moderator=moderator, reason=reason)


def unhide_comment(comment: Comment, *, moderator: User, reason: str) -> None:
    """Bring it back to where it was. The caller holds the row's lock.

    Raises InvalidInput without a reason, and InvalidAction if it is not hidden.
    """
    reason = _checked_reason(reason)
    if comment.hidden_at is None:
        raise InvalidAction("This comment is not hidden.")
    comment.hidden_at = None
    comment.hidden_by = None
    comment.hidden_reason = ""
    _save_and_note(comment, ModerationAction.RESTORE, moderator=moderator, reason=reason)


def _checked_reason(reason: str) -> str:
    reason = reason.strip()
    if not reason:
        raise InvalidInput(details={"reason": [_("Give a reason.")]})
    if len(reason) > MAX_REASON_LENGTH:
        text = _("A reason has at most %(number)s characters.") % {"number": MAX_REASON_LENGTH}
        raise InvalidInput(details={"reason": [text]})
    return reason


def _save_and_note(
    comment: Comment, action: ModerationAction, *, moderator: User, reason: str
) -> None:
    # `updated_at` is the author's; readers see it.
    comment.save(update_fields=["hidden_at", "hidden_by", "hidden_reason"])
    CommentModeration.objects.create(
        comment=comment, moderator=moderator, action=action, reason=reason
    )
