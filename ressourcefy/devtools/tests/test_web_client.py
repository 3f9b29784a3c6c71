"""Every screen of the web client, walked through over HTTP as its browser and its server do."""

import secrets
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import jwt
from django.conf import settings

from api.examples.demo import COMMENTS, PAYMENTS, PEOPLE, RESOURCES, SUBSCRIPTIONS
from devtools.demo.accounts import DEMO_PASSWORD
from devtools.journey.browser import token_in
from devtools.tests.web_client import DIRECT, WebClient
from devtools.tests.web_client_case import (
    PAGE,
    STATS,
    USER,
    Product,
    WebClientTestCase,
    start_product,
)

COOKIES = {"access_token", "refresh_token", "activated", "onboarding_step"}


def setUpModule() -> None:
    start_product()


class VisitorTests(WebClientTestCase):
    def test_becomes_a_user_and_reaches_the_dashboard(self) -> None:
        client, name = self.visit(), f"visitor_{secrets.token_hex(4)}"
        form = {
            "username": name,
            "email": f"{name}@example.org",
            "password": "correct horse battery",
            "accepted_terms": True,
        }
        refused = client.direct("/auth/register/", form | {"accepted_terms": False})
        self.assertTrue(refused.body["error"]["details"]["accepted_terms"])
        taken = client.direct("/auth/register/", form | {"email": "reader@example.com"})
        self.assertEqual((taken.status, taken.code), (422, "email_already_used"))
        self.assertTrue(taken.body["error"]["details"]["email"])
        self.assertEqual(client.direct("/auth/register/", form).status, 201)

        # The form of the sign-in shows a box for another mail.
        early = client.direct("/auth/login/", {k: form[k] for k in ("email", "password")})
        self.assert_refused(early, 403, "account_not_activated")
        token = token_in(Product.mailbox.link_mailed_to(str(form["email"])))
        for _first_and_again in range(2):
            self.assert_shown(client.direct("/auth/activate/", {"token": token}))
        self.assert_shown(client.direct("/auth/resend-activation/", {"email": form["email"]}))
        wrong = client.direct("/auth/activate/", {"token": "nonsense"})
        self.assert_refused(wrong, 400, "invalid_token")

        user = client.sign_in(str(form["email"]), str(form["password"]))
        self.assertEqual(user.keys(), USER)
        self.assertEqual((user["activated"], user["onboarding_step"]), (True, "not_started"))
        self.onboard(client, name)
        self.assert_cards(self.assert_shown(client.get("/feed/?page=1&page_size=20"))["data"])

    def onboard(self, client: WebClient, name: str) -> None:
        """Each step is followed by two calls of `me` and one of the status."""
        tags = self.assert_shown(client.get("/tags/"))
        self.assertEqual((tags["status"], tags["count"]), ("ok", len(tags["data"])))
        early = client.post("/onboarding/interests/", {"tag_ids": [tags["data"][0]["id"]]})
        self.assert_refused(early, 403, "invalid_onboarding_step")
        self.assert_refused(client.get("/user/resources/?page=1"), 403, "onboarding_incomplete")
        profile = {"username": name, "bio": "", "avatar_url": ""}
        interests = {"tag_ids": [tag["id"] for tag in tags["data"][:3]]}
        steps: tuple[tuple[str, dict[str, Any] | None, str], ...] = (
            ("start", None, "profile"),
            ("profile", profile, "interests"),
            ("interests", interests, "completed"),
        )
        for name_of_step, body, then in steps:
            self.assert_shown(client.post(f"/onboarding/{name_of_step}/", body))
            self.assertEqual(client.cookies["onboarding_step"], then)
            for _ in range(2):
                me = self.assert_shown(client.get("/user/me/"))["data"]
                self.assertEqual((me.keys(), me["onboarding_step"]), (USER, then))
            status = self.assert_shown(client.get("/onboarding/status/"))
            self.assertEqual(status["onboarding_step"], then)
        self.assert_shown(client.post("/onboarding/complete/"))

    def test_is_refused_by_every_direct_call_in_words_that_a_page_can_read(self) -> None:
        client = self.visit()

        for path in DIRECT:
            with self.subTest(path=path):
                seen = client.direct(path, {})
                self.assertIn(seen.status, {400, 401})
                self.assertTrue(seen.message)
        self.assertTrue(client.direct("/auth/register/", {}).body["error"]["details"])
        unknown = client.direct("/auth/nothing/", {})
        self.assert_refused(unknown, 404, "not_found")

    def test_reaches_nothing_private_through_the_proxy(self) -> None:
        client = self.visit()

        self.assertEqual(client.get("/feed/?page=1").code, "unauthorized")
        self.assert_shown(client.get("/health/live/"))
        self.assert_shown(client.get("/health/ready/"))
        self.assertNotIn("GET /feed/", "".join(client.requests))


class ReaderTests(WebClientTestCase):
    def test_opens_a_resource_for_the_first_time(self) -> None:
        client, page = self.sign_in("buyer"), f"/resources/{RESOURCES['sql']}"

        detail = self.assert_shown(client.get(f"{page}/detail/"))["data"]
        before = self.assert_shown(client.get(f"{page}/progress/"))["data"]
        with ThreadPoolExecutor(2) as twice:
            opened = list(twice.map(client.get, [f"{page}/access/"] * 2))

        self.assert_cards([detail])
        self.assert_fields(detail, {"description", "user_vote"})
        for version in detail["versions"]:
            self.assert_fields(version, {"version_number", "file_url", "created_at"})
        self.assertEqual((before["progress_id"], before["status"]), (None, "NOT_STARTED"))
        for one in opened:
            self.assertTrue(self.assert_shown(one)["data"]["access_granted"])
        after = self.assert_shown(client.get(f"{page}/progress/"))["data"]
        self.assertEqual(after["status"], "IN_PROGRESS")
        listed = self.assert_shown(client.get("/user/progress/?page=1&page_size=50"))["data"]
        self.assertEqual([one["resource_id"] for one in listed["data"]].count(RESOURCES["sql"]), 1)
        done = self.assert_shown(client.post(f"{page}/complete/"))["data"]
        self.assertEqual((done["status"], done["progress_id"]), ("COMPLETED", after["progress_id"]))

    def test_comments_and_votes(self) -> None:
        client, page = self.sign_in("reader"), f"/resources/{RESOURCES['python']}"
        content = f"Seen today {secrets.token_hex(4)}"

        written = client.post(
            "/comments/", {"resource_id": RESOURCES["python"], "content": content}
        )
        self.assertEqual(
            self.assert_shown(written, 201)["data"]["resource_id"], RESOURCES["python"]
        )
        comments = self.assert_shown(client.get(f"{page}/comments/?page=1&page_size=20"))
        self.assertEqual(comments["pagination"].keys() & PAGE, PAGE)
        self.assertEqual(comments["pagination"]["page_size"], 20)
        self.assertEqual(comments["data"][0]["content"], content)
        for comment in comments["data"]:
            self.assertTrue(comment["author"]["username"])
            self.assert_fields(comment["stats"], {"upvotes", "downvotes", "total_votes"})
        voted = client.post("/comments/vote/", {"comment_id": COMMENTS["thanks"], "vote_value": 1})
        self.assertEqual(self.assert_shown(voted)["data"]["comment_id"], COMMENTS["thanks"])
        for value in (1, -1, 1):
            body = {"resource_id": RESOURCES["python"], "vote_value": value}
            vote = self.assert_shown(client.post("/resources/vote/", body))["data"]
            self.assertEqual((vote["resource_id"], vote["value"]), (RESOURCES["python"], value))
        detail = self.assert_shown(client.get(f"{page}/detail/"))["data"]
        self.assertEqual(detail["user_vote"], 1)
        blank = {"resource_id": RESOURCES["python"], "content": "  "}
        self.assert_refused(client.post("/comments/", blank), 400, "invalid_action")

    def test_is_told_why_something_stays_closed(self) -> None:
        client = self.sign_in("reader")

        premium = client.get(f"/resources/{RESOURCES['machine_learning']}/detail/")
        self.assert_refused(premium, 403, "access_denied")
        for typed in ("nonsense", "01980000-0000-7000-8000-00000000dead"):
            seen = client.get(f"/resources/{typed}/detail/")
            self.assertEqual(seen.status, 404)
            self.assertTrue(seen.message)
        self.assertIn("access_token", client.cookies)

    def test_sees_lists_although_a_slash_hangs_on_the_last_value(self) -> None:
        client = self.sign_in("reader")

        for size in (1, 20):
            feed = self.assert_shown(client.get(f"/feed/?page=1&page_size={size}"))
            self.assertLessEqual(len(feed["data"]), size)
        past = self.assert_shown(client.get("/feed/?page=999&page_size=20"))
        self.assertEqual(past["data"], [])
        progress = self.assert_shown(client.get("/user/progress/?page=1&page_size=50"))["data"]
        self.assert_fields(progress, {"summary", "data", "pagination"})
        self.assertEqual(client.requests[-1], "GET /user/progress/?page=1&page_size=50%2F")

    def test_keeps_working_beside_the_cookie_of_the_administrators_site(self) -> None:
        client = self.sign_in("reader")
        client.cookies |= {"sessionid": "x" * 32, "csrftoken": "y" * 32}

        self.assert_shown(client.post("/onboarding/complete/"))
        self.assert_shown(client.patch("/user/profile/", {"bio": "Reads on every train."}))


class AuthorTests(WebClientTestCase):
    def test_publishes_and_looks_after_it(self) -> None:
        client = self.sign_in("contributor")
        form: dict[str, Any] = {
            "title": "Written in the browser",
            "description": "All of it.",
            "visibility": "public",
            "price_cents": None,
            "tag_ids": [],
        }

        # The form sends the price although the visibility was switched back.
        priced = client.post("/resources/", form | {"price_cents": 500})
        self.assert_refused(priced, 400, "invalid_action")
        file = {"file_url": "https://files.example.com/browser.pdf"}
        made = self.assert_shown(client.post("/resources/", form | file), 201)["data"]
        self.assert_fields(made, {"resource_id", "title", "author_id", "tags", "created_at"})
        version = {"resource_id": made["resource_id"]} | file
        added = self.assert_shown(client.post("/resources/versions/", version), 201)["data"]
        self.assertEqual((added["version_number"], added["version"]), (2, 2))
        change = {"title": "Changed in the browser"}
        self.assert_shown(client.patch(f"/resources/{made['resource_id']}/", change))
        own = self.assert_shown(client.get("/user/resources/?page=1&page_size=20"))
        self.assertEqual(own["data"][0]["title"], change["title"])
        self.assertEqual(own["data"][0]["stats"].keys(), STATS)
        self.assert_fields(own["pagination"], PAGE)
        deleted = client.delete(f"/resources/{made['resource_id']}/delete/")
        self.assertTrue(self.assert_shown(deleted)["data"]["message"])

    def test_sees_readers_and_has_a_page(self) -> None:
        client = self.sign_in("contributor")

        page = f"/resources/{RESOURCES['python']}/users-progress/?page=1&page_size=10"
        readers = self.assert_shown(client.get(page))["data"]
        self.assertTrue(readers["progress_entries"])
        self.assert_fields(readers["pagination"], PAGE)
        author = self.assert_shown(client.get(f"/authors/{PEOPLE['contributor']}/"))["data"]
        self.assert_fields(author, {"id", "username", "bio", "avatar_url", "stats"})
        self.assertNotIn("email", author)


class AdministratorTests(WebClientTestCase):
    def test_has_the_menu_at_once(self) -> None:
        user = self.visit().sign_in("admin@example.com", DEMO_PASSWORD)

        self.assertEqual((user.keys(), user["role"]), (USER, "ADMIN"))

    def test_keeps_users(self) -> None:
        client, page = self.sign_in("admin"), f"/admin/users/{PEOPLE['guest']}/"

        found = self.assert_shown(client.get("/admin/users/?page=1&page_size=20&search=guest"))
        self.assertEqual([one["email"] for one in found["results"]], ["guest@example.com"])
        self.assertEqual(found.keys(), {"count", "next", "previous", "results"})
        self.assertEqual(self.assert_shown(client.get(page))["id"], PEOPLE["guest"])
        self.assertEqual(
            self.assert_shown(client.patch(page, {"is_active": False}))["id"], PEOPLE["guest"]
        )
        refused = client.post(f"{page}set_role/", {"role": "ADMIN"})
        self.assert_refused(refused, 403, "access_denied")
        self.assert_shown(client.post(f"/admin/users/{PEOPLE['locked_out']}/reset_password/"))
        activity = client.get(f"{page}activity/?limit=10")
        self.assert_fields(self.assert_shown(activity)["data"], {"activities", "count"})
        removed = self.assert_shown(client.delete(f"/admin/users/{PEOPLE['spammer']}/"))
        self.assertEqual(removed["data"]["user_id"], PEOPLE["spammer"])
        past = self.assert_shown(client.get("/admin/users/?page=999&page_size=20"))
        self.assertEqual(past["results"], [])

    def test_keeps_tags(self) -> None:
        client, name = self.sign_in("admin"), f"Tag {secrets.token_hex(4)}"

        made = [
            self.assert_shown(client.post("/admin/tags/", {"name": f"{name} {number}"}), 201)
            for number in range(3)
        ]
        first, second, third = (one["data"]["tag_id"] for one in made)
        found = self.assert_shown(client.get(f"/admin/tags/?page=1&page_size=20&search={name}"))
        self.assertEqual(found["count"], 3)
        again = client.patch(f"/admin/tags/{first}/", {"name": made[0]["data"]["name"]})
        self.assert_shown(again)
        taken = client.post("/admin/tags/", {"name": f"{name} 0"})
        self.assert_refused(taken, 400, "invalid_action")
        body = {"source_tag_id": first, "target_tag_id": second}
        self.assert_shown(client.post("/admin/tags/merge/", body))
        self.assertTrue(
            self.assert_shown(client.delete(f"/admin/tags/{third}/"))["data"]["message"]
        )

    def test_keeps_resources(self) -> None:
        client, page = self.sign_in("admin"), f"/admin/resources/{RESOURCES['to_remove']}/"

        # The screen lists them with the feed.
        self.assert_cards(self.assert_shown(client.get("/feed/?page=1&page_size=20"))["data"])
        self.assert_fields(
            self.assert_shown(client.get("/admin/resources/?page=1&page_size=20")),
            {"count", "next", "previous", "results"},
        )
        self.assert_shown(client.patch(page, {"title": "Somebody's book"}))
        self.assert_shown(client.delete(page))
        self.assert_refused(client.delete(page), 404, "resource_not_found")

    def test_keeps_books(self) -> None:
        client = self.sign_in("admin")

        subscriptions = self.assert_shown(client.get("/admin/subscriptions/?page=1&page_size=20"))
        for one in subscriptions["results"]:
            self.assert_fields(one, {"id", "user", "user_email", "plan", "status", "started_at"})
        cancel = f"/admin/subscriptions/{SUBSCRIPTIONS['sponsor']}/cancel/"
        self.assert_shown(client.post(cancel))
        self.assert_refused(client.post(cancel), 400, "invalid_action")
        payments = self.assert_shown(client.get("/admin/payments/?page=1&page_size=20"))
        for one in payments["results"]:
            self.assertIsInstance(one["provider_reference"], str)
            self.assertIsInstance(one["amount_cents"], int)
        page = f"/admin/payments/{PAYMENTS['course']}/"
        self.assertEqual(self.assert_shown(client.get(page))["data"]["id"], PAYMENTS["course"])
        refund = self.assert_shown(client.post(f"{page}refund/", {"amount_cents": 100}))["data"]
        self.assertEqual(refund["refund_amount_cents"], 100)
        self.assert_refused(
            client.post(f"{page}refund/", {"amount_cents": 10_000_000}), 400, "invalid_action"
        )

    def test_watches_the_dashboard(self) -> None:
        client = self.sign_in("admin")

        overview = self.assert_shown(client.get("/admin/dashboard/overview/"))["data"]
        self.assertIsInstance(overview["total_revenue_usd"], int | float)
        activity = self.assert_shown(client.get("/admin/dashboard/activity/?limit=10"))["data"]
        ids = [one["id"] for one in activity["activities"]]
        self.assertEqual((len(ids), len(set(ids))), (10, 10))
        for one in activity["activities"]:
            self.assertTrue(datetime.fromisoformat(one["timestamp"]).tzinfo)
            self.assertIn(one["action"], {"CREATE", "UPDATE", "DELETE"})
        health = self.assert_shown(client.get("/admin/dashboard/system-health/"))["data"]
        self.assertEqual(health["db_status"], "ok")

    def test_speaks_for_somebody_and_stays_who_they_are(self) -> None:
        client, other = self.sign_in("superadmin"), self.visit()
        before = dict(client.cookies)

        seen = client.post(f"/admin/users/{PEOPLE['subscriber']}/impersonate/")
        data = self.assert_shown(seen)["data"]
        other.cookies["access_token"] = data["access_token"]

        self.assertEqual(client.cookies, before)
        self.assertEqual(data["user"].keys(), USER)
        me = self.assert_shown(other.get("/user/me/"))["data"]
        self.assertEqual(me["id"], PEOPLE["subscriber"])
        body = {"current_password": DEMO_PASSWORD, "new_password": "taken over at night"}
        self.assert_refused(other.post("/user/password/", body), 403, "access_denied")
        role = f"/admin/users/{PEOPLE['promoted']}/set_role/"
        changed = self.assert_shown(client.post(role, {"role": "CONTRIBUTOR"}))["data"]
        self.assertEqual(changed["user_id"], PEOPLE["promoted"])


class SessionTests(WebClientTestCase):
    def expire(self, client: WebClient) -> None:
        """Let the access token be one whose time was over an hour ago."""
        key, algorithm = (str(settings.SIMPLE_JWT[name]) for name in ("SIGNING_KEY", "ALGORITHM"))
        claims = jwt.decode(
            client.cookies["access_token"], key, [algorithm], options={"verify_aud": False}
        )
        past = {"exp": int(time.time()) - 3_600, "iat": int(time.time()) - 7_200}
        client.cookies["access_token"] = jwt.encode(claims | past, key, algorithm)

    def test_that_ran_out_sends_back_to_the_sign_in(self) -> None:
        client = self.sign_in("reader")
        self.expire(client)

        seen = client.call("GET", "/user/me/")

        self.assertEqual((seen.status, seen.code), (401, "unauthorized"))
        self.assertFalse({"access_token", "refresh_token"} & client.cookies.keys())
        client.sign_in("reader@example.com", DEMO_PASSWORD)
        self.assert_shown(client.get("/user/me/"))

    def test_ends_with_an_expired_token_as_with_a_good_one(self) -> None:
        for is_expired in (False, True):
            with self.subTest(is_expired=is_expired):
                client = self.sign_in("reader")
                client.cookies |= {"activated": "true", "onboarding_step": "completed"}
                if is_expired:
                    self.expire(client)

                self.assert_shown(client.post("/auth/logout/"))

                self.assertFalse(COOKIES & client.cookies.keys())

    def test_is_not_swapped_by_any_other_answer(self) -> None:
        client = self.sign_in("reader")
        tokens = {name: client.cookies[name] for name in ("access_token", "refresh_token")}

        for endpoint in ("/user/me/", "/feed/?page=1&page_size=20", "/user/sessions/?page=1"):
            self.assert_shown(client.get(endpoint))

        self.assertEqual(tokens, {name: client.cookies[name] for name in tokens})
        self.assertEqual(client.cookies["activated"], "true")
