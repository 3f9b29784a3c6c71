"""Where Stripe may send a person back to: pages of the web client, and nowhere else."""

from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext

from application.exceptions import ReturnAddressRefused

_LONGEST = 2_048


def allowed_address(address: str, *, field: str, default: str) -> str:
    """`address` if its origin is one of BILLING_RETURN_ORIGINS, or `default` for an empty one.

    Stripe's placeholder {CHECKOUT_SESSION_ID} may be in it. Raises ReturnAddressRefused.
    """
    if not address:
        return settings.WEB_LINKS[default]
    if not _is_allowed(address):
        raise ReturnAddressRefused(details={field: [gettext(ReturnAddressRefused.message)]})
    return address


def _is_allowed(address: str) -> bool:
    # Browsers read a backslash as a slash, and drop what does not print.
    if len(address) > _LONGEST or "\\" in address or not address.isprintable() or " " in address:
        return False
    try:
        parts = urlsplit(address)
        origin = f"{parts.scheme}://{parts.netloc}"
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and origin.lower() in {
        allowed.lower() for allowed in settings.BILLING_RETURN_ORIGINS
    }
