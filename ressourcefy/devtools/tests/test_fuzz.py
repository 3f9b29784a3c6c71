"""`make fuzz` scaled down, and that it notices what it looks for."""

import io
import os
import subprocess
import sys
from unittest import TestCase

from django.core.management import CommandError, call_command
from django.test import SimpleTestCase, override_settings

from devtools.environment import PROJECT
from devtools.fuzz.hostile import Attacker, Operation
from devtools.fuzz.hostile_run import HostileRun
from devtools.fuzz.known import Known
from devtools.fuzz.raw_http import PATIENCE_SECONDS, Reply, Verdict, judge
from devtools.fuzz.schema_run import SchemaRun, failures_in
from devtools.management.commands.fuzz import Command

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


class FuzzTests(TestCase):
    def test_finds_nothing_with_few_examples_as_a_user(self) -> None:
        """1 example of each operation (full: 100), one phase of four, one caller of three."""
        options = ("--as=user", "--examples=1", "--phases=fuzzing", "--hostile=0", "--seed=1")
        done = fuzz(*options)

        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertRegex(done.stdout, r"schemathesis as user +3\d operations +\d{2,} requests")

    def test_finds_nothing_with_few_hostile_requests(self) -> None:
        """300 hostile requests (full: 10,000)."""
        done = fuzz("--examples=0", "--hostile=300", "--seed=1")

        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
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
