"""Who gets into the administration, for how long, and that the API does not care."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.sessions.models import Session
from django.core import mail
from django.test import Client, override_settings
from django.utils import timezone

from api.admin.login import AdministratorBackend
from api.tests.base import ContractClient, access_token
from api.tests.test_admin.base import AdminTestCase
from application.dto.commands import SetRoleCommand, UpdateUserCommand
from application.use_cases.set_role import SetRole
from application.use_cases.update_user import UpdateUser
from audit.models import AuditLog
from core.models import OutboxEvent
from core.outbox import process_outbox
from core.pruning import registered_pruners
from core.tests.limit_helpers import let_time_pass
from core.tests.statements import recorded_statements
from users.models import User, UserSession
from users.services.sessions import end_all_sessions
from users.tests.factories import PASSWORD, make_user
from users.types import AuthProvider, Role

MINUTE = timedelta(minutes=1)
_REFUSED = "Nobody can administrate with this address and password."


class SignInTests(AdminTestCase):
    def test_lets_administrators_in(self) -> None:
        for role in (Role.ADMIN, Role.SUPERADMIN):
            with self.subTest(role):
                browser = self.browser(make_user(role=role))

                self.assertEqual(browser.get("/admin/").status_code, 200)

    def test_takes_the_address_in_any_case(self) -> None:
        user = make_user(role=Role.ADMIN)

        response = self.log_in(self.browser(), user.email.upper())

        self.assertEqual(response.status_code, 302)

    def test_tells_nobody_why_not(self) -> None:
        admin = make_user(role=Role.ADMIN)
        deleted = make_user(role=Role.ADMIN)
        deleted.delete()
        cases = {
            "unknown": ("nobody@example.org", PASSWORD),
            "wrong password": (admin.email, "wrong"),
            "user": (make_user().email, PASSWORD),
            "moderator": (make_user(role=Role.MODERATOR).email, PASSWORD),
            "not activated": (make_user(role=Role.ADMIN, is_activated=False).email, PASSWORD),
            "deactivated": (make_user(role=Role.ADMIN, is_active=False).email, PASSWORD),
            "deleted": (deleted.email, PASSWORD),
            "google": (
                make_user(role=Role.ADMIN, auth_provider=AuthProvider.GOOGLE).email,
                PASSWORD,
            ),
        }
        pages = set()

        for name, (email, password) in cases.items():
            with self.subTest(name):
                browser = self.browser()
                response = self.log_in(browser, email, password)

                page = response.content.decode()
                self.assertEqual(response.status_code, 200)
                self.assertIn(_REFUSED, page)
                self.assertNotIn(settings.SESSION_COOKIE_NAME, browser.cookies)
                pages.add(page[: page.index("csrfmiddlewaretoken")])
        self.assertEqual(len(pages), 1)

    def test_needs_both_address_and_password(self) -> None:
        admin, backend = make_user(role=Role.ADMIN), AdministratorBackend()

        self.assertEqual(backend.authenticate(None, admin.email, PASSWORD), admin)
        self.assertIsNone(backend.authenticate(None, admin.email, None))
        self.assertIsNone(backend.authenticate(None, None, PASSWORD))

    def test_asks_the_same_statements_of_known_and_unknown_addresses(self) -> None:
        admin = make_user(role=Role.ADMIN)
        statements: list[list[str]] = []

        for email in (admin.email, "nobody@example.org", make_user(is_active=False).email):
            browser = self.browser()
            with recorded_statements() as sent:
                self.log_in(browser, email, "wrong")
            statements.append(sent)

        self.assertIn("SELECT", str(statements[0]))
        self.assertEqual(statements[0], statements[1])
        self.assertEqual(statements[0], statements[2])

    def test_is_recorded(self) -> None:
        admin = make_user(role=Role.ADMIN)

        self.browser(admin)

        entry = AuditLog.objects.get(actor=admin, entity_name="User")
        self.assertEqual(entry.object_id, str(admin.pk))
        self.assertEqual(entry.after_state, {"signed_in": "administration"})
        session = AuditLog.objects.get(actor=admin, entity_name="UserSession")
        self.assertEqual(session.object_id, str(UserSession.objects.get().pk))

    def test_leaves_nothing_of_somebody_who_may_not_administrate(self) -> None:
        user = make_user()

        self.log_in(self.browser(), user.email)

        self.assertFalse(UserSession.objects.exists())
        self.assertFalse(AuditLog.objects.exists())
        self.assertFalse(OutboxEvent.objects.exists())

    @override_settings(WEB_LINKS={"login": "https://app.example.com/auth/login"})
    def test_on_a_new_device_is_mailed_to_the_owner(self) -> None:
        admin = make_user(role=Role.ADMIN)
        for agent in ("Mozilla/5.0 (X11; Linux) Firefox/140.0", "curl/8.0", "curl/8.1"):
            browser = self.browser()
            browser.defaults["HTTP_USER_AGENT"] = agent
            self.log_in(browser, admin.email)

        process_outbox()
        process_outbox()

        [sent] = mail.outbox
        self.assertEqual(sent.to, [admin.email])
        self.assertIn("Device: curl", sent.body)

    def test_needs_the_form_of_the_page(self) -> None:
        admin = make_user(role=Role.ADMIN)

        response = Client(enforce_csrf_checks=True).post(
            "/admin/login/", {"username": admin.email, "password": PASSWORD}
        )

        self.assertEqual(response.status_code, 403)

    def test_leads_nowhere_else(self) -> None:
        admin = make_user(role=Role.ADMIN)

        response = self.send(
            self.browser(),
            "/admin/login/?next=https://evil.example/",
            {"username": admin.email, "password": PASSWORD, "next": "https://evil.example/"},
        )

        self.assertEqual(response.headers["Location"], "/admin/")


@override_settings(RATE_LIMIT_FACTOR=1)
class LimitTests(AdminTestCase):
    """Five wrong passwords in five minutes, whether given here or to the API."""

    def try_wrongly(self, email: str, times: int) -> Any:
        for _ in range(times):
            response = self.log_in(self.browser(), email, "wrong")
        return response

    def test_refuses_the_right_password_too_and_says_how_long(self) -> None:
        for email in (make_user(role=Role.ADMIN).email, "nobody@example.org"):
            with self.subTest(email):
                self.assertEqual(self.try_wrongly(email, 5).status_code, 200)

                response = self.log_in(self.browser(), email)

                self.assertEqual(response.status_code, 429)
                self.assertIn("Too many attempts", response.content.decode())
                self.assertTrue(0 < int(response.headers["Retry-After"]) <= 300)

    def test_counts_what_was_tried_at_the_api(self) -> None:
        admin = make_user(role=Role.ADMIN)
        body = {"email": admin.email, "password": "wrong"}
        for _ in range(5):
            self.client.post("/api/auth/login/", body, content_type="application/json")

        self.assertEqual(self.log_in(self.browser(), admin.email).status_code, 429)

    def test_is_over_after_a_while_and_forgets_right_passwords(self) -> None:
        admin = make_user(role=Role.ADMIN)
        self.try_wrongly(admin.email, 5)
        let_time_pass(timedelta(minutes=5))

        for _ in range(6):
            self.assertEqual(self.log_in(self.browser(), admin.email).status_code, 302)


class SessionTests(AdminTestCase):
    def is_in(self, browser: Client) -> bool:
        return browser.get("/admin/").status_code == 200

    def test_cookies_are_for_the_administration_only(self) -> None:
        with self.settings(SESSION_COOKIE_SECURE=True, CSRF_COOKIE_SECURE=True):
            browser = self.browser(make_user(role=Role.ADMIN))

        for name in (settings.SESSION_COOKIE_NAME, "csrftoken"):
            with self.subTest(name):
                cookie = browser.cookies[name]
                self.assertEqual(cookie["path"], "/admin/")
                self.assertEqual(cookie["samesite"], "Lax")
                self.assertTrue(cookie["httponly"])
                self.assertTrue(cookie["secure"])
        self.assertEqual(set(browser.cookies), {settings.SESSION_COOKIE_NAME, "csrftoken"})

    def test_ends_after_eight_hours_however_much_it_is_used(self) -> None:
        browser = self.browser(make_user(role=Role.ADMIN))
        session = Session.objects.get()
        end = session.expire_date
        self.assertLess(abs(end - timezone.now() - timedelta(hours=8)), MINUTE)

        self.send(browser, "/admin/core/tag/add/", {"name": "A message is kept in the session"})

        self.assertEqual(Session.objects.get().expire_date, end)
        Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
        self.assertFalse(self.is_in(browser))

    def test_ends_with_the_sign_out(self) -> None:
        browser = self.browser(make_user(role=Role.ADMIN))
        stolen = browser.cookies[settings.SESSION_COOKIE_NAME].value

        self.send(browser, "/admin/logout/")

        thief = self.browser()
        thief.cookies[settings.SESSION_COOKIE_NAME] = stolen
        self.assertFalse(self.is_in(thief))

    def test_is_a_session_of_the_account_that_its_owner_sees_and_ends_from_afar(self) -> None:
        admin = make_user(role=Role.ADMIN)
        browser = self.browser(admin)
        api = ContractClient()
        api.credentials(HTTP_AUTHORIZATION=f"Bearer {access_token(admin)}")

        [listed] = [
            session
            for session in api.get("/api/user/sessions/").json()["data"]
            if not session["current"]
        ]
        self.assertTrue(self.is_in(browser))
        answer = api.delete(f"/api/user/sessions/{listed['id']}/")

        self.assertEqual(answer.status_code, 200)
        self.assertFalse(self.is_in(browser))

    def test_leaves_the_list_of_sessions_at_the_sign_out(self) -> None:
        browser = self.browser(make_user(role=Role.ADMIN))
        browser.get("/admin/logout/")
        self.assertTrue(UserSession.objects.filter(revoked_at=None).exists())

        self.send(browser, "/admin/logout/")

        self.assertFalse(UserSession.objects.filter(revoked_at=None).exists())

    def test_is_somebody_elses_entirely_after_the_next_sign_in(self) -> None:
        browser = self.browser(make_user(role=Role.ADMIN))
        other = make_user(role=Role.SUPERADMIN)

        self.log_in(browser, other.email)

        self.assertIn(other.email, browser.get("/admin/").content.decode())
        [session] = Session.objects.all()
        self.assertLess(abs(session.expire_date - timezone.now() - timedelta(hours=8)), MINUTE)
        end = session.expire_date
        self.send(browser, "/admin/core/tag/add/", {"name": "A message is kept in the session"})
        self.assertEqual(Session.objects.get().expire_date, end)

    def test_gets_a_new_name_at_sign_in(self) -> None:
        browser = self.browser()
        browser.cookies[settings.SESSION_COOKIE_NAME] = "chosenbysomebodyelse"

        self.log_in(browser, make_user(role=Role.ADMIN).email)

        name = browser.cookies[settings.SESSION_COOKIE_NAME].value
        self.assertNotEqual(name, "chosenbysomebodyelse")

    def test_ends_on_the_next_request_with_whatever_ends_sessions(self) -> None:
        superadmin = make_user(role=Role.SUPERADMIN)

        def lose_role(user: User) -> None:
            SetRole().execute(SetRoleCommand(user=superadmin, user_id=user.pk, role="MODERATOR"))

        def get_another_role(user: User) -> None:
            SetRole().execute(SetRoleCommand(user=superadmin, user_id=user.pk, role="SUPERADMIN"))

        def be_deactivated(user: User) -> None:
            UpdateUser().execute(
                UpdateUserCommand(user=superadmin, user_id=user.pk, is_active=False)
            )

        def be_deleted(user: User) -> None:
            user.delete()

        def lose_the_activation(user: User) -> None:
            User.objects.filter(pk=user.pk).update(is_activated=False)

        for change in (
            lose_role,
            get_another_role,
            be_deactivated,
            be_deleted,
            lose_the_activation,
            end_all_sessions,
        ):
            with self.subTest(change.__name__):
                user = make_user(role=Role.ADMIN)
                browser = self.browser(user)
                self.assertTrue(self.is_in(browser))

                change(user)

                self.assertFalse(self.is_in(browser))

    def test_are_removed_when_they_are_over(self) -> None:
        self.browser(make_user(role=Role.ADMIN))
        (pruner,) = (one for one in registered_pruners() if one.name == "admin_sessions")

        self.assertEqual(pruner.prune_batch(age=pruner.age, limit=10, using="default"), 0)
        Session.objects.update(expire_date=timezone.now() - timedelta(days=2))
        self.assertEqual(pruner.prune_batch(age=pruner.age, limit=10, using="default"), 1)
        self.assertFalse(Session.objects.exists())


class ApiTests(AdminTestCase):
    """A signed-in administrator's browser is a visitor to the API."""

    def calls(self, browser: Client) -> list[tuple[int, Any]]:
        answers = [
            browser.get("/api/user/me/"),
            browser.get("/api/feed/"),
            browser.post("/api/resources/", {}, content_type="application/json"),
            browser.post("/api/auth/logout-all/"),
        ]
        for answer in answers:
            answer.headers.pop("X-Request-ID")
        return [(answer.status_code, answer.content, dict(answer.headers)) for answer in answers]

    def test_the_cookie_changes_nothing(self) -> None:
        browser = self.browser(make_user(role=Role.SUPERADMIN))
        # Browsers send it to /admin/ alone; somebody might send it anyway.
        for cookie in browser.cookies.values():
            cookie["path"] = "/"

        self.assertEqual(self.calls(browser), self.calls(Client()))
        self.assertEqual([status for status, *_ in self.calls(browser)], [401, 200, 401, 401])

    def test_the_cookie_costs_the_api_no_query(self) -> None:
        browser = self.browser(make_user(role=Role.SUPERADMIN))

        with self.assertNumQueries(0):
            browser.get("/api/health/live/")

    def test_a_token_opens_no_page(self) -> None:
        response = Client().get("/admin/", headers={"Authorization": "Bearer x.y.z"})

        self.assertEqual(response.status_code, 302)
