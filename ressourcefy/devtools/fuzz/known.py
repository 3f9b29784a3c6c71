"""What a fuzzer has to know to get past the first check: ids that exist, and who signs in how."""

from dataclasses import dataclass
from http import HTTPStatus
from itertools import islice

from devtools.demo.accounts import DEMO_PASSWORD, email_of
from devtools.journey.browser import Browser
from users.types import Role

#: As whom everything is tried; a visitor has no address.
CALLERS = {
    "visitor": "",
    "user": email_of(Role.USER),
    "administrator": email_of(Role.SUPERADMIN),
}
_MOST_RESOURCES = 20
# Signing in while somebody signs out everywhere is refused.
_TRIES = 5


@dataclass(frozen=True)
class Known:
    """Ids and names of the demo content."""

    resources: tuple[str, ...]
    comments: tuple[str, ...]
    tags: tuple[str, ...]
    slugs: tuple[str, ...]
    users: tuple[str, ...]


def sign_in(browser: Browser, caller: str) -> str:
    """A new access token for one of CALLERS; empty for the visitor."""
    if not (email := CALLERS[caller]):
        return ""
    credentials = {"email": email, "password": DEMO_PASSWORD}
    for _ in range(_TRIES):
        answer = browser.call("POST", "/api/auth/login/", credentials)
        if answer.status == HTTPStatus.OK:
            break
    return str(answer.expect(200).data["access_token"])


def look_around(browser: Browser) -> Known:
    """What an administrator sees."""
    token = sign_in(browser, "administrator")
    cards = browser.call("GET", "/api/feed/?page_size=100", token=token).expect(200).data
    tags = browser.call("GET", "/api/tags/").expect(200).data
    comments = [
        comment["id"]
        for card in islice(cards, _MOST_RESOURCES)
        for comment in browser.call(
            "GET", f"/api/resources/{card['id']}/comments/?page_size=100", token=token
        )
        .expect(200)
        .data
    ]
    return Known(
        resources=tuple(card["id"] for card in cards),
        comments=tuple(comments),
        tags=tuple(tag["id"] for tag in tags),
        slugs=tuple(tag["slug"] for tag in tags),
        users=tuple({card["author_id"]: None for card in cards}),
    )
