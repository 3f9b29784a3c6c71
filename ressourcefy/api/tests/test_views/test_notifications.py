"""Choosing mails, and the page behind the link that ends them."""

from typing import Any

from django.test import Client, TestCase

from api.tests.base import ApiTestCase
from audit.models import AuditLog
from core.logs import RedactingJsonFormatter
from users.models import NotificationPreferences
from users.services.notifications import unsubscription_token_for
from users.tests.factories import make_user
from users.types import Notification

PATH = "/api/user/notifications/"


class NotificationsTests(ApiTestCase):
    def test_shows_all_to_whoever_has_never_chosen(self) -> None:
        self.sign_in(make_user())

        # One for the token and one for the choices.
        with self.assertNumQueries(2):
            response = self.client.get(PATH)

        wanted = {"on_reply": True, "on_comment": True, "on_role_decision": True}
        self.assertEqual(response.json()["data"], wanted)

    def test_changes_what_is_named_and_records_it(self) -> None:
        user = make_user()
        self.sign_in(user)

        response = self.client.patch(PATH, {"on_comment": False})

        wanted = {"on_reply": True, "on_comment": False, "on_role_decision": True}
        self.assertEqual((response.status_code, response.json()["data"]), (200, wanted))
        self.assertEqual(self.client.get(PATH).json()["data"], wanted)
        entry = AuditLog.objects.get()
        self.assertEqual(entry.actor, user)
        self.assertEqual(
            (entry.before_state, entry.after_state), ({"on_comment": True}, {"on_comment": False})
        )

    def test_changes_nothing_for_an_empty_or_unchanged_choice(self) -> None:
        self.sign_in(make_user())

        for body in ({}, {"on_reply": True}, {"user_id": "somebody's", "unknown": 1}):
            self.assertEqual(self.client.patch(PATH, body).status_code, 200)

        self.assertFalse(AuditLog.objects.exists())

    def test_refuses_what_is_no_choice(self) -> None:
        self.sign_in(make_user())

        values: list[Any] = [None, "perhaps", 2, [], {}]
        for value in values:
            with self.subTest(value=value):
                response = self.client.patch(PATH, {"on_reply": value})

                self.assert_error(response, 400, "validation_error")

    def test_needs_a_sign_in(self) -> None:
        self.assert_error(self.client.get(PATH), 401, "unauthorized")
        self.assert_error(self.client.patch(PATH, {"on_reply": False}), 401, "unauthorized")


class UnsubscribePageTests(TestCase):
    def setUp(self) -> None:
        # As strict as a browser's or a mail program's requests are met.
        self.client = Client(enforce_csrf_checks=True)
        self.user = make_user()
        token = unsubscription_token_for(self.user, Notification.ON_REPLY)
        self.path = f"/unsubscribe/{token}/"

    def wants_replies(self) -> bool:
        return not NotificationPreferences.objects.filter(user=self.user, on_reply=False).exists()

    def test_opened_shows_a_button_and_changes_nothing(self) -> None:
        for method in ("get", "head"):
            response = getattr(self.client, method)(self.path)
            self.assertEqual(response.status_code, 200)

        page = self.client.get(self.path)
        self.assertContains(page, '<form method="post"><button type="submit">Unsubscribe</button>')
        self.assertContains(page, "replies to your comments")
        self.assertTrue(self.wants_replies())

    def test_unsubscribes_by_the_post_of_a_mail_program(self) -> None:
        """RFC 8058: a form without cookies or sign-in, answered without a redirect."""
        response = self.client.post(self.path, {"List-Unsubscribe": "One-Click"})

        self.assertEqual(response.status_code, 200)
        self.assertNotIn("Set-Cookie", response.headers)
        self.assertFalse(self.wants_replies())

    def test_can_be_done_again(self) -> None:
        for _ in range(2):
            self.assertEqual(self.client.post(self.path).status_code, 200)

        self.assertFalse(self.wants_replies())

    def test_of_no_link_of_ours_says_so(self) -> None:
        for method in ("get", "post"):
            for token in ("nonsense", "a.b.c", "%00", "x" * 3_000):
                response = getattr(self.client, method)(f"/unsubscribe/{token}/")

                self.assertContains(response, "This link is not valid", status_code=404)

    def test_tells_nobody_its_address(self) -> None:
        response = self.client.get(self.path)

        self.assertEqual(response.headers["Referrer-Policy"], "no-referrer")
        self.assertIn("no-store", response.headers["Cache-Control"])

    def test_has_no_token_in_the_log(self) -> None:
        with self.assertLogs("api.middleware", "INFO") as logged:
            self.client.get(self.path)

        [record] = logged.records

        line = RedactingJsonFormatter().format(record)
        self.assertNotIn(self.path.split("/")[2], line)
        self.assertIn("/unsubscribe/", line)

    def test_has_no_other_methods(self) -> None:
        for method in ("put", "patch", "delete", "options"):
            self.assertEqual(getattr(self.client, method)(self.path).status_code, 405)

    def test_is_in_the_readers_language(self) -> None:
        page = self.client.get(self.path, headers={"Accept-Language": "fr"})

        self.assertContains(page, '<html lang="fr">')
        self.assertContains(page, "Se désabonner")
