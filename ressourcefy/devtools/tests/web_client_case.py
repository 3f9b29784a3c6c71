"""What tests with the web client stand on: a started product, a browser each, and expectations."""

from collections.abc import Iterable
from contextlib import ExitStack
from typing import Any
from unittest import addModuleCleanup

from django.test import TransactionTestCase, tag

from devtools.demo.accounts import DEMO_PASSWORD
from devtools.journey.browser import Browser
from devtools.journey.demo_database import demo_database
from devtools.journey.stack import running_product
from devtools.tests.servers import own_database_url
from devtools.tests.web_client import Seen, WebClient

USER = {
    *("id", "email", "username", "bio", "avatar_url", "activated", "onboarding_step", "role"),
    "createdAt",
}
STATS = {"comment_count", "upvotes", "downvotes", "total_votes"}
PAGE = {"page", "page_size", "total_count", "total_pages", "has_next", "has_previous"}
# More than the real one's, on a machine that is busy with other tests.
PATIENCE_SECONDS = 30.0


class Product:
    """The one that all tests of a module ask."""

    base_url: str
    mailbox: Browser


def start_product() -> None:
    """For a module's tests: the demo in a database of its own, gone at the module's end."""
    stack = ExitStack()
    addModuleCleanup(stack.close)
    url = stack.enter_context(demo_database(own_database_url()))
    Product.base_url = stack.enter_context(running_product(url))
    Product.mailbox = Browser(Product.base_url, patience_seconds=PATIENCE_SECONDS)


@tag("slow")
class WebClientTestCase(TransactionTestCase):
    """Each test has a browser of its own."""

    def visit(self) -> WebClient:
        return WebClient(f"{Product.base_url}/api", seconds=PATIENCE_SECONDS)

    def sign_in(self, username: str) -> WebClient:
        client = self.visit()
        client.sign_in(f"{username}@example.com", DEMO_PASSWORD)
        return client

    def assert_shown(self, seen: Seen, status: int = 200) -> Any:
        """The call succeeded, and the client could read it; returns the body."""
        self.assertEqual((seen.status, seen.code), (status, ""), seen)
        self.assertIsInstance(seen.body, dict)
        return seen.body

    def assert_refused(self, seen: Seen, status: int, code: str) -> None:
        """The call failed, with a sentence for the person."""
        self.assertEqual((seen.status, seen.code), (status, code), seen)
        self.assertTrue(seen.message)

    def assert_fields(self, thing: dict[str, Any], fields: Iterable[str]) -> None:
        self.assertLessEqual(set(fields), thing.keys())

    def assert_cards(self, cards: list[dict[str, Any]]) -> None:
        """What a card draws without looking twice."""
        for card in cards:
            self.assert_fields(card, {"id", "title", "price_cents", "visibility"})
            self.assertTrue(card["author_name"])
            self.assertEqual(len(card["tags"]), len(set(card["tags"])))
            self.assertEqual(card["stats"].keys(), STATS)
            self.assertEqual(
                card["stats"]["total_votes"], card["stats"]["upvotes"] + card["stats"]["downvotes"]
            )
            self.assertNotEqual(card["price_cents"], 0)
