"""The pages for operators: their commands run as printed, the tests they name are there."""

import re
import subprocess
import sys
import unittest
from collections import defaultdict

from django.test import SimpleTestCase, TransactionTestCase, tag

from api.exception_handlers import _CODE_OF_FRAMEWORK_ERROR, _STATUS_OF_KIND
from application.services.stripe_service import API_VERSION
from application.tests.shop import CATALOGUE, Shop
from core.models import OutboxEvent
from devtools.environment import PROJECT
from devtools.journey.stack import free_port
from devtools.postgres import CHECKOUT
from devtools.tests.factories import start_process, wait_until
from devtools.tests.servers import PYTHON_BIN, WebServer, make_environment, request
from users.tests.factories import make_user

DOCS = CHECKOUT / "docs"
OF_STRIPE = re.compile(r"reconcile_billing|check_stripe|replay_webhook")
PAGES = ("operations.md", "security.md", "runbook.md", "deployment.md", "configuration.md")


def blocks(page: str, language: str) -> list[str]:
    """The blocks of code of a page."""
    text = (DOCS / page).read_text()
    return re.findall(rf"(?ms)^```{language}\n(.*?)^```$", text)


@tag("slow")
class RunbookTests(TransactionTestCase):
    def test_every_command_works_as_printed(self) -> None:
        ports = {"9101": free_port(), "9102": free_port()}
        environment = make_environment(
            METRICS_PORT=str(ports["9101"]),
            OUTBOX_METRICS_PORT=str(ports["9102"]),
            RESEND_API_KEY="re_0123456789",
        )
        environment["PATH"] = f"{PYTHON_BIN}:{environment['PATH']}"
        web = WebServer(self, environment)
        start_process(
            self,
            [sys.executable, "manage.py", "process_events", "--loop"],
            cwd=PROJECT,
            env=environment,
            output=subprocess.DEVNULL,
        )
        wait_until(lambda: answers(ports["9102"]), "the worker shows its figures")
        OutboxEvent.objects.create(
            aggregate_type="USER",
            aggregate_id="1",
            event_type="user.registered",
            status=OutboxEvent.Status.FAILED,
        )
        make_user(email="reader@example.com")
        shop = Shop()
        paying = environment | shop_environment(shop)
        found = blocks("runbook.md", "bash")

        for block in found:
            script = block.replace("127.0.0.1:8000", f"127.0.0.1:{web.port}")
            script = script.replace("evt_1ABC", shop.emit("product.created", {"id": "prod_1"}).id)
            for printed, port in ports.items():
                script = script.replace(f"127.0.0.1:{printed}", f"127.0.0.1:{port}")
            with self.subTest(commands=block):
                done = subprocess.run(
                    ["bash", "-euo", "pipefail", "-c", script],
                    cwd=PROJECT,
                    env=paying if OF_STRIPE.search(block) else environment,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    text=True,
                    check=False,
                )
                self.assertEqual(done.returncode, 0, done.stdout)

        self.assertGreaterEqual(len(found), 16)


def shop_environment(shop: Shop) -> dict[str, str]:
    """What lets commands talk to the shop, whose endpoint is as the deployment page wants it."""
    shop.control(
        "endpoint",
        url="http://localhost/api/billing/webhook/",
        secret=shop.secret,
        enabled_events=["*"],
        api_version=API_VERSION,
    )
    prices = ", ".join(
        f"{one['key']} {one['price_id']} {one['amount_cents']} {one['currency']} {one['interval']}"
        for one in CATALOGUE
    )
    return {
        "DJANGO_DEBUG": "True",
        "DJANGO_ALLOWED_HOSTS": "",
        "STRIPE_API_BASE": shop.url,
        "STRIPE_SECRET_KEY": shop.key,
        "STRIPE_WEBHOOK_SECRET": shop.secret,
        "BILLING_PRICES": prices,
    }


def answers(port: int) -> bool:
    try:
        return request(port, "/metrics")[0] == 200
    except OSError:
        return False


class PagesTests(SimpleTestCase):
    def test_the_tests_they_name_are_there(self) -> None:
        named = {
            label
            for page in PAGES
            for label in re.findall(r"`([a-z_]+\.tests\.[\w.]+)`", (DOCS / page).read_text())
        }

        missing = []
        for label in sorted(named):
            loader = unittest.TestLoader()
            suite = loader.loadTestsFromName(label)
            if loader.errors or not (suite.countTestCases() or is_package(label)):
                missing.append(label)

        self.assertGreater(len(named), 30)
        self.assertEqual(missing, [])

    def test_the_variables_they_name_are_those_of_the_product(self) -> None:
        example = (CHECKOUT / ".env.example").read_text()
        known = set(re.findall(r"(?m)^([A-Z_]+)=", example))
        prefixes = "DJANGO|DATABASE|METRICS|OUTBOX|RETENTION|EMAIL|SECURE|JWT|RESEND|STRIPE|HEALTH"
        named = {
            name
            for page in PAGES
            for name in re.findall(rf"`((?:{prefixes})_[A-Z_]+)`", (DOCS / page).read_text())
        }

        self.assertGreater(len(named), 15)
        self.assertEqual(named - known, set())

    def test_the_codes_of_errors_are_those_of_the_product(self) -> None:
        product: dict[int, set[str]] = defaultdict(set)
        refusals = [*_STATUS_OF_KIND]
        while refusals:
            refusal, status = refusals.pop()
            product[status].add(refusal.code)
            refusals += [(kind, status) for kind in refusal.__subclasses__()]
        for error, code in _CODE_OF_FRAMEWORK_ERROR:
            product[error.status_code].add(code)  # type: ignore[attr-defined]
        product[413].add("request_too_large")
        product[500].add("server_error")

        rows = re.findall(r"(?m)^\| (\d{3}) \| (.*) \|$", (DOCS / "api.md").read_text())
        printed = {
            int(status): {word for word in re.findall(r"`(\w+)`", text) if word.islower()}
            for status, text in rows
        }

        self.assertEqual(printed, dict(product))

    def test_links_between_pages_lead_somewhere(self) -> None:
        broken = [
            f"{page.name}: {target}"
            for page in (*(DOCS / name for name in PAGES), *CHECKOUT.glob("*.md"))
            for target in re.findall(r"\]\(([^)#:]+\.md)(?:#[^)]*)?\)", page.read_text())
            if not (page.parent / target).exists()
        ]

        self.assertEqual(broken, [])


def is_package(label: str) -> bool:
    """Whether a label names a package of tests."""
    return (PROJECT / label.replace(".", "/")).is_dir()
