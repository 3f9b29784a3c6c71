"""Say something about a resource, or reply to what somebody said."""

from uuid import UUID

from django.db import connection, transaction

from core.exceptions import InvalidAction
from interactions.models import Comment
from interactions.services.comment_text import checked_text
from resources.models import Resource
from users.models import User

# How many replies may hang below each other.
MAX_DEPTH = 20

# Walks up from a comment and stops where a reply would be too deep anyway.
_DEPTH = """
WITH RECURSIVE line AS (
    SELECT id, parent_id, 1 AS depth FROM interactions_comment WHERE id = %(id)s
    UNION ALL
    SELECT above.id, above.parent_id, line.depth + 1
    FROM interactions_comment AS above JOIN line ON above.id = line.parent_id
    WHERE line.depth <= %(most)s
)
SELECT max(depth) FROM line
"""


@transaction.atomic
def create_comment(
    *, author: User, resource: Resource, content: str, parent_id: UUID | None = None
) -> Comment:
    """The new comment, without blanks around it.

    Raises InvalidAction for a blank one and for a parent that is deleted, hidden, on another
    resource or too deep; InvalidInput for text that is too long.
    """
    content = checked_text(content)
    if parent_id is not None:
        _check_parent(parent_id, resource)
    return Comment.objects.create(
        author=author, resource=resource, content=content, parent_id=parent_id
    )


def _check_parent(parent_id: UUID, resource: Resource) -> None:
    if not Comment.objects.shown().filter(pk=parent_id, resource=resource).exists():
        raise InvalidAction("The comment that you reply to is not there any more.")
    with connection.cursor() as cursor:
        cursor.execute(_DEPTH, {"id": parent_id, "most": MAX_DEPTH})
        (depth,) = cursor.fetchone()
    if depth > MAX_DEPTH:
        raise InvalidAction("This conversation is too deep for another reply.")
