"""Deleting one's account over HTTP, and the page behind the link that keeps it after all."""

import re

from django.core import mail
from django.test import Client
from django.utils import timezone

from api.tests.base import ApiTestCase
from application.dto.commands import EraseAccountsCommand
from application.use_cases.erase_accounts import EraseAccounts
from core.outbox import process_outbox
from interactions.tests.factories import make_comment
from resources.tests.factories import make_resource
from users.models import User
from users.tests.factories import PASSWORD, make_contributor, make_user
from users.types import Role

PATH = "/api/user/delete/"


class DeleteAccountTests(ApiTestCase):
    def delete(self, user: User) -> None:
        self.sign_in(user)
        self.assertEqual(self.client.post(PATH, {"password": PASSWORD}).status_code, 200)

    def page_of_mail(self) -> str:
        process_outbox(20)
        found = re.search(r"(/restore-account/\S+)", str(mail.outbox[-1].body))
        assert found
        return found[1]

    def test_answers_with_json_and_ends_the_session(self) -> None:
        self.sign_in(make_user())

        response = self.client.post(PATH, {"password": PASSWORD})

        self.assertEqual(response.status_code, 200)
        self.assertEqual(set(response.json()["data"]), {"message", "erase_after"})
        self.assert_error(self.client.get("/api/user/me/"), 401, "unauthorized")
        self.assert_error(self.client.post(PATH, {"password": PASSWORD}), 401, "unauthorized")

    def test_refuses_a_wrong_or_missing_password(self) -> None:
        self.sign_in(make_user())

        wrong = self.client.post(PATH, {"password": "a wrong one"})
        missing = self.client.post(PATH, {})

        for response in (wrong, missing):
            error = self.assert_error(response, 400, "validation_error")
            self.assertIn("password", error["details"])
        self.assertEqual(self.client.get("/api/user/me/").status_code, 200)

    def test_refuses_the_last_superadmin(self) -> None:
        self.sign_in(make_user(role=Role.SUPERADMIN))

        self.assert_error(self.client.post(PATH, {"password": PASSWORD}), 400, "last_superadmin")

    def test_needs_a_sign_in(self) -> None:
        self.assert_error(self.client.post(PATH, {"password": PASSWORD}), 401, "unauthorized")

    def test_hides_the_author_and_leaves_what_was_published(self) -> None:
        author = make_contributor()
        resource = make_resource(author=author)

        self.delete(author)

        self.sign_out()
        self.assert_error(self.client.get(f"/api/authors/{author.pk}/"), 404, "user_not_found")
        detail = self.client.get(f"/api/resources/{resource.pk}/detail/")
        self.assertEqual(detail.status_code, 200)

    def test_is_undone_by_the_button_of_the_mailed_page(self) -> None:
        user = make_user()
        self.delete(user)
        page, browser = self.page_of_mail(), Client(enforce_csrf_checks=True)

        opened = browser.get(page)

        self.assertContains(opened, "Keep the account</button>")
        self.assertTrue(User.all_objects.get(pk=user.pk).is_deleted)
        done = browser.post(page)
        self.assertContains(done, "Your account is as it was.")
        self.sign_in(User.objects.get(pk=user.pk))
        self.assertEqual(self.client.get("/api/user/me/").status_code, 200)
        for method in (browser.get, browser.post):
            self.assertContains(method(page), "This link is not valid", status_code=404)

    def test_is_undone_by_no_other_link(self) -> None:
        user = make_user()
        self.delete(user)
        page = self.page_of_mail()

        for token in ("nonsense", page.split("/")[2][:-1]):
            response = Client().post(f"/restore-account/{token}/")

            self.assertEqual(response.status_code, 404)
        self.assertTrue(User.all_objects.get(pk=user.pk).is_deleted)


class ErasedAuthorTests(ApiTestCase):
    def test_is_a_deleted_user_wherever_a_name_is_shown(self) -> None:
        author = make_contributor()
        resource = make_resource(author=author)
        make_comment(resource=resource, author=author)
        User.objects.filter(pk=author.pk).update(deleted_at=timezone.now())
        EraseAccounts().execute(EraseAccountsCommand(user_id=author.pk))

        detail = self.client.get(f"/api/resources/{resource.pk}/detail/").json()["data"]
        comments = self.client.get(f"/api/resources/{resource.pk}/comments/").json()["data"]
        feed = self.client.get("/api/feed/").json()["data"]

        self.assertIn("deleted user", str(detail))
        self.assertEqual(comments[0]["author"]["username"], "deleted user")
        self.assertEqual(feed[0]["author_name"], "deleted user")
