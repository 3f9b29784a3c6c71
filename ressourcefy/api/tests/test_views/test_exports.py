"""Asking for one's data over HTTP, and the file behind the mailed link."""

import json
import re
from datetime import timedelta
from typing import Any

from django.core import mail
from django.core.files.storage import storages
from django.utils import timezone

from api.tests.base import ApiTestCase
from core.outbox import process_outbox
from users.models import DataExport, User
from users.services.exports import export_token_for, remove_expired_exports
from users.services.mail_tokens import reset_token_for
from users.services.sessions import end_all_sessions
from users.tests.factories import make_user

PATH = "/api/user/export/"


class ExportTests(ApiTestCase):
    user: User

    def setUp(self) -> None:
        self.user = make_user()
        self.sign_in(self.user)

    def tearDown(self) -> None:
        DataExport.objects.update(expires_at=timezone.now() - timedelta(days=1))
        remove_expired_exports()

    def link(self) -> str:
        """The address in the mail, after a worker has built the file."""
        self.assertEqual(self.client.post(PATH).status_code, 201)
        process_outbox(20)
        found = re.search(r"(/api/user/export/\S+)", str(mail.outbox[-1].body))
        assert found
        return found[1]

    def follow(self, link: str) -> Any:
        """Open a link without being signed in."""
        self.sign_out()
        return self.client.get(link)

    def test_has_nothing_to_show_at_first(self) -> None:
        with self.assertNumQueries(2):
            response = self.client.get(PATH)

        self.assertEqual(response.json(), {"status": "ok", "data": None})

    def test_is_asked_for_once_at_a_time(self) -> None:
        response = self.client.post(PATH)

        self.assertEqual(response.status_code, 201)
        pending = response.json()["data"]
        self.assertEqual((pending["status"], pending["ready_at"]), ("pending", None))
        self.assertEqual(self.client.get(PATH).json()["data"], pending)
        self.assert_error(self.client.post(PATH), 409, "export_pending")

    def test_shows_when_it_is_ready_and_until_when(self) -> None:
        self.link()

        shown = self.client.get(PATH).json()["data"]

        export = DataExport.objects.get()
        self.assertEqual((shown["status"], shown["size_bytes"]), ("ready", export.size_bytes))
        self.assertTrue(shown["ready_at"] < shown["expires_at"])

    def test_is_a_json_file_for_whoever_has_the_link(self) -> None:
        link = self.link()

        with self.assertNumQueries(1):
            response = self.follow(link)

        self.assertEqual(response.status_code, 200)
        self.assertEqual(response["Content-Type"], "application/json; charset=utf-8")
        self.assertRegex(
            response["Content-Disposition"],
            r'^attachment; filename="ressourcefy-\d{4}-\d\d-\d\d\.json"$',
        )
        self.assertIn("no-store", response["Cache-Control"])
        content = json.loads(response.getvalue())
        self.assertEqual(content["account"][0]["email"], self.user.email)

    def test_is_gone_once_the_link_has_lost_its_meaning(self) -> None:
        over = timezone.now() - timedelta(seconds=1)
        changes: dict[str, Any] = {
            "expired": lambda: DataExport.objects.update(expires_at=over),
            "removed": lambda: DataExport.objects.all().delete(),
            "without its file": lambda: storages["exports"].delete(
                DataExport.objects.get().file_name
            ),
            "of somebody who signed out everywhere": lambda: end_all_sessions(self.user),
            "deactivated": lambda: User.objects.update(is_active=False),
            "deleted": lambda: User.objects.update(deleted_at=over),
        }
        for name, change in changes.items():
            with self.subTest(name):
                self.setUp()
                link = self.link()
                change()

                response = self.follow(link)

                self.assert_error(response, 404, "export_not_found")

    def test_is_opened_by_no_other_token(self) -> None:
        self.link()
        export, other = DataExport.objects.get(), make_user()
        good = export_token_for(export, self.user)
        tokens = {
            "changed": good[:-1] + ("A" if good[-1] != "A" else "B"),
            "of another purpose": reset_token_for(self.user),
            "of somebody else": export_token_for(export, other),
            "older than a week": export_token_for(
                export, self.user, issued_at=timezone.now() - timedelta(days=8)
            ),
            "no token": "nonsense",
            "long": "x" * 5_000,
        }
        for name, token in tokens.items():
            with self.subTest(name):
                response = self.follow(f"{PATH}{token}/")

                self.assert_error(response, 404, "export_not_found")

    def test_is_not_opened_while_it_is_built(self) -> None:
        self.client.post(PATH)
        token = export_token_for(DataExport.objects.get(), self.user)

        self.assert_error(self.follow(f"{PATH}{token}/"), 404, "export_not_found")

    def test_needs_a_sign_in_to_be_asked_for(self) -> None:
        self.sign_out()

        self.assert_error(self.client.post(PATH), 401, "unauthorized")
        self.assert_error(self.client.get(PATH), 401, "unauthorized")
