"""The program as it is started: refusals, the state file, and the end."""

import os
import signal
import subprocess
import sys
import tempfile
import unittest
import uuid
from pathlib import Path

from development_stripe.control.happenings import set_endpoint
from development_stripe.store import Store
from development_stripe.tests.stack import CATALOGUE, MONTHLY, call, make_client

ROOT = Path(__file__).resolve().parents[2]


class Program:
    """The development Stripe in a process of its own."""

    def __init__(
        self, test: unittest.TestCase, *arguments: str, port: str = "0", **environment: str
    ) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "development_stripe", "--port", port, *arguments],
            cwd=ROOT,
            env={**os.environ, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        test.addCleanup(self.end)

    def address(self) -> str:
        """Waits for the line that says where it listens."""
        assert self.process.stdout
        line = self.process.stdout.readline()
        assert line.startswith("development Stripe listening on http://127.0.0.1:"), line
        return line.split()[-1]

    def end(self) -> tuple[int, str]:
        """SIGTERM; the status and what it complained about."""
        self.process.terminate()
        return self.outcome()

    def outcome(self) -> tuple[int, str]:
        try:
            _output, problems = self.process.communicate(timeout=20)
        except ValueError:
            return self.process.returncode, ""
        return self.process.returncode, problems


class StartTests(unittest.TestCase):
    def setUp(self) -> None:
        self.key = f"sk_test_{uuid.uuid4().hex}"

    def make_file(self) -> Path:
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        return Path(directory.name) / "below" / "state.json"

    def test_is_refused_where_it_would_be_wrong(self) -> None:
        hook = ("--endpoint", "http://127.0.0.1:9/", "--secret", "whsec_1", "--key")
        cases: list[tuple[tuple[str, ...], dict[str, str], str]] = [
            ((), {"DJANGO_DEBUG": "False"}, "DJANGO_DEBUG"),
            (("--host", "0.0.0.0"), {}, "loopback"),
            (("--host", "192.0.2.1"), {}, "loopback"),
            ((*hook, "sk_live_1"), {}, "live key"),
            ((*hook, "rk_live_1"), {}, "live key"),
            ((*hook, "password"), {}, "sk_test_"),
            (("--key", "sk_test_1"), {}, "go together"),
        ]
        for arguments, environment, words in cases:
            with self.subTest(arguments=arguments, environment=environment):
                program = Program(self, *arguments, **{"DJANGO_DEBUG": "", **environment})

                status, problem = program.outcome()

                self.assertEqual(status, 2)
                self.assertIn(words, problem)
                self.assertEqual(problem.count("\n"), 1)

    def test_is_refused_on_a_port_that_is_taken(self) -> None:
        port = Program(self).address().rpartition(":")[2]

        status, problem = Program(self, port=port).outcome()

        self.assertEqual(status, 2)
        self.assertIn("cannot be used", problem)

    def test_ends_at_once_when_asked_to(self) -> None:
        program = Program(self, DJANGO_DEBUG="True")
        program.address()

        self.assertEqual(program.end()[0], 0)

    def test_ends_with_its_launcher(self) -> None:
        ours, theirs = os.pipe()
        process = subprocess.Popen(
            [sys.executable, "-m", "development_stripe", "--port", "0"],
            cwd=ROOT,
            env={**os.environ, "RESSOURCEFY_LIFELINE": str(ours)},
            stdout=subprocess.PIPE,
            pass_fds=[ours],
        )
        self.addCleanup(process.communicate)
        assert process.stdout
        process.stdout.readline()
        os.close(ours)

        os.close(theirs)

        self.assertEqual(process.wait(20), 0)

    def test_keeps_everything_in_its_file(self) -> None:
        file = self.make_file()
        first = Program(self, "--state", str(file))
        base = first.address()
        call(base, self.key, "POST", "/control/catalogue", {"prices": CATALOGUE})
        customer = make_client(base, self.key).v1.customers.create({"email": "a@example.com"})
        session = make_client(base, self.key).v1.checkout.sessions.create(
            {
                "mode": "subscription",
                "customer": customer.id,
                "success_url": "https://shop.example.com",
                "line_items": [{"price": MONTHLY, "quantity": 1}],
            }
        )
        first.process.send_signal(signal.SIGKILL)

        second = Program(self, "--state", str(file)).address()

        client = make_client(second, self.key)
        self.assertEqual(client.v1.customers.retrieve(customer.id).email, "a@example.com")
        # The address leads to where the program listens now.
        self.assertEqual(
            client.v1.checkout.sessions.retrieve(session.id).url, f"{second}/pay/{session.id}"
        )

    def test_moves_only_its_own_addresses(self) -> None:
        file = self.make_file()
        old = Store(file=file)
        old.load("http://127.0.0.1:80")
        endpoint = {"url": "http://127.0.0.1:8000/hook", "secret": "whsec_1"}
        set_endpoint(old.account(self.key), endpoint)
        old.save()
        new = Store(file=file)

        new.load("http://127.0.0.1:99")

        found = new.account(self.key).all("webhook_endpoint")
        self.assertEqual([one["url"] for one in found], ["http://127.0.0.1:8000/hook"])

    def test_starts_empty_with_a_damaged_file(self) -> None:
        file = self.make_file()
        file.parent.mkdir()
        file.write_text('{"accounts": [{"key"')

        program = Program(self, "--state", str(file))
        customers = make_client(program.address(), self.key).v1.customers.list()

        self.assertEqual(len(customers.data), 0)
        self.assertIn("cannot be read", program.end()[1])

    def test_can_know_an_endpoint_from_the_beginning(self) -> None:
        arguments = ("--endpoint", "http://127.0.0.1:9/hook", "--secret", "whsec_1")

        base = Program(self, *arguments, "--key", self.key).address()

        endpoints = make_client(base, self.key).v1.webhook_endpoints.list()
        self.assertEqual([one.url for one in endpoints], ["http://127.0.0.1:9/hook"])


class OnlyTheStandardLibraryTests(unittest.TestCase):
    def test_is_needed_to_run(self) -> None:
        # -I and -S: no site-packages, no environment.
        script = (
            f"import sys; sys.path.insert(0, {str(ROOT)!r}); import development_stripe.__main__"
        )

        done = subprocess.run(
            [sys.executable, "-I", "-S", "-c", script], capture_output=True, text=True, check=False
        )

        self.assertEqual(done.returncode, 0, done.stderr)
