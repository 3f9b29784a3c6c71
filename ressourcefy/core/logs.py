"""Log lines: one JSON object each, with the request id and without secrets."""

import logging
from contextlib import suppress
from functools import cache
from typing import Any

import orjson
from pythonjsonlogger.json import JsonFormatter

from core.redaction import REDACTED, redact
from core.request_context import current_context

_SECRET_WORDS = ("password", "secret", "token", "authorization", "cookie", "api_key", "email")
# What no input reaches: nothing is looked for in it.
_OUR_OWN = {"time", "level", "logger"}

# No line shows them, and finding them out takes a good part of writing a line.
logging.logThreads = logging.logMultiprocessing = False
logging.logAsyncioTasks = False  # type: ignore[attr-defined]


class RequestContextFilter(logging.Filter):
    """Gives every record the id of the request, or of the event's request, that caused it."""

    def filter(self, record: logging.LogRecord) -> bool:
        if not hasattr(record, "request_id"):
            record.request_id = current_context().request_id
        return True


class RedactingJsonFormatter(JsonFormatter):
    """JSON escapes line breaks, so input cannot forge a line; values are redacted one by one."""

    def process_log_record(self, log_data: dict[str, Any]) -> dict[str, Any]:
        return {
            key: value if key in _OUR_OWN else _clean(key, value)
            for key, value in super().process_log_record(log_data).items()
        }

    def jsonify_log_record(self, log_data: dict[str, Any]) -> str:
        """By the compiled library where it says the same: it leaves as it is what is not ASCII."""
        with suppress(orjson.JSONEncodeError):
            text = orjson.dumps(log_data)
            if text.isascii():
                return text.decode()
        return super().jsonify_log_record(log_data)


@cache
def _names_a_secret(key: str) -> bool:
    return any(word in key.lower() for word in _SECRET_WORDS)


def _clean(key: str, value: Any) -> Any:
    if isinstance(value, dict):
        return {inner: _clean(str(inner), item) for inner, item in value.items()}
    if isinstance(value, list | tuple | set):
        return [_clean(key, item) for item in value]
    if isinstance(value, bool | int | float) or value is None:
        return value
    if _names_a_secret(key):
        return REDACTED
    return redact(str(value))
