"""Settings that would make the product promise what it cannot keep, found before it starts."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Warning, register


@register()
def limits_are_on(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Without limits passwords can be guessed as fast as the machine can hash."""
    if settings.DEBUG or settings.RATE_LIMIT_FACTOR == 1:
        return []
    return [
        Warning(
            "The limits on signing in, registering and the rest are switched off or widened.",
            hint="Remove RATE_LIMIT_FACTOR once the load test is over.",
            id="application.W002",
        )
    ]


@register(deploy=True)
def mails_are_delivered(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[CheckMessage]:
    """Nobody can activate an account whose mail goes to the log."""
    if settings.MAIL_IS_DELIVERED:
        return []
    return [
        Warning(
            "No mail provider is configured, so mails are written to the log and nobody can "
            "activate an account.",
            hint="Set RESEND_API_KEY, or EMAIL_HOST for SMTP.",
            id="application.W001",
        )
    ]
