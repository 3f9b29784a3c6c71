"""What several test modules of the API begin with."""

from typing import Any

from django.core.cache import caches
from django.test import override_settings

from api.tests.base import ApiTestCase
from resources.models import Resource
from resources.tests.factories import make_resource
from users.models import User
from users.tests.factories import make_contributor


class SignedInTestCase(ApiTestCase):
    """Signed in as a contributor."""

    author: User

    def setUp(self) -> None:
        self.author = make_contributor()
        self.sign_in(self.author)

    def make_own(self, **fields: Any) -> Resource:
        return make_resource(author=self.author, **fields)


@override_settings(HOT_READ_SECONDS=2)
class KeptAnswerTestCase(ApiTestCase):
    """Answers are kept, and none is at the beginning."""

    def setUp(self) -> None:
        super().setUp()
        caches["hot"].clear()
        self.addCleanup(caches["hot"].clear)

    def assert_kept_as_it_is_made(self, path: str) -> None:
        """The same body and headers, but for the request's id; and the second one sends nothing."""
        self.client.get(path)
        with self.assertNumQueries(0):
            kept = self.client.get(path)
        with override_settings(HOT_READ_SECONDS=0):
            made = self.client.get(path)

        self.assertEqual(kept.content, made.content)
        for headers in (kept.headers, made.headers):
            del headers["X-Request-ID"]
        self.assertEqual(dict(kept.headers), dict(made.headers))
