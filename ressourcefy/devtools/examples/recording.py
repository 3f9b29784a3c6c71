"""Makes answers of the demo generic enough to be printed in the documentation."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from api.examples import AREAS, answers_file, demo

_MOST_ITEMS = 2
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)")
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_LOCAL = re.compile(r"http://127\.0\.0\.1:\d+")
_STRIPE_ID = re.compile(r"\b(cs_test|bps|ch|re)_[A-Za-z0-9]{14,}")
_SOME_TIME = "2026-01-25T12:00:00Z"
_SOME_ID = "01980000-0000-7000-8000-000000000000"
# Where only Stripe's pages are linked to, and where our own are.
_PAGES = {"/pay/": "https://checkout.stripe.com", "/portal/": "https://billing.stripe.com"}
_SECRETS = {"access_token": "<access token>", "refresh_token": "<refresh token>"}
_KNOWN_IDS = {
    row_id
    for ids in (
        demo.PEOPLE,
        demo.RESOURCES,
        demo.COMMENTS,
        demo.TAGS,
        demo.ROLE_REQUESTS,
        demo.SUBSCRIPTIONS,
        demo.PAYMENTS,
        demo.SESSIONS,
    )
    for row_id in ids.values()
}


def generic(value: Any, name: str = "") -> Any:
    """`value` without times, tokens, random ids and long lists."""
    if isinstance(value, dict):
        return {key: generic(inner, key) for key, inner in value.items()}
    if isinstance(value, list):
        return [generic(item) for item in value[:_MOST_ITEMS]]
    if isinstance(value, str):
        return _SECRETS.get(name) or _generic_text(value)
    return value


def record(answers: Mapping[str, Any]) -> list[Path]:
    """Write the answers, by operation, to where the documentation takes them from."""
    written = []
    for area, examples in AREAS.items():
        file = answers_file(area)
        kept = {name: generic(answers[name]) for name in sorted(examples) if name in answers}
        file.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n")
        written.append(file)
    return written


def _generic_text(text: str) -> str:
    for page, origin in _PAGES.items():
        if page in text:
            text = _LOCAL.sub(origin, text)
    text = _LOCAL.sub("https://api.example.com", _TIME.sub(_SOME_TIME, text))
    text = _STRIPE_ID.sub(lambda match: f"{match[1]}_demo", text)
    return _ID.sub(lambda match: match[0] if match[0] in _KNOWN_IDS else _SOME_ID, text)
