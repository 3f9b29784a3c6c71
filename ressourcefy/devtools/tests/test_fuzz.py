"""`make fuzz` scaled down, and that it notices what it looks for."""

import io
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from unittest import TestCase

from django.core.management import CommandError, call_command
from django.test import SimpleTestCase, override_settings, tag

from devtools.environment import PROJECT
from devtools.fuzz.hostile import Attacker, Operation
from devtools.fuzz.hostile_run import HostileRun, attack
from devtools.fuzz.known import Known, sign_in
from devtools.fuzz.raw_http import PATIENCE_SECONDS, Reply, Verdict, judge
from devtools.fuzz.schema_run import SchemaRun, failures_in
from devtools.fuzz.server import Server
from devtools.journey.browser import Browser, StepFailed
from devtools.management.commands.fuzz import Command
from devtools.tests.factories import make_directory

ENVELOPE = b'{"error": {"code": "not_found", "message": "Nothing."}}'
KNOWN = Known(("a",), ("b",), ("c",), ("d",), ("e",))
OPERATIONS = (
    Operation("GET", "/api/feed/", (), ("page", "page_size")),
    Operation("POST", "/api/resources/{resource_id}/", ("title", "price_cents"), ()),
)


def fuzz(*options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", "fuzz", *options],
        cwd=PROJECT,
        env={
            **os.environ,
            "DJANGO_DEBUG": "True",
            "DJANGO_SETTINGS_MODULE": "ressourcefy.settings",
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


@tag("slow")
class FuzzTests(TestCase):
    def test_finds_nothing_with_few_examples_as_a_user_and_few_hostile_requests(self) -> None:
        """1 example of each operation (full: 100), one phase of four, one caller of three; 300
        hostile requests (full: 10,000)."""
        options = ("--as=user", "--examples=1", "--phases=fuzzing", "--hostile=300", "--seed=1")
        done = fuzz(*options)

        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertRegex(done.stdout, r"schemathesis as user +\d{2,} operations +\d{2,} requests")
        self.assertRegex(done.stdout, r"hostile requests +300 requests .* 0 findings")


class JudgementTests(TestCase):
    def verdict(self, status: int, body: bytes = b"", **changes: bool) -> Verdict:
        facts = {"may_be_no_http": False, "is_paged": False, "is_for_the_api": True, **changes}
        return judge(Reply(status, {"x-request-id": "1"}, body, 0.1), **facts)

    def test_accepts_successes_and_refusals_in_the_envelope(self) -> None:
        self.assertIs(self.verdict(200, b"{}"), Verdict.FINE)
        self.assertIs(self.verdict(404, ENVELOPE), Verdict.FINE)
        self.assertIs(self.verdict(404, b"<html>", is_for_the_api=False), Verdict.FINE)

    def test_notices_what_breaks_a_promise(self) -> None:
        items = b'{"data": [%s]}' % b",".join([b"1"] * 101)

        self.assertIs(self.verdict(500, ENVELOPE), Verdict.CRASHED)
        self.assertIs(self.verdict(404, b"<html>"), Verdict.NO_ENVELOPE)
        self.assertIs(self.verdict(404, b'{"detail": "Not found."}'), Verdict.NO_ENVELOPE)
        self.assertIs(self.verdict(200, items, is_paged=True), Verdict.LONG_LIST)
        self.assertIs(self.verdict(200, items), Verdict.FINE)

    def test_notices_silence(self) -> None:
        silence = Reply(0, {}, b"", PATIENCE_SECONDS)
        whole = {"may_be_no_http": False, "is_paged": False, "is_for_the_api": True}

        self.assertIs(judge(None, **whole), Verdict.HUNG)
        self.assertIs(judge(silence, **whole), Verdict.HUNG)
        self.assertIs(judge(silence, **whole | {"may_be_no_http": True}), Verdict.CLOSED)

    def test_lets_the_web_server_refuse_what_is_no_http_but_not_break_on_it(self) -> None:
        for status, expected in (
            (400, Verdict.REFUSED_BY_SERVER),
            (501, Verdict.REFUSED_BY_SERVER),
            (500, Verdict.CRASHED),
        ):
            of_the_server = Reply(status, {}, b"", 0.1)

            verdict = judge(of_the_server, may_be_no_http=True, is_paged=False, is_for_the_api=True)

            self.assertIs(verdict, expected)


class BrokenProduct(BaseHTTPRequestHandler):
    """Shows a schema, lets in at the second try, and crashes at whatever else it is asked."""

    refusals: Iterator[int]

    def do_GET(self) -> None:
        document = {"components": {"schemas": {}}, "paths": {"/api/feed/": {"get": {}}}}
        if self.path == "/api/schema/":
            self.answer(200, document)
        else:
            self.answer(500, {})

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        status = next(self.refusals, 200)
        self.answer(status, {"data": {"access_token": "token"}} if status == 200 else {"error": {}})

    def answer(self, status: int, value: Any) -> None:
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-Request-ID", "1")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: the output of the tests is for failures."""


class QuietServer(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """Nothing: hostile clients go in the middle of an answer."""


class BrokenProductTests(SimpleTestCase):
    def serve(self, *refusals: int) -> Server:
        handler = type("Handler", (BrokenProduct,), {"refusals": iter(refusals)})
        server = QuietServer(("127.0.0.1", 0), handler)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        log = make_directory(self) / "log"
        log.touch()
        return Server(server.server_port, log, {})

    def test_is_found_out(self) -> None:
        shown: list[int] = []

        run = attack(self.serve(), KNOWN, cases=40, seed=1, progress=shown.append)

        crashes = sum(n for (_, verdict), n in run.verdicts.items() if verdict is Verdict.CRASHED)
        self.assertGreater(crashes, 0)
        self.assertEqual(sum("5xx" in finding for finding in run.findings), crashes)
        self.assertTrue(shown)

    def test_is_signed_in_to_again_after_a_refusal(self) -> None:
        lets_in, never = self.serve(409), self.serve(*[409] * 9)

        self.assertEqual(sign_in(Browser(lets_in.url, patience_seconds=0), "user"), "token")
        with self.assertRaises(StepFailed):
            sign_in(Browser(never.url, patience_seconds=0), "user")

    def test_ends_no_run_early_without_a_word(self) -> None:
        never = self.serve(*[409] * 100)

        run = attack(never, KNOWN, cases=400, seed=1, progress=lambda done: None)

        self.assertTrue(any("a sender ended early" in finding for finding in run.findings))


class ReportTests(SimpleTestCase):
    def report(self, *failures: str, status: int = 0, hostile: HostileRun | None = None) -> str:
        output = io.StringIO()
        found = {"failures": [{"title": text, "operations": ["GET /"]} for text in failures]}
        run = SchemaRun("user", 36, 500, failures_in(found, status), 1.0, 1)
        Command(stdout=output).report([run], hostile)
        return output.getvalue()

    def test_is_good_where_nothing_was_found(self) -> None:
        self.assertIn("Nothing was found.", self.report(hostile=HostileRun()))

    def test_fails_with_every_finding_of_both_kinds(self) -> None:
        for run in (
            lambda: self.report("Server error"),
            lambda: self.report(status=1),
            lambda: self.report(hostile=HostileRun(findings=["5xx: fields"])),
        ):
            with self.assertRaisesRegex(CommandError, "1 findings"):
                run()

    @override_settings(DEBUG=False)
    def test_is_not_made_in_production(self) -> None:
        with self.assertRaisesRegex(CommandError, "in development"):
            call_command("fuzz")


class AttackerTests(TestCase):
    def test_makes_the_same_cases_from_the_same_seed(self) -> None:
        first, second, third = (Attacker(OPERATIONS, KNOWN, seed=seed) for seed in (1, 1, 2))

        made = [[attacker.case("token") for _ in range(200)] for attacker in (first, second, third)]

        self.assertEqual(made[0], made[1])
        self.assertNotEqual(made[0], made[2])
        self.assertEqual(len({case.family for case in made[0]}), 9)
