"""Where a request comes from."""

import ipaddress

from django.conf import settings
from django.http import HttpRequest


def caller_address(request: HttpRequest) -> str | None:
    """The caller's IP address, or None where there is none to be had (a Unix socket).

    Behind `NUM_PROXIES` proxies it is the entry of X-Forwarded-For that the outermost of them
    appended; what the caller wrote stands further left. A header with fewer entries did not come
    through them and counts for nothing.
    """
    proxies: int = settings.NUM_PROXIES
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    if 0 < proxies <= len(forwarded) and (address := _normal(forwarded[-proxies])):
        return address
    return _normal(request.META.get("REMOTE_ADDR", ""))


def _normal(text: str) -> str | None:
    """The usual spelling; an IPv4 address in IPv6 clothes (RFC 4291) is an IPv4 address."""
    try:
        address = ipaddress.ip_address(text.strip().partition("%")[0])
    except ValueError:
        return None
    return str(getattr(address, "ipv4_mapped", None) or address)
