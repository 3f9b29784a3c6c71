"""Tokens that are read more than once."""

from datetime import timedelta

from django.test import SimpleTestCase

from api.session_tokens import _AccessToken, mint, read_access
from core.models.base import new_id
from core.tests.outbox_helpers import wait_until


class ReadAccessTests(SimpleTestCase):
    def test_a_token_that_was_good_is_not_when_its_life_is_over(self) -> None:
        token = _AccessToken()
        token.set_exp(lifetime=timedelta(seconds=2))
        token["sub"], token["sid"], token["ver"] = str(new_id()), str(new_id()), 0
        self.assertIsNotNone(read_access(str(token)))

        wait_until(lambda: read_access(str(token)) is None)

    def test_says_the_same_each_time(self) -> None:
        user_id, session_id = new_id(), new_id()
        token = mint(
            user_id=user_id, session_id=session_id, token_version=3, refresh_id=new_id()
        ).access_token

        first, second = read_access(token), read_access(token)

        assert first
        self.assertEqual(first, second)
        self.assertEqual(
            (first.user_id, first.session_id, first.token_version), (user_id, session_id, 3)
        )
        self.assertIsNone(read_access(token[:-4] + "AAAA"))
