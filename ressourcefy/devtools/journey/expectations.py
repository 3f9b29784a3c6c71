"""What the journey's answers have to hold, and what they may not. Each raises StepFailed."""

from collections.abc import Sequence
from typing import Any

from devtools.journey.browser import StepFailed


def require(values: dict[str, Any], **expected: Any) -> None:
    """Each of these values."""
    for name, value in expected.items():
        if values.get(name) != value:
            raise StepFailed(f"{name} is {values.get(name)!r} instead of {value!r}")


def require_in_feed(
    items: Sequence[dict[str, Any]], title: str, *, hidden: dict[str, str]
) -> dict[str, Any]:
    """The item of that title, and none of the titles that `hidden` has by visibility."""
    by_title = {item["title"]: item for item in items}
    if title not in by_title:
        raise StepFailed("the feed does not show the public resource")
    for visibility, hidden_title in hidden.items():
        if hidden_title in by_title:
            raise StepFailed(f"the feed shows the {visibility} resource")
    return by_title[title]


def require_versions(detail: dict[str, Any], expected: list[int]) -> None:
    """The numbers of the versions, in this order."""
    numbers = [version["version_number"] for version in detail["versions"]]
    if numbers != expected:
        raise StepFailed(f"the versions are {numbers} instead of {expected}")


def require_on_page(text: str, *, shown: str, hidden: str) -> None:
    """The one title, and not the other."""
    if shown not in text or hidden in text:
        raise StepFailed("the author page shows the wrong resources to a visitor")


def require_silence(text: str, *secrets: str) -> None:
    """None of these in a refusal."""
    if any(secret in text for secret in secrets):
        raise StepFailed("the refusal gives away what it refuses")
