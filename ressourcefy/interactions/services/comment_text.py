"""What the text of a comment has to be."""

from django.utils.translation import gettext as _

from core.exceptions import InvalidAction, InvalidInput

MAX_LENGTH = 5_000


def checked_text(content: str) -> str:
    """The text without blanks around it.

    Raises InvalidAction for a blank one and InvalidInput for one that is too long.
    """
    content = content.strip()
    if not content:
        raise InvalidAction(
            "A comment needs some text.", details={"content": [_("Write something.")]}
        )
    if len(content) > MAX_LENGTH:
        text = _("A comment has at most %(most)d characters.") % {"most": MAX_LENGTH}
        raise InvalidInput("Some fields are not valid.", details={"content": [text]})
    return content
