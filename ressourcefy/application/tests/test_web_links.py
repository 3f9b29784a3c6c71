"""Where mails lead, and whether they get there."""

import json
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from django.test import SimpleTestCase, override_settings

from application.checks import mails_are_delivered
from application.services.web_links import activation_link, password_reset_link

PROJECT = Path(__file__).resolve().parents[2]


class WebLinkTests(SimpleTestCase):
    @override_settings(WEB_LINKS={"activate": "https://a.example/activate"})
    def test_carries_the_token_as_it_is(self) -> None:
        link = activation_link("abc.DEF-123_x")

        self.assertEqual(link, "https://a.example/activate?token=abc.DEF-123_x")

    @override_settings(WEB_LINKS={"reset": "https://a.example/reset"})
    def test_encodes_what_is_no_token(self) -> None:
        link = password_reset_link("a&b=c#d")

        self.assertEqual(parse_qs(urlsplit(link).query), {"token": ["a&b=c#d"]})


class CheckTests(SimpleTestCase):
    def test_warns_of_mails_that_only_reach_the_log(self) -> None:
        with override_settings(MAIL_IS_DELIVERED=False):
            self.assertEqual([hint.id for hint in mails_are_delivered(None)], ["application.W001"])
        with override_settings(MAIL_IS_DELIVERED=True):
            self.assertEqual(mails_are_delivered(None), [])


class SettingTests(SimpleTestCase):
    production = {
        "DJANGO_DEBUG": "False",
        "DJANGO_SECRET_KEY": "a key of fifty characters or more, for this test alone",
        "DJANGO_ALLOWED_HOSTS": "api.example.com",
        "DATABASE_URL": "postgres://localhost/none",
    }

    def load(self, **environment: str) -> subprocess.CompletedProcess[str]:
        """The WEB_LINKS of a fresh process with this environment."""
        return subprocess.run(
            [
                sys.executable,
                "-c",
                "import json, ressourcefy.settings as s; print(json.dumps(s.WEB_LINKS))",
            ],
            cwd=PROJECT,
            env={"PATH": os.environ["PATH"], "WEB_CLIENT_URL": "", **environment},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def test_lead_to_the_web_client(self) -> None:
        result = self.load(**self.production, WEB_CLIENT_URL="https://app.example.com/")

        self.assertEqual(
            json.loads(result.stdout),
            {
                "activate": "https://app.example.com/auth/activate",
                "reset": "https://app.example.com/auth/reset-password",
                "login": "https://app.example.com/auth/login",
                "home": "https://app.example.com/app",
                "billing": "https://app.example.com/billing",
                "checkout_done": (
                    "https://app.example.com/billing/success?session_id={CHECKOUT_SESSION_ID}"
                ),
                "checkout_canceled": "https://app.example.com/billing/canceled",
            },
        )

    def test_lead_to_pages_of_our_own_in_development(self) -> None:
        result = self.load(DJANGO_DEBUG="True", PORT="8123")

        self.assertEqual(
            json.loads(result.stdout)["activate"], "http://127.0.0.1:8123/dev/activate"
        )

    def test_lead_to_the_first_host_in_production_without_a_web_client(self) -> None:
        links = json.loads(self.load(**self.production).stdout)

        self.assertEqual(links["activate"], "https://api.example.com/auth/activate")

    def test_stop_the_start_for_an_address_that_is_none(self) -> None:
        result = self.load(DJANGO_DEBUG="True", WEB_CLIENT_URL="app.example.com")

        self.assertNotEqual(result.returncode, 0)
        self.assertIn("WEB_CLIENT_URL", result.stderr)
        self.assertEqual(result.stderr.count("\n"), 1)
