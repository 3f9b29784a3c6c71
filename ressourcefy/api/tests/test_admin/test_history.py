"""The history of an object is what the audit log says about it."""

from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test.utils import CaptureQueriesContext

from api.tests.test_admin.base import AdminTestCase, address
from core.models import Tag
from core.services.audit import audit_change
from read_models.operations.object_history import PAGE_SIZE
from users.models import User
from users.tests.factories import make_tag, make_user
from users.types import Role


class HistoryTests(AdminTestCase):
    def test_shows_who_changed_what_from_what_to_what(self) -> None:
        superadmin, user = make_user(role=Role.SUPERADMIN, username="Grace"), make_user()
        browser = self.browser(superadmin)
        path = address(User, "change", user.pk)

        self.send(browser, path, {"role": "MODERATOR", "_save": "1"})

        page = browser.get(address(User, "history", user.pk)).content.decode()
        self.assertIn("Grace", page)
        self.assertIn("<del>USER</del>", page)
        self.assertIn("<ins>MODERATOR</ins>", page)

    def test_keeps_to_its_object(self) -> None:
        admin, tag = make_user(role=Role.ADMIN), make_tag()
        audit_change(entity=make_tag(), action="CREATE", actor=None, after={"slug": "other"})
        audit_change(entity=tag, action="CREATE", actor=None, after={"slug": "this"})

        page = self.browser(admin).get(address(Tag, "history", tag.pk)).content.decode()

        self.assertIn("this", page)
        self.assertIn("the system", page)
        self.assertNotIn("other", page)

    def test_of_a_deleted_object_is_there(self) -> None:
        admin, tag = make_user(role=Role.ADMIN), make_tag()
        browser = self.browser(admin)
        self.act(browser, Tag, "delete_tags", tag)

        page = browser.get(address(Tag, "history", tag.pk)).content.decode()

        self.assertIn("DELETE", page)

    def test_is_read_page_by_page_from_its_index(self) -> None:
        admin, tag = make_user(role=Role.ADMIN), make_tag()
        browser = self.browser(admin)
        for number in range(2 * PAGE_SIZE + 5):
            audit_change(entity=tag, action="UPDATE", actor=admin, after={"number": f"no{number}."})
        seen: list[str] = []
        path: str | None = address(Tag, "history", tag.pk)

        while path:
            with CaptureQueriesContext(connection) as queries:
                page = browser.get(path)
            self.assertLessEqual(len(queries), 6)
            history = page.context["history"]
            seen += [change.after for entry in history.entries for change in entry.changes]
            path = f"{page.request['PATH_INFO']}?older={history.older}" if history.older else None

        self.assertEqual(seen, [f"no{number}." for number in reversed(range(2 * PAGE_SIZE + 5))])

    def test_is_kept_nowhere_else(self) -> None:
        browser = self.browser(make_user(role=Role.ADMIN))
        self.send(browser, address(Tag, "add"), {"name": "New"})
        self.act(browser, Tag, "delete_tags", Tag.objects.get())

        self.assertFalse(LogEntry.objects.exists())
