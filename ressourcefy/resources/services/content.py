"""What a resource may say: its title, description, price and the address of its file."""

import unicodedata
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils.translation import gettext as _

from core.exceptions import InvalidAction, InvalidInput
from resources.types import Visibility

MAX_TITLE_LENGTH = 200
MAX_DESCRIPTION_LENGTH = 50_000
MAX_FILE_URL_LENGTH = 2_048
# The most that the payment provider takes in one payment: eight digits.
MAX_PRICE_CENTS = 99_999_999

# Controls, surrogates and the two characters that break lines elsewhere.
_NOT_IN_A_LINE = {"Cc", "Cs", "Zl", "Zp"}
_http_address = URLValidator(schemes=["http", "https"])


def clean_title(title: str) -> str:
    """The title without blanks around it. Raises InvalidInput for a blank or broken one."""
    title = title.strip()
    if not _is_readable(title):
        raise _refusal("title", _("A title is needed."))
    if len(title) > MAX_TITLE_LENGTH:
        raise _refusal(
            "title", _("A title has at most %(most)d characters."), most=MAX_TITLE_LENGTH
        )
    if any(unicodedata.category(character) in _NOT_IN_A_LINE for character in title):
        raise _refusal("title", _("A title is one line of text."))
    return title


def clean_description(description: str) -> str:
    """The description without blanks around it. Raises InvalidInput for a blank or broken one."""
    description = description.strip()
    if not _is_readable(description):
        raise _refusal("description", _("A description is needed."))
    if len(description) > MAX_DESCRIPTION_LENGTH:
        raise _refusal(
            "description",
            _("A description has at most %(most)d characters."),
            most=MAX_DESCRIPTION_LENGTH,
        )
    if "\x00" in description or any(unicodedata.category(char) == "Cs" for char in description):
        raise _refusal("description", _("The text holds a character that cannot be stored."))
    return description


def checked_price(visibility: Visibility, price_cents: int | None) -> int | None:
    """The price to store; zero means none.

    Raises InvalidAction for a premium resource without a price and for a price on another one.
    """
    price = price_cents or None
    if price is not None and not 0 < price <= MAX_PRICE_CENTS:
        raise _refusal(
            "price_cents", _("A price is between 1 and %(most)d cents."), most=MAX_PRICE_CENTS
        )
    if visibility == Visibility.PREMIUM and price is None:
        raise InvalidAction("A premium resource needs a price.")
    if visibility != Visibility.PREMIUM and price is not None:
        raise InvalidAction("Only a premium resource has a price.")
    return price


def checked_file_url(file_url: str) -> str:
    """The address of a file, which the server itself never opens.

    Raises InvalidInput for anything but an http or https address without user name and password,
    on one of the hosts in FILE_URL_HOSTS where that names any.
    """
    file_url = file_url.strip()
    if len(file_url) > MAX_FILE_URL_LENGTH:
        raise _refusal(
            "file_url", _("An address has at most %(most)d characters."), most=MAX_FILE_URL_LENGTH
        )
    try:
        _http_address(file_url)
        parts = urlsplit(file_url)
        host, _port = (parts.hostname or "").rstrip("."), parts.port
    except (ValidationError, ValueError) as error:
        raise _refusal("file_url", _("An http or https address is needed.")) from error
    if "@" in parts.netloc or "\\" in file_url or not file_url.isprintable():
        raise _refusal("file_url", _("This address holds characters that do not belong there."))
    if settings.FILE_URL_HOSTS and host not in settings.FILE_URL_HOSTS:
        raise _refusal("file_url", _("Files cannot lie on this host."))
    return file_url


def _is_readable(text: str) -> bool:
    """Whether there is anything to see: format characters and blanks alone are nothing."""
    return any(character.isprintable() and not character.isspace() for character in text)


def _refusal(field: str, message: str, **values: int) -> InvalidInput:
    return InvalidInput("Some fields are not valid.", details={field: [message % values]})
