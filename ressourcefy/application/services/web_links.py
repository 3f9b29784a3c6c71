"""Addresses of pages that mails lead to; built from settings, never from a request."""

from urllib.parse import urlencode

from django.conf import settings


def activation_link(token: str) -> str:
    """The page that posts an activation token."""
    return _link("activate", token=token)


def password_reset_link(token: str) -> str:
    """The page that asks for a new password and posts it with a reset token."""
    return _link("reset", token=token)


def login_link() -> str:
    """The page where one signs in."""
    return _link("login")


def home_link() -> str:
    """Where one is once signed in."""
    return _link("home")


def billing_link() -> str:
    """The page where one sees and manages what one pays for."""
    return _link("billing")


def unsubscribe_link(token: str) -> str:
    """A page of this server that turns one kind of mail off."""
    return f"{settings.PUBLIC_URL}/unsubscribe/{token}/"


def export_link(token: str) -> str:
    """A file of this server with somebody's data."""
    return f"{settings.PUBLIC_URL}/api/user/export/{token}/"


def restore_account_link(token: str) -> str:
    """A page of this server that brings a deleted account back."""
    return f"{settings.PUBLIC_URL}/restore-account/{token}/"


def _link(page: str, **query: str) -> str:
    address: str = settings.WEB_LINKS[page]
    return f"{address}?{urlencode(query)}" if query else address
