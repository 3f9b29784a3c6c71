"""What administrators do: shut out, delete, restore, name, give roles and retry, all recorded."""

from typing import Any

from api.tests.base import access_token
from api.tests.test_admin.base import SOFT_DELETABLE, AdminTestCase, address, make_rows
from audit.models import AuditLog
from core.models import OutboxEvent, Tag
from core.tests.factories import make_event
from interactions.models import Comment
from interactions.tests.factories import make_comment
from resources.models import Resource
from resources.tests.factories import make_resource
from users.models import RoleRequest, User, UserSession
from users.tests.factories import make_tag, make_user
from users.types import Role

DELETIONS: dict[type[Any], tuple[str, str]] = {
    User: ("delete_accounts", "restore_accounts"),
    Tag: ("delete_tags", "restore_tags"),
    Resource: ("delete_resources", "restore_resources"),
    Comment: ("delete_comments", "restore_comments"),
}


class SoftDeletionTests(AdminTestCase):
    """Each table that has deletion, from the page of one row and for several chosen in the list."""

    def test_covers_every_table_with_a_deletion(self) -> None:
        self.assertEqual(set(DELETIONS), SOFT_DELETABLE)

    def test_marks_and_restores_one_row_from_its_page(self) -> None:
        admin = make_user(role=Role.ADMIN)
        browser, rows = self.browser(admin), make_rows()

        for model, (delete, restore) in DELETIONS.items():
            with self.subTest(model.__name__):
                row = rows[model]

                self.act_on_page(browser, delete, row)
                self.assertIsNotNone(self.fresh(row).deleted_at)
                self.assertFalse(model.objects.filter(pk=row.pk).exists())
                self.act_on_page(browser, restore, row)
                self.assertIsNone(self.fresh(row).deleted_at)

                entries = AuditLog.objects.filter(object_id=str(row.pk), actor=admin)
                actions = list(entries.order_by("created_at").values_list("action", flat=True))
                self.assertEqual(actions, ["DELETE", "UPDATE"])

    def test_marks_and_restores_several_rows_of_the_list(self) -> None:
        admin = make_user(role=Role.ADMIN)
        browser = self.browser(admin)
        several = [make_rows(text) for text in ("one", "two", "three")]

        for model, (delete, restore) in DELETIONS.items():
            with self.subTest(model.__name__):
                rows = [made[model] for made in several]
                keys = [str(row.pk) for row in rows]

                self.act(browser, model, delete, *rows)
                self.assertEqual(model.objects.filter(pk__in=keys).count(), 0)
                self.assertEqual(model.all_objects.filter(pk__in=keys).count(), 3)
                self.act(browser, model, restore, *rows)
                self.assertEqual(model.objects.filter(pk__in=keys).count(), 3)

                entries = AuditLog.objects.filter(object_id__in=keys, actor=admin)
                self.assertEqual(entries.filter(action="DELETE").count(), 3)
                self.assertEqual(entries.filter(action="UPDATE").count(), 3)

    def test_what_is_deleted_here_is_in_no_read_of_the_api(self) -> None:
        browser, reader = self.browser(make_user(role=Role.ADMIN)), make_user()
        headers = {"Authorization": f"Bearer {access_token(reader)}"}

        def reads() -> str:
            paths = ("/api/feed/", "/api/tags/", f"/api/resources/{kept.pk}/comments/")
            return "".join(self.client.get(path, headers=headers).text for path in paths)

        rows = make_rows("canary")
        kept = make_resource()
        comment = Comment.objects.create(resource=kept, author=reader, content="canary comment")
        for row, words in (
            (rows[Resource], '"title":"canary"'),
            (comment, "canary comment"),
            (rows[Tag], "canary"),
        ):
            with self.subTest(type(row).__name__):
                self.assertIn(words, reads().replace('": "', '":"'))

                self.act(browser, type(row), DELETIONS[type(row)][0], row)

                self.assertNotIn(words, reads().replace('": "', '":"'))

    def test_a_second_deletion_is_refused_in_words(self) -> None:
        browser, resource = self.browser(make_user(role=Role.ADMIN)), make_resource()
        self.act(browser, Resource, "delete_resources", resource)
        first = self.fresh(resource).deleted_at

        self.act(browser, Resource, "delete_resources", resource)

        self.assertEqual(self.fresh(resource).deleted_at, first)
        self.assertIn("Resource not found.", self.said(browser))

    def test_a_tag_does_not_come_back_beside_another_of_its_name(self) -> None:
        browser, tag = self.browser(make_user(role=Role.ADMIN)), make_tag("Algebra")
        self.act(browser, Tag, "delete_tags", tag)
        make_tag("Algebra")

        self.act_on_page(browser, "restore_tags", tag)

        self.assertIsNotNone(self.fresh(tag).deleted_at)
        self.assertIn("There is a tag of this name already.", self.said(browser))


class AccountTests(AdminTestCase):
    def test_a_deactivated_account_is_out_at_once_and_can_come_back(self) -> None:
        browser, user = self.browser(make_user(role=Role.ADMIN)), make_user()
        headers = {"Authorization": f"Bearer {access_token(user)}"}
        self.assertEqual(self.client.get("/api/user/me/", headers=headers).status_code, 200)

        self.act_on_page(browser, "deactivate", user)

        self.assertEqual(self.client.get("/api/user/me/", headers=headers).status_code, 401)
        self.assertFalse(UserSession.objects.filter(user=user, revoked_at__isnull=True).exists())
        self.act(browser, User, "reactivate", user)
        self.assertTrue(self.fresh(user).is_active)
        self.assertEqual(self.client.get("/api/user/me/", headers=headers).status_code, 401)

    def test_nobody_touches_equals_superiors_or_oneself(self) -> None:
        admin = make_user(role=Role.ADMIN)
        browser = self.browser(admin)
        targets = [admin, make_user(role=Role.ADMIN), make_user(role=Role.SUPERADMIN)]

        for action in ("deactivate", "delete_accounts"):
            for target in targets:
                with self.subTest(action=action, target=target.role):
                    self.act_on_page(browser, action, target)

                    fresh = self.fresh(target)
                    self.assertEqual((fresh.is_active, fresh.is_deleted), (True, False))
                    self.assertIn("You cannot", self.said(browser))

    def test_the_rows_that_are_allowed_are_done_though_others_are_refused(self) -> None:
        browser = self.browser(make_user(role=Role.ADMIN))
        user, superadmin = make_user(), make_user(role=Role.SUPERADMIN)

        self.act(browser, User, "deactivate", user, superadmin)

        self.assertFalse(self.fresh(user).is_active)
        self.assertTrue(self.fresh(superadmin).is_active)
        said = self.said(browser)
        self.assertIn("Done: 1.", said)
        self.assertIn("You cannot change this account.", said)


class ModerationTests(AdminTestCase):
    """From the page of one comment and for several chosen in the list."""

    def test_hides_and_shows_with_a_reason(self) -> None:
        admin = make_user(role=Role.ADMIN)
        browser, comments = self.browser(admin), [make_comment() for _ in range(3)]

        self.act_on_page(browser, "hide_comments", comments[0], reason="An insult.")
        self.act(browser, Comment, "hide_comments", *comments[1:], reason="Spam.")

        self.assertEqual(
            [self.fresh(comment).hidden_reason for comment in comments],
            ["An insult.", "Spam.", "Spam."],
        )
        self.assertEqual({self.fresh(comment).hidden_by for comment in comments}, {admin})
        self.act(browser, Comment, "unhide_comments", *comments, reason="All in good fun.")
        self.assertEqual(Comment.objects.shown().count(), 3)
        entries = AuditLog.objects.filter(actor=admin, entity_name="Comment", action="UPDATE")
        self.assertEqual(entries.count(), 6)

    def test_is_refused_without_a_reason(self) -> None:
        browser, comment = self.browser(make_user(role=Role.ADMIN)), make_comment()

        for act in (
            lambda: self.act(browser, Comment, "hide_comments", comment),
            lambda: self.act_on_page(browser, "hide_comments", comment, reason=" "),
        ):
            act()

            self.assertIsNone(self.fresh(comment).hidden_at)
            self.assertIn("Give a reason.", self.said(browser))

    def test_offers_a_line_for_the_reason(self) -> None:
        browser, comment = self.browser(make_user(role=Role.ADMIN)), make_comment()

        for path in (address(Comment), address(Comment, "change", comment.pk)):
            page = browser.get(path).content.decode()
            self.assertIn("reason", page)
            self.assertRegex(page, r'<input type="text" name="(CHANGE_FORM-)?reason"')


class RoleRequestTests(AdminTestCase):
    """From the page of one request and for several chosen in the list."""

    def make_request(self) -> RoleRequest:
        return RoleRequest.objects.create(user=make_user(), requested_role=Role.CONTRIBUTOR)

    def test_an_approval_gives_the_role(self) -> None:
        admin = make_user(role=Role.ADMIN)
        browser, requests = self.browser(admin), [self.make_request() for _ in range(3)]

        self.act_on_page(browser, "approve_requests", requests[0])
        self.act(browser, RoleRequest, "approve_requests", *requests[1:], reason="Welcome.")

        for request in requests:
            fresh = self.fresh(request)
            self.assertEqual((fresh.status, fresh.decided_by), ("approved", admin))
            self.assertEqual(self.fresh(request.user).role, Role.CONTRIBUTOR)
        self.assertEqual(self.fresh(requests[1]).decision_reason, "Welcome.")

    def test_a_rejection_needs_a_reason(self) -> None:
        browser, request = self.browser(make_user(role=Role.ADMIN)), self.make_request()
        self.act_on_page(browser, "reject_requests", request)
        self.assertEqual(self.fresh(request).status, "pending")
        self.assertIn("Give a reason.", self.said(browser))

        self.act_on_page(browser, "reject_requests", request, reason="Not yet.")

        self.assertEqual(self.fresh(request).status, "rejected")
        self.assertEqual(self.fresh(request.user).role, Role.USER)

    def test_is_decided_once(self) -> None:
        browser, request = self.browser(make_user(role=Role.ADMIN)), self.make_request()
        self.act(browser, RoleRequest, "reject_requests", request, reason="Not yet.")

        self.act(browser, RoleRequest, "approve_requests", request)

        self.assertEqual(self.fresh(request).status, "rejected")
        self.assertIn("decided already", self.said(browser))


class RoleTests(AdminTestCase):
    def set_role(self, browser: Any, user: User, role: str) -> Any:
        return self.send(browser, address(User, "change", user.pk), {"role": role, "_save": "Save"})

    def test_a_superadmin_gives_roles(self) -> None:
        superadmin, user = make_user(role=Role.SUPERADMIN), make_user()

        response = self.set_role(self.browser(superadmin), user, "ADMIN")

        fresh = self.fresh(user)
        self.assertEqual(response.status_code, 302)
        self.assertEqual((fresh.role, fresh.is_staff), (Role.ADMIN, True))
        entry = AuditLog.objects.get(object_id=str(user.pk))
        self.assertEqual(entry.actor, superadmin)
        self.assertEqual(entry.before_state, {"role": "USER"})
        self.assertEqual(entry.after_state, {"role": "ADMIN"})
        self.assertTrue(OutboxEvent.objects.filter(event_type="user.role_changed").exists())

    def test_an_admin_does_not(self) -> None:
        admin = make_user(role=Role.ADMIN)
        browser = self.browser(admin)

        for user in (admin, make_user(), make_user(role=Role.SUPERADMIN)):
            with self.subTest(user.role):
                response = self.set_role(browser, user, "USER" if user.is_staff else "ADMIN")

                self.assertEqual(response.status_code, 403)
                self.assertEqual(self.fresh(user).role, user.role)

    def test_the_last_superadmin_stays(self) -> None:
        superadmin = make_user(role=Role.SUPERADMIN)
        browser = self.browser(superadmin)

        self.set_role(browser, superadmin, "USER")

        self.assertEqual(self.fresh(superadmin).role, Role.SUPERADMIN)
        self.assertIn("at least one superadmin", self.said(browser))

    def test_a_role_that_does_not_exist_is_no_choice(self) -> None:
        browser, user = self.browser(make_user(role=Role.SUPERADMIN)), make_user()

        response = self.set_role(browser, user, "EMPEROR")

        self.assertEqual(response.status_code, 200)
        self.assertIn("is not one of the available choices", response.content.decode())
        self.assertEqual(self.fresh(user).role, Role.USER)


class RetryTests(AdminTestCase):
    def make_dead(self) -> OutboxEvent:
        return make_event(
            status=OutboxEvent.Status.FAILED, retry_count=5, error_message="The mailer was away"
        )

    def test_a_dead_event_gets_another_life(self) -> None:
        admin, event = make_user(role=Role.ADMIN), self.make_dead()

        self.act_on_page(self.browser(admin), "retry", event)

        event.refresh_from_db()
        self.assertEqual((event.status, event.retry_count), (OutboxEvent.Status.PENDING, 0))
        self.assertEqual(event.history[0]["error"], "The mailer was away")
        entry = AuditLog.objects.get(object_id=str(event.pk))
        self.assertEqual(entry.actor, admin)
        self.assertEqual(entry.before_state, {"status": "FAILED", "retry_count": 5})

    def test_events_that_are_not_dead_are_left_alone(self) -> None:
        browser = self.browser(make_user(role=Role.ADMIN))
        dead = self.make_dead()
        done = make_event(status=OutboxEvent.Status.COMPLETED)

        self.act(browser, OutboxEvent, "retry", dead, done)

        done.refresh_from_db()
        self.assertEqual(done.status, OutboxEvent.Status.COMPLETED)
        said = self.said(browser)
        self.assertIn("Put back: 1.", said)
        self.assertIn("Not dead, so left alone: 1.", said)

    def test_nothing_is_said_to_be_put_back_where_nothing_was_dead(self) -> None:
        browser = self.browser(make_user(role=Role.ADMIN))

        self.act(browser, OutboxEvent, "retry", make_event(status=OutboxEvent.Status.COMPLETED))

        said = self.said(browser)
        self.assertNotIn("Put back", said)
        self.assertIn("Not dead, so left alone: 1.", said)

    def test_the_list_shows_what_went_wrong(self) -> None:
        browser = self.browser(make_user(role=Role.ADMIN))
        self.make_dead()
        make_event("other.event")

        page = browser.get(f"{address(OutboxEvent)}?status__exact=FAILED").content.decode()

        self.assertIn("The mailer was away", page)
        self.assertNotIn("other.event", page)
