"""What the text of a comment has to be."""

from core.exceptions import InvalidAction, InvalidInput

MAX_LENGTH = 5_000


def checked_text(content: str) -> str:
    """The text without blanks around it.

    Raises InvalidAction for a blank one and InvalidInput for one that is too long.
    """
    content = content.strip()
    if not content:
        raise InvalidAction("A comment needs some text.", details={"content": ["Write something."]})
    if len(content) > MAX_LENGTH:
        text = f"A comment has at most {MAX_LENGTH} characters."
        raise InvalidInput("Some fields are not valid.", details={"content": [text]})
    return content
