"""One table: who may open which page and run which action; and what forged requests change."""

from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest
from django.test import Client, RequestFactory, tag

from api.admin.site import acting_administrator, site
from api.tests.test_admin.base import (
    CHANGEABLE,
    AdminTestCase,
    address,
    all_models,
    make_rows,
)
from core.models import Tag
from users.models import User, UserSession
from users.tests.factories import make_tag, make_user
from users.types import Role

#: Rows of this table are only looked at.
LOOKED_AT = UserSession
NOBODY = ("visitor", Role.USER, Role.CONTRIBUTOR, Role.MODERATOR)
STAFF = (Role.ADMIN, Role.SUPERADMIN)

OPEN, FORBIDDEN, AWAY = 200, 403, 302
#: What each page answers to administrators; everybody else is sent to the login page.
VIEW_ONLY = {
    "changelist": OPEN,
    "change": OPEN,
    "history": OPEN,
    "add": FORBIDDEN,
    "delete": FORBIDDEN,
}
EXCEPTIONS: dict[type[models.Model], dict[str, int]] = {Tag: {"add": OPEN}}


@tag("slow")
class PermissionTests(AdminTestCase):
    def browser_of(self, who: Any) -> Client:
        """Signed in past the login page, which would refuse most of them."""
        if who == "visitor":
            return self.browser()
        user = make_user(role=who)
        if who in STAFF:
            return self.browser(user)
        browser = self.browser()
        self.sneak_in(browser, user)
        return browser

    def pages(self, row: Any) -> dict[str, str]:
        model = type(row)
        paths = {page: address(model, page, row.pk) for page in ("change", "history", "delete")}
        return paths | {page: address(model, page) for page in ("changelist", "add")}

    def test_every_page_of_every_table_for_everybody(self) -> None:
        rows = make_rows()

        for who in (*NOBODY, *STAFF):
            browser = self.browser_of(who)
            for model, row in rows.items():
                expected = VIEW_ONLY | EXCEPTIONS.get(model, {})
                for page, path in self.pages(row).items():
                    with self.subTest(who=who, model=model.__name__, page=page):
                        wanted = AWAY if who in NOBODY else expected[page]
                        response = browser.get(path)

                        self.assertEqual(response.status_code, wanted)
                        if wanted == AWAY:
                            self.assertIn("/admin/login/", response.headers["Location"])

    def test_actions_are_offered_where_something_can_be_done(self) -> None:
        offered = {model for model, table in site._registry.items() if table.actions}

        self.assertEqual(offered, CHANGEABLE)
        self.assertEqual(dict(site.actions), {})

    def test_only_superadmins_get_a_form_for_roles(self) -> None:
        user = make_user()

        for who, is_offered in ((Role.ADMIN, False), (Role.SUPERADMIN, True)):
            page = self.browser_of(who).get(address(User, "change", user.pk)).content.decode()

            self.assertEqual('name="role"' in page, is_offered)
            self.assertEqual(page.count("<select"), 1 + is_offered)


class ForgeryTests(AdminTestCase):
    """Requests that no page offers change nothing."""

    def state(self, rows: dict[type[models.Model], Any]) -> dict[str, dict[str, Any]]:
        """Every column of the rows."""
        columns = {}
        for model, row in rows.items():
            manager = getattr(model, "all_objects", model._default_manager)
            columns[model.__name__] = manager.filter(pk=row.pk).values().get()
        return columns

    def forged(self, row: models.Model) -> dict[str, str]:
        """A value for every column, none of them the present one."""
        return {
            field.name: "7" if isinstance(field, models.IntegerField) else "forged"
            for field in row._meta.fields
        } | {"deleted_at_0": "2020-01-01", "deleted_at_1": "00:00:00", "_save": "Save"}

    def test_no_column_can_be_posted(self) -> None:
        rows = make_rows()
        before = self.state(rows)

        for who in STAFF:
            browser = self.browser(make_user(role=who))
            for model, row in rows.items():
                with self.subTest(who=who, model=model.__name__):
                    data = self.forged(row)
                    if model is Tag:
                        data["name"] = row.name
                    self.send(browser, address(model, "change", row.pk), data)

                    self.assertEqual(self.state(rows)[model.__name__], before[model.__name__])
        self.assertEqual(self.state(rows), before)

    def test_nothing_can_be_added(self) -> None:
        rows = make_rows()
        browser = self.browser(make_user(role=Role.SUPERADMIN))

        for model in set(all_models()) - {Tag}:
            with self.subTest(model.__name__):
                number = model._default_manager.count()
                response = self.send(browser, address(model, "add"), self.forged(rows[model]))

                self.assertEqual(response.status_code, 403)
                self.assertEqual(model._default_manager.count(), number)

    def test_save_as_new_adds_nothing(self) -> None:
        rows = make_rows()
        browser = self.browser(make_user(role=Role.SUPERADMIN))
        data = self.forged(rows[User]) | {"_saveasnew": "1", "role": "USER"}

        response = self.send(browser, address(User, "change", rows[User].pk), data)

        self.assertEqual(response.status_code, 403)

    def test_nothing_can_be_removed(self) -> None:
        rows = make_rows()
        before = self.state(rows)
        browser = self.browser(make_user(role=Role.SUPERADMIN))

        for model, row in rows.items():
            with self.subTest(model.__name__):
                response = self.send(browser, address(model, "delete", row.pk), {"post": "yes"})
                self.act(browser, model, "delete_selected", row)

                self.assertEqual(response.status_code, 403)
        self.assertEqual(self.state(rows), before)

    def test_actions_of_others_are_none(self) -> None:
        tag = make_tag()

        for who in (Role.USER, Role.MODERATOR):
            browser = self.browser()
            self.sneak_in(browser, make_user(role=who))
            self.act(browser, Tag, "delete_tags", tag)
            self.act_on_page(browser, "delete_tags", tag)

        self.assertFalse(self.fresh(tag).is_deleted)

    def test_nobody_acts_on_all_rows_of_a_search(self) -> None:
        tags = [make_tag() for _ in range(3)]
        browser = self.browser(make_user(role=Role.SUPERADMIN))

        response = self.send(
            browser,
            address(Tag),
            {
                "action": "delete_tags",
                "index": "0",
                "select_across": "1",
                "_selected_action": str(tags[0].pk),
            },
        )

        self.assertEqual(response.status_code, 403)
        self.assertEqual(Tag.objects.filter(pk__in=[tag.pk for tag in tags]).count(), 3)

    def test_forms_of_other_sites_are_refused(self) -> None:
        tag = make_tag()
        browser = self.browser(make_user(role=Role.SUPERADMIN))

        response = browser.post(
            address(Tag), {"action": "delete_tags", "index": "0", "_selected_action": str(tag.pk)}
        )

        self.assertEqual(response.status_code, 403)
        self.assertFalse(self.fresh(tag).is_deleted)


class BehindThePagesTests(AdminTestCase):
    """What Django would call for a request that passed the pages' own checks."""

    def request_of(self, user: Any) -> HttpRequest:
        request = RequestFactory().post("/admin/")
        request.user = user
        return request

    def test_nobody_else_acts(self) -> None:
        for user in (AnonymousUser(), make_user(), make_user(role=Role.ADMIN, is_active=False)):
            with self.assertRaises(PermissionDenied):
                acting_administrator(self.request_of(user))

    def test_rows_are_written_by_no_form(self) -> None:
        request = self.request_of(make_user(role=Role.SUPERADMIN))
        table, rows = site.get_model_admin(LOOKED_AT), LOOKED_AT._default_manager.all()

        for write in (
            lambda: table.save_model(request, LOOKED_AT(), None, True),
            lambda: table.delete_model(request, LOOKED_AT()),
            lambda: table.delete_queryset(request, rows),
            lambda: site.get_model_admin(User).save_model(request, User(), None, False),
        ):
            with self.assertRaises(PermissionDenied):
                write()

    def test_a_history_is_for_administrators(self) -> None:
        user = make_user()

        with self.assertRaises(PermissionDenied):
            site.get_model_admin(User).history_view(self.request_of(user), str(user.pk))
