"""What several test modules of the API begin with."""

from typing import Any

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
