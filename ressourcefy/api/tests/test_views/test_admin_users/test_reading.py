"""Administered accounts over HTTP: the list, one of them, and what it did."""

from typing import Any
from urllib.parse import urlsplit

from analytics.models import UserEvent
from api.tests.test_views.test_admin_users.case import FIELDS, AdminUsersCase
from audit.models import AuditLog
from core.outbox import process_outbox
from core.services.audit import audit_change
from users.models import User
from users.tests.factories import PASSWORD, make_user
from users.types import Role


class ListTests(AdminUsersCase):
    def test_is_a_bare_page_of_whole_accounts_the_newest_first(self) -> None:
        user = make_user(username="joe", email="joe@example.org")

        body = self.listed()

        self.assertEqual(body.keys(), {"count", "next", "previous", "results"})
        self.assertEqual((body["count"], body["next"], body["previous"]), (3, None, None))
        first = body["results"][0]
        self.assertEqual(first.keys(), FIELDS)
        self.assertEqual(
            [first[name] for name in ("id", "username", "bio", "avatar_url", "has_profile")],
            [str(user.id), "joe", "Reads a lot.", None, True],
        )
        self.assertEqual(self.emails()[1:], ["super@staff.example", "admin@staff.example"])

    def test_pages_lead_to_each_other_and_keep_the_filters(self) -> None:
        users = [make_user() for _ in range(5)]
        seen: list[str] = []
        url: str | None = "http://testserver/api/admin/users/?role=USER&page_size=2"

        while url:
            parts = urlsplit(url)
            self.assertEqual(parts.netloc, "testserver")
            body = self.client.get(f"{parts.path}?{parts.query}").json()
            seen += [user["id"] for user in body["results"]]
            self.assertEqual(body["count"], 5)
            url, last = body["next"], body

        self.assertEqual(seen, [str(user.id) for user in reversed(users)])
        previous = urlsplit(last["previous"]).query
        self.assertIn("page=2", previous)
        self.assertIn("role=USER", previous)

    def test_past_the_end_is_an_empty_page_and_the_way_back(self) -> None:
        for page in (2, 10**9):
            body = self.listed(f"?page={page}&page_size=20")

            self.assertEqual((body["count"], body["results"], body["next"]), (2, [], None))
            self.assertTrue(body["previous"].endswith("page=1&page_size=20"))

    def test_pages_that_are_none_are_refused(self) -> None:
        for query in ("?page=0", "?page=x", "?page_size=-1", "?page_size=1.5"):
            response = self.client.get(f"/api/admin/users/{query}")
            self.assert_error(response, 400, "invalid_pagination")

    def test_drops_the_slash_that_the_web_client_appends(self) -> None:
        make_user(username="joe", email="someone@example.org")

        for query in ("?page=1&page_size=20&search=joe%2F", "?search=joe/"):
            self.assertEqual(self.emails(query), ["someone@example.org"])

    def test_finds_parts_of_addresses_and_names_in_any_case(self) -> None:
        make_user(username="Ada_Lovelace", email="first@example.org")
        make_user(username="grace", email="love@example.com")

        for search, expected in (
            ("lovel", ["first@example.org"]),
            ("LOVE", ["love@example.com", "first@example.org"]),
            ("example.org", ["first@example.org"]),
            ("IRST@EX", ["first@example.org"]),
            ("ad", ["first@example.org", "admin@staff.example"]),
            ("da", []),
            ("%", []),
            ("_", []),
            ("a_l", ["first@example.org"]),
            ("nobody at all", []),
        ):
            with self.subTest(search):
                body = self.client.get("/api/admin/users/", {"search": search}).json()

                self.assertEqual([user["email"] for user in body["results"]], expected)
                self.assertEqual(body["count"], len(expected))

    def test_filters_by_role_activation_and_standing(self) -> None:
        make_user(email="a@example.org", is_activated=False)
        make_user(email="b@example.org", is_active=False)
        make_user(email="c@example.org", role=Role.MODERATOR)
        make_user(email="d@example.org").delete()

        for query, expected in (
            ("?role=USER", ["b@example.org", "a@example.org"]),
            ("?role=MODERATOR", ["c@example.org"]),
            ("?activated=false", ["a@example.org"]),
            ("?is_active=false", ["b@example.org"]),
            ("?role=USER&is_active=true", ["a@example.org"]),
            ("?role=USER&search=example.org", ["b@example.org", "a@example.org"]),
            ("?is_active=false&search=b@ex", ["b@example.org"]),
            ("?activated=true&search=a@ex", []),
            ("?search=d@example", []),
            ("?role=OWNER", []),
            ("?role=user", []),
            ("?activated=maybe", []),
            ("?is_active=1&search=example", []),
        ):
            with self.subTest(query):
                body = self.listed(query)

                self.assertEqual([user["email"] for user in body["results"]], expected)
                self.assertEqual(body["count"], len(expected))


class OneUserTests(AdminUsersCase):
    def test_is_bare(self) -> None:
        user = make_user()

        body = self.client.get(self.address(user)).json()

        self.assertEqual(body.keys(), FIELDS)
        self.assertEqual(body["email"], user.email)

    def test_an_account_that_is_not_there_is_404_on_every_address(self) -> None:
        deleted = make_user()
        deleted.delete()
        self.sign_in(self.superadmin)
        for user in (deleted, User()):
            for method, action in (
                ("get", ""),
                ("patch", ""),
                ("delete", ""),
                ("get", "activity/"),
                ("post", "impersonate/"),
                ("post", "reset_password/"),
            ):
                with self.subTest(method=method, action=action):
                    response = getattr(self.client, method)(self.address(user, action))

                    self.assert_error(response, 404, "user_not_found")
        for junk in ("42", "me", "0000"):
            self.assert_error(self.client.get(f"/api/admin/users/{junk}/"), 404, "not_found")

    def test_flags_change_and_the_role_does_not(self) -> None:
        user = make_user(is_activated=False)

        body = self.client.patch(
            self.address(user),
            {
                "is_active": False,
                "is_activated": True,
                "role": "SUPERADMIN",
                "email": "x@y.example",
            },
        ).json()

        self.assertEqual((body["is_active"], body["is_activated"]), (False, True))
        self.assertEqual((body["role"], body["email"]), ("USER", user.email))
        states = [
            (entry.before_state, entry.after_state)
            for entry in AuditLog.objects.filter(object_id=str(user.id)).order_by("id")
        ]
        self.assertEqual(
            states,
            [
                ({"is_active": True}, {"is_active": False}),
                ({"is_activated": False}, {"is_activated": True}),
            ],
        )
        self.assertEqual(self.client.patch(self.address(user), {}).json(), body)
        self.assertEqual(AuditLog.objects.filter(object_id=str(user.id)).count(), 2)

    def test_flags_are_true_or_false(self) -> None:
        response = self.client.patch(self.address(make_user()), {"is_active": "no"})

        self.assertIn("is_active", self.assert_error(response, 400, "validation_error")["details"])

    def test_nobody_shuts_out_themselves_or_those_above(self) -> None:
        for user in (self.admin, self.superadmin, make_user(role=Role.ADMIN)):
            for request in (
                lambda user=user: self.client.patch(self.address(user), {"is_active": False}),
                lambda user=user: self.client.patch(self.address(user), {"is_activated": False}),
                lambda user=user: self.client.delete(self.address(user)),
            ):
                self.assert_error(request(), 400, "invalid_action")
        self.sign_in(self.superadmin)
        self.assert_error(self.client.delete(self.address(self.superadmin)), 400, "invalid_action")
        self.assertEqual(self.client.delete(self.address(self.admin)).status_code, 200)

    def test_deletion_answers_a_body_and_happens_once(self) -> None:
        user = make_user()

        response = self.client.delete(self.address(user))

        self.assertEqual(response.status_code, 200)
        self.assertEqual(response.json()["status"], "ok")
        self.assertEqual(response.json()["data"]["user_id"], str(user.id))
        self.assert_error(self.client.delete(self.address(user)), 404, "user_not_found")

    def test_an_administrators_wish_to_give_a_role_is_refused_in_words(self) -> None:
        response = self.client.post(self.address(make_user(), "set_role/"), {"role": "ADMIN"})

        error = self.assert_error(response, 403, "access_denied")
        self.assertIn("superadmin", error["message"])


class ActivityTests(AdminUsersCase):
    def activity(self, user: User, query: str = "") -> Any:
        return self.client.get(self.address(user, f"activity/{query}"))

    def test_is_what_one_did_and_what_was_done_to_one_the_newest_first(self) -> None:
        user, other = make_user(), make_user()
        audit_change(entity=user, action="UPDATE", actor=self.admin, after={"is_active": True})
        audit_change(entity=other, action="DELETE", actor=user, before={"is_deleted": False})
        audit_change(entity=other, action="UPDATE", actor=self.admin, after={"role": "USER"})
        audit_change(entity=user, action="UPDATE", actor=user, after={"changed": ["bio"]})
        UserEvent.objects.create(
            user=user, event_type="resource.viewed", event_data={"resource_id": str(other.id)}
        )
        UserEvent.objects.create(user=other, event_type="user.signed_in")

        data = self.activity(user).json()["data"]

        self.assertEqual((data["user_id"], data["count"]), (str(user.id), 4))
        self.assertEqual(
            [
                (item["action"], item["entity_name"], item["description"])
                for item in data["activities"]
            ],
            [
                ("resource.viewed", "Resource", "Resource viewed"),
                ("UPDATE", "User", "User changed: bio"),
                ("DELETE", "User", "User deleted: is_deleted"),
                ("UPDATE", "User", "User changed: is_active"),
            ],
        )
        self.assertEqual(data["activities"][0]["object_id"], str(other.id))

    def test_has_a_limit(self) -> None:
        user = make_user()
        UserEvent.objects.bulk_create(
            UserEvent(user=user, event_type="user.signed_in") for _ in range(120)
        )

        for query, count in (
            ("", 50),
            ("?limit=10/", 10),
            ("?limit=100", 100),
            ("?limit=500", 100),
        ):
            with self.subTest(query):
                self.assertEqual(self.activity(user, query).json()["data"]["count"], count)
        for query in ("?limit=0", "?limit=x", "?limit=-5"):
            self.assert_error(self.activity(user, query), 400, "invalid_pagination")

    def test_follows_what_happens(self) -> None:
        user = make_user()
        self.client.post("/api/auth/login/", {"email": user.email, "password": PASSWORD})
        process_outbox(limit=50)

        data = self.activity(user).json()["data"]

        self.assertIn("user.signed_in", [item["action"] for item in data["activities"]])
        self.assertEqual(len({item["id"] for item in data["activities"]}), data["count"])
