"""Settings of logging: one JSON object a line on standard error, redacted, with the request id."""

from typing import Any

from ressourcefy.settings.env import text

LOG_LEVEL = text("LOG_LEVEL", "INFO", choices=("DEBUG", "INFO", "WARNING", "ERROR"))

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {
        "request_context": {"()": "core.logs.RequestContextFilter"},
    },
    "formatters": {
        "json": {
            "()": "core.logs.RedactingJsonFormatter",
            "fmt": "%(asctime)s %(levelname)s %(name)s %(message)s %(request_id)s",
            "rename_fields": {"asctime": "time", "levelname": "level", "name": "logger"},
        },
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": "json",
            "filters": ["request_context"],
        },
    },
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    "loggers": {
        "django": {"handlers": [], "level": LOG_LEVEL, "propagate": True},
        # The request middleware writes one line for each request, with more in it.
        "django.server": {"handlers": [], "level": "CRITICAL", "propagate": True},
        "django.request": {"level": "ERROR", "propagate": True},
        # Two lines for each call, and with DEBUG what was sent: names and addresses of people.
        "stripe": {"level": "WARNING", "propagate": True},
    },
}
