"""The journey through the product: `make journey`, and what it does when a step breaks."""

import json
import os
import re
import secrets
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import StringIO
from typing import Any
from unittest.mock import patch
from urllib.parse import urlsplit

import psycopg
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import SimpleTestCase, TransactionTestCase, override_settings, tag

from devtools.environment import DEMO_TEMPLATE
from devtools.journey.browser import StepFailed
from devtools.journey.demo_database import demo_database
from devtools.journey.expectations import (
    require,
    require_in_feed,
    require_on_page,
    require_silence,
    require_versions,
)
from devtools.journey.stack import (
    SCRATCH_NAME,
    SCRATCH_PREFIX,
    StackFailed,
    running_product,
    scratch_database,
)

STEPS = 30


def make_server(
    test: SimpleTestCase, *, status: int, body: Any, others: Mapping[str, tuple[int, Any]] = {}
) -> str:
    """A server that gives every request the same answer, but for paths that `others` names.

    Returns its address.
    """

    class SameAnswer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            status_here, body_here = others.get(self.path, (status, body))
            answer = json.dumps(body_here).encode()
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.send_response(status_here)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def do_GET(self) -> None:
            self.do_POST()

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing: the output of the tests is for failures."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), SameAnswer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    test.addCleanup(server.server_close)
    test.addCleanup(server.shutdown)
    return f"http://127.0.0.1:{server.server_port}"


def run_journey(*options: str) -> tuple[str, str]:
    """What the command printed, and what it failed with."""
    output = StringIO()
    try:
        with override_settings(DEBUG=True):
            call_command("journey", *options, stdout=output)
    except CommandError as error:
        return output.getvalue(), str(error)
    return output.getvalue(), ""


def steps_in(output: str, mark: str) -> list[int]:
    return [int(number) for number in re.findall(rf"^ ?(\d+) {mark} ", output, re.MULTILINE)]


def scratch_databases() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database WHERE datname ~ %s", [SCRATCH_NAME])
        return {name for (name,) in cursor.fetchall()}


def own_database_url() -> str:
    """The database of this very test process, for programs that it starts."""
    name = connection.settings_dict["NAME"]
    return urlsplit(settings.DATABASE_URL)._replace(path=f"/{name}").geturl()


@tag("slow")
class JourneyTests(TransactionTestCase):
    def test_goes_all_the_way(self) -> None:
        # As out of the tests: on a database made for it, and not on a copy.
        with patch.dict(os.environ):
            os.environ.pop(DEMO_TEMPLATE, None)
            output, error = run_journey()

        self.assertEqual((error, steps_in(output, "✘")), ("", []), output)
        self.assertEqual(steps_in(output, "✔"), list(range(1, STEPS + 1)))

    def test_fails_loudly_where_mails_do_not_arrive(self) -> None:
        with running_product(own_database_url(), with_worker=False) as base_url:
            output, error = run_journey("--base-url", base_url, "--patience", "0.5")

        self.assertEqual(error, "Step 2 failed: The mailbox has an activation link.")
        self.assertEqual((steps_in(output, "✔"), steps_in(output, "✘")), ([1], [2]))
        self.assertIn("does the outbox worker run?", output)


class BrokenProductTests(SimpleTestCase):
    def test_is_noticed_where_nobody_answers(self) -> None:
        output, error = run_journey("--base-url", "http://127.0.0.1:1")

        self.assertEqual(error, "Step 1 failed: Somebody registers.")
        self.assertIn("POST /api/auth/register/ got no answer", output)

    def test_is_noticed_by_a_wrong_status(self) -> None:
        body = {"error": {"code": "server_error", "message": "Oh."}}
        address = make_server(self, status=500, body=body)

        output, error = run_journey("--base-url", address)

        self.assertEqual(error, "Step 1 failed: Somebody registers.")
        self.assertIn("answered 500 server_error instead of 201", output)

    def test_is_noticed_by_an_answer_of_another_shape(self) -> None:
        bodies: list[Any] = [{}, {"data": {}}, [], "text"]
        for body in bodies:
            with self.subTest(body=body):
                address = make_server(self, status=201, body=body)

                output, error = run_journey("--base-url", address)

                self.assertEqual(error, "Step 1 failed: Somebody registers.")
                self.assertEqual(steps_in(output, "✘"), [1])

    def test_is_noticed_by_an_answer_that_lacks_something(self) -> None:
        not_activated = (403, {"error": {"code": "account_not_activated", "message": "No."}})
        address = make_server(
            self, status=201, body={"data": {}}, others={"/api/auth/login/": not_activated}
        )

        output, error = run_journey("--base-url", address)

        self.assertEqual(error, "Step 1 failed: Somebody registers.")
        self.assertIn("the answer lacks what was expected", output)


class ExpectationTests(SimpleTestCase):
    """What a broken product could answer, beside what the journey expects."""

    def test_values_are_these(self) -> None:
        require({"role": "USER", "more": 1}, role="USER")

        with self.assertRaisesRegex(StepFailed, "role is 'ADMIN' instead of 'USER'"):
            require({"role": "ADMIN"}, role="USER")

    def test_the_feed_shows_what_is_public_and_nothing_else(self) -> None:
        public, private = {"title": "Public"}, {"title": "Private"}
        hidden = {"private": "Private"}

        self.assertIs(require_in_feed([public], "Public", hidden=hidden), public)
        with self.assertRaisesRegex(StepFailed, "does not show the public"):
            require_in_feed([], "Public", hidden=hidden)
        with self.assertRaisesRegex(StepFailed, "shows the private"):
            require_in_feed([private, public], "Public", hidden=hidden)

    def test_versions_are_the_newest_first(self) -> None:
        versions = [{"version_number": number} for number in (2, 1)]

        require_versions({"versions": versions}, [2, 1])
        with self.assertRaisesRegex(StepFailed, r"\[1, 2\] instead of \[2, 1\]"):
            require_versions({"versions": versions[::-1]}, [2, 1])

    def test_pages_and_refusals_keep_what_is_not_for_everybody(self) -> None:
        require_on_page("A page with Public", shown="Public", hidden="Private")
        require_silence("No.", "file.pdf", "All of it")

        for text in ("A page", "Public and Private"):
            with self.assertRaisesRegex(StepFailed, "wrong resources"):
                require_on_page(text, shown="Public", hidden="Private")
        with self.assertRaisesRegex(StepFailed, "gives away"):
            require_silence("Not for you: file.pdf", "file.pdf", "All of it")


class StackTests(TransactionTestCase):
    def test_drops_the_scratch_database_whatever_happens(self) -> None:
        before = scratch_databases()

        with self.assertRaises(ZeroDivisionError), scratch_database(own_database_url()) as url:
            during = scratch_databases() - before
            raise ZeroDivisionError

        self.assertEqual(during, {urlsplit(url).path.removeprefix("/")})
        self.assertEqual(scratch_databases() & during, set())

    def test_drops_what_a_killed_journey_has_left(self) -> None:
        leftover = f"{SCRATCH_PREFIX}1000000000_{secrets.token_hex(4)}"
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {leftover}")

        with scratch_database(own_database_url()):
            names = scratch_databases()

        self.assertNotIn(leftover, names)

    def test_copies_the_demo_that_another_test_made(self) -> None:
        name = f"{connection.settings_dict['NAME']}_template"
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {name}")
        self.addCleanup(self.drop, name)
        template = urlsplit(own_database_url())._replace(path=f"/{name}").geturl()
        with psycopg.connect(template) as made:
            made.execute("CREATE TABLE here ()")

        with (
            patch.dict(os.environ, {DEMO_TEMPLATE: name}),
            demo_database(own_database_url()) as url,
            psycopg.connect(url) as copy,
        ):
            self.assertEqual(copy.execute("SELECT FROM here").rowcount, 0)
            self.assertNotEqual(copy.info.dbname, name)

    def drop(self, name: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def test_says_why_the_product_does_not_start(self) -> None:
        url = urlsplit(own_database_url())._replace(scheme="mysql").geturl()

        with self.assertRaisesRegex(StackFailed, "only PostgreSQL"), running_product(url):
            self.fail("It started.")


class ProductionTests(SimpleTestCase):
    @override_settings(DEBUG=False)
    def test_the_journey_starts_nothing_there(self) -> None:
        with self.assertRaisesRegex(CommandError, "in development"):
            call_command("journey")
