"""Guessing passwords over real HTTP, at two server processes that share a database."""

import json
import time
import urllib.error
import urllib.request
from collections import Counter
from contextlib import ExitStack
from typing import Any

from django.test import TransactionTestCase

from core.tests.races import at_once
from devtools.journey.stack import running_product
from devtools.tests.test_journey import own_database_url
from users.tests.factories import make_user

_PATIENCE_SECONDS = 60.0


def post(address: str, body: dict[str, str], **headers: str) -> tuple[int, dict[str, Any], str]:
    """Status, body and Retry-After of the answer.

    The development server lets ten connections wait; those that it turns away come again.
    """
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            return _post(address, body, headers)
        except (ConnectionError, urllib.error.URLError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def _post(
    address: str, body: dict[str, str], headers: dict[str, str]
) -> tuple[int, dict[str, Any], str]:
    request = urllib.request.Request(
        address,
        json.dumps(body).encode(),
        {"Content-Type": "application/json"}
        | {name.replace("_", "-"): value for name, value in headers.items()},
    )
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, json.load(answer), ""
    except urllib.error.HTTPError as error:
        return error.code, json.load(error), error.headers.get("Retry-After", "")


class GuessingTests(TransactionTestCase):
    def test_five_of_fifty_guesses_at_once_are_judged_by_two_servers_together(self) -> None:
        email = make_user().email
        with ExitStack() as stack:
            servers = [
                stack.enter_context(running_product(own_database_url(), with_worker=False))
                for _ in range(2)
            ]

            def guess(number: int) -> tuple[int, dict[str, Any], str]:
                return post(
                    f"{servers[number % 2]}/api/auth/login/",
                    {"email": email, "password": f"guess {number}"},
                    X_Forwarded_For=f"198.51.100.{number}",
                )

            answers = at_once([lambda number=number: guess(number) for number in range(50)])
            reset = post(f"{servers[0]}/api/auth/password-reset/", {"email": email})

        results = [answer for answer in answers if not isinstance(answer, Exception)]
        kinds = Counter((status, body["error"]["code"]) for status, body, _ in results)
        self.assertEqual(kinds, {(401, "invalid_credentials"): 5, (429, "throttled"): 45})
        waits = {retry_after for status, _, retry_after in results if status == 429}
        self.assertTrue(all(0 < int(wait) <= 300 for wait in waits), waits)
        self.assertEqual(reset[0], 200)
