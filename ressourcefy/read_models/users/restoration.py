"""A deleted account that can be kept after all."""

from datetime import datetime

from core.exceptions import NotFound
from core.metrics import timed_read
from core.tokens import TokenExpired, TokenInvalid
from users.services.mail_tokens import deleted_user_of


@timed_read
def get_restoration(token: str) -> datetime | None:
    """One query: until when a link brings its account back. Raises NotFound for any other link."""
    try:
        return deleted_user_of(token).erase_after
    except (TokenInvalid, TokenExpired) as error:
        raise NotFound("This link is not valid, or no longer.") from error
