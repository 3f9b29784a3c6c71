"""Rules for what people call themselves and for how long a password may be."""

import unicodedata

from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

USERNAME_MIN_LENGTH = 3
USERNAME_MAX_LENGTH = 30
PASSWORD_MIN_LENGTH = 8
PASSWORD_MAX_LENGTH = 128

# Unicode general categories: control, format (direction marks, zero-width), surrogate, private use,
# unassigned, and separators. What looks like nothing, or turns text around, is no part of a name.
_REFUSED_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Zs"})
# Letters, signs and marks that are drawn as nothing (Default_Ignorable_Code_Point of the Unicode
# character database, and the empty Braille pattern).
_INVISIBLE = frozenset(
    chr(code)
    for code in (
        *(0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0),
        *range(0x180B, 0x1810),
        *range(0xFE00, 0xFE10),
        *range(0xE0100, 0xE01F0),
    )
)


def normal_username(username: str) -> str:
    """The form in which a user name is stored: trimmed, NFC (Unicode annex 15)."""
    return unicodedata.normalize("NFC", username).strip()


def validate_username(username: str) -> None:
    """Raise ValidationError for blanks and for control, invisible and direction characters."""
    if any(
        unicodedata.category(character) in _REFUSED_CATEGORIES or character in _INVISIBLE
        for character in username
    ):
        raise ValidationError(_("Use visible characters without blanks."), code="invalid_username")


def username_problems(username: str) -> list[str]:
    """What is wrong with a normal user name, in sentences for its owner; empty if nothing."""
    if len(username) < USERNAME_MIN_LENGTH:
        return [gettext("Use at least %(count)d characters.") % {"count": USERNAME_MIN_LENGTH}]
    if len(username) > USERNAME_MAX_LENGTH:
        return [gettext("Use at most %(count)d characters.") % {"count": USERNAME_MAX_LENGTH}]
    try:
        validate_username(username)
    except ValidationError as error:
        return [str(message) for message in error.messages]
    return []


class MaximumLengthValidator:
    """Refuses passwords that are longer than anybody types or any manager makes."""

    def __init__(self, max_length: int = PASSWORD_MAX_LENGTH) -> None:
        self.max_length = max_length

    def validate(self, password: str, user: object = None) -> None:
        """Raise ValidationError for a password beyond the limit."""
        if len(password) > self.max_length:
            raise ValidationError(self.get_help_text(), code="password_too_long")

    def get_help_text(self) -> str:
        """The rule as a sentence."""
        return gettext("Your password can have at most %(count)d characters.") % {
            "count": self.max_length
        }
