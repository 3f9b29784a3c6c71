"""Every table has its pages; they hold what people wrote as text and break no browser rule."""

import re
from html.parser import HTMLParser
from typing import Any

from django.test import tag

from api.admin.site import site
from api.tests.test_admin.base import AdminTestCase, address, all_models, make_rows
from users.models import User
from users.tests.factories import make_user
from users.types import Role

XSS = '<script>canary()</script>"><img src=x onerror=canary()>'


class Inline(HTMLParser):
    """Collects what a strict content security policy would refuse."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.refused: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self.refused += [f"{tag} {name}" for name in values if re.match(r"on|style$", name)]
        if tag == "style" or (tag == "script" and "src" not in values):
            self.refused.append(tag)


@tag("slow")
class PageTests(AdminTestCase):
    def pages(self, rows: dict[type[Any], Any]) -> list[str]:
        return [
            "/admin/",
            "/admin/users/",
            *(address(model) for model in rows),
            *(address(model, "change", row.pk) for model, row in rows.items()),
            *(address(model, "history", row.pk) for model, row in rows.items()),
            "/admin/core/tag/add/",
        ]

    def test_every_table_is_registered(self) -> None:
        registered = set(site._registry)

        self.assertEqual(set(all_models()) - registered, set())
        self.assertEqual(set(make_rows()), registered)

    def test_every_table_has_a_list_a_page_and_a_history(self) -> None:
        browser = self.browser(make_user(role=Role.ADMIN))
        rows = make_rows()

        for path in self.pages(rows):
            with self.subTest(path):
                self.assertEqual(browser.get(path).status_code, 200)

    def test_what_people_wrote_is_shown_as_text(self) -> None:
        superadmin = self.browser(make_user(role=Role.SUPERADMIN))
        rows = make_rows(XSS[:50])
        shown = 0

        for path in self.pages(rows):
            with self.subTest(path):
                page = superadmin.get(path).content.decode()

                self.assertNotIn("<script>canary", page)
                self.assertNotIn("<img src=x", page)
                shown += "canary()" in page
        self.assertGreater(shown, 15)

    def test_messages_show_text_too(self) -> None:
        superadmin = self.browser(make_user(role=Role.SUPERADMIN))

        self.send(superadmin, "/admin/core/tag/add/", {"name": XSS[:40]})

        page = self.said(superadmin)
        self.assertIn("canary()", page)
        self.assertNotIn("<script>canary", page)

    def test_pages_hold_nothing_that_their_policy_forbids(self) -> None:
        browser = self.browser(make_user(role=Role.SUPERADMIN))
        rows = make_rows()

        for path in ["/admin/login/", *self.pages(rows)]:
            with self.subTest(path):
                response = browser.get(path)

                policy = response.headers["Content-Security-Policy"]
                self.assertIn("default-src 'none'", policy)
                self.assertIn("script-src 'self';", policy)
                self.assertIn("style-src 'self';", policy)
                self.assertEqual(Inline(response.content.decode()).refused, [])
                self.assertEqual(response.headers["X-Frame-Options"], "DENY")
                self.assertIn("no-store", response.headers["Cache-Control"])

    def test_secrets_of_accounts_and_sessions_are_on_no_page(self) -> None:
        browser = self.browser(make_user(role=Role.SUPERADMIN))
        rows = make_rows()
        user = rows[User]

        text = "".join(browser.get(path).content.decode() for path in self.pages(rows))

        self.assertNotIn("argon2", text)
        self.assertNotIn(user.password, text)
        self.assertTrue(all("refresh" not in name for name in re.findall(r"field-(\w+)", text)))

    def test_pages_of_nothing_are_not_errors(self) -> None:
        browser = self.browser(make_user(role=Role.ADMIN))

        for path, status in (
            ("/admin/users/user/not-an-id/change/", 302),
            ("/admin/users/user/not-an-id/history/", 404),
            ("/admin/users/user/?older=x", 302),
            ("/admin/users/user/?q=%00", 200),
            ("/admin/users/user/?email__contains=a", 400),
            ("/admin/users/user/?password__startswith=argon2", 400),
            ("/admin/users/profile/?user__email__startswith=a", 400),
            (address(User, "history", make_user().pk) + "?older=x", 302),
            ("/admin/no/such/page/", 404),
            ("/admin/password_change/", 404),
            ("/admin/autocomplete/?app_label=users&model_name=profile&field_name=user", 404),
        ):
            with self.subTest(path):
                self.assertEqual(browser.get(path).status_code, status)

    def test_pages_speak_one_language(self) -> None:
        browser = self.browser(make_user(role=Role.ADMIN))

        page = browser.get("/admin/users/user/", headers={"Accept-Language": "fr"})

        self.assertIn("Search", page.content.decode())
        self.assertEqual(page.headers["Content-Language"], "en")
