"""What sessions remember of a client, and for how long."""

import io
from datetime import timedelta

from django.core.management import call_command
from django.test import SimpleTestCase, TestCase
from django.utils import timezone

from core.models.base import new_id
from users.models import UserSession
from users.services.devices import device_of
from users.tests.factories import make_user

AGENTS = {
    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0": "Firefox (Linux)",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/138.0.0.0 Safari/537.36": "Chrome (Windows)",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/138.0.0.0 Safari/537.36 Edg/138.0.0.0": "Edge (Windows)",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)"
    " Version/18.5 Safari/605.1.15": "Safari (macOS)",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like"
    " Gecko) CriOS/138.0 Mobile/15E148 Safari/604.1": "Chrome (iPhone)",
    "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko)"
    " SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36": "Samsung Internet (Android)",
    "curl/8.14.1": "curl",
    "python-requests/2.32": "python-requests",
    "PostmanRuntime": "PostmanRuntime",
    "": "",
    "Mozilla/5.0": "",
    "evil.example.com/login now": "",
    "https://evil.example.com": "",
    "<b>Your bank</b>": "",
    "x" * 500: "",
}


class DeviceTests(SimpleTestCase):
    def test_is_named_without_versions_and_without_anything_of_the_callers_own(self) -> None:
        for agent, device in AGENTS.items():
            with self.subTest(agent=agent):
                self.assertEqual(device_of(agent), device)


class PruneSessionsTests(TestCase):
    def test_removes_sessions_a_while_after_their_last_day(self) -> None:
        user = make_user()
        for days in (-1, 29, 31, 32):
            UserSession.objects.create(
                user=user, refresh_id=new_id(), expires_at=timezone.now() - timedelta(days=days)
            )

        call_command("prune", only="sessions", batch=1, pause=0.0, stdout=io.StringIO())

        self.assertEqual(UserSession.objects.count(), 2)
