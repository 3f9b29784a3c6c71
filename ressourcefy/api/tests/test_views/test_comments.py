"""Comments and the votes on them over HTTP."""

from typing import Any
from uuid import uuid4

from django.utils import timezone

from api.tests.base import ApiTestCase
from interactions.models import Comment, CommentModeration, CommentVote
from interactions.tests.factories import make_comment
from resources.models import Resource
from resources.tests.factories import make_resource
from users.models import User
from users.tests.factories import make_user
from users.types import OnboardingStep, Role


class SignedInTestCase(ApiTestCase):
    """Signed in as a reader."""

    reader: User

    def setUp(self) -> None:
        self.reader = make_user(username="reader")
        self.sign_in(self.reader)


class CreateCommentTests(SignedInTestCase):
    def comment(self, resource: Resource, content: object, **fields: object) -> Any:
        body = {"resource_id": str(resource.pk), "content": content, **fields}
        return self.client.post("/api/comments/", body)

    def test_answers_with_the_comment(self) -> None:
        resource = make_resource()

        response = self.comment(resource, " <b>Yes</b>\r\n& no. ")

        self.assertEqual(response.status_code, 201)
        data = response.json()["data"]
        comment = Comment.objects.get()
        self.assertEqual(data["comment_id"], str(comment.pk))
        self.assertEqual(data["resource_id"], str(resource.pk))
        self.assertEqual(data["author_id"], str(self.reader.pk))
        self.assertEqual((data["content"], data["parent_id"]), ("<b>Yes</b>\r\n& no.", None))

    def test_a_reply_names_its_parent(self) -> None:
        parent = make_comment()

        response = self.comment(parent.resource, "Why?", parent_id=str(parent.pk))

        self.assertEqual(response.json()["data"]["parent_id"], str(parent.pk))

    def test_refuses_what_breaks_a_rule(self) -> None:
        resource = make_resource()
        for fields, code in (
            ({"content": ""}, "invalid_action"),
            ({"content": " \n\t"}, "invalid_action"),
            ({"content": "x", "parent_id": str(uuid4())}, "invalid_action"),
            ({"content": "x", "parent_id": str(make_comment().pk)}, "invalid_action"),
            ({"content": "x" * 5_001}, "validation_error"),
            ({"content": None}, "validation_error"),
            ({"content": 7}, "validation_error"),
            ({"content": "a\x00b"}, "validation_error"),
            ({"content": "x", "parent_id": "x"}, "validation_error"),
        ):
            with self.subTest(fields=fields):
                self.assert_error(self.comment(resource, **fields), 400, code)
        response = self.client.post("/api/comments/", {"resource_id": str(resource.pk)})
        self.assert_error(response, 400, "validation_error")
        nowhere = {"resource_id": str(uuid4()), "content": "x"}
        response = self.client.post("/api/comments/", nowhere)
        self.assert_error(response, 404, "resource_not_found")

        self.assertFalse(resource.comments.exists())

    def test_there_may_be_any_number(self) -> None:
        resource = make_resource()

        statuses = {self.comment(resource, "x" * 5_000).status_code for _ in range(3)}

        self.assertEqual((statuses, resource.comments.count()), ({201}, 3))

    def test_needs_a_sign_in_and_no_more(self) -> None:
        resource = make_resource()
        self.sign_in(make_user(onboarding_step=OnboardingStep.NOT_STARTED))
        self.assertEqual(self.comment(resource, "Yes.").status_code, 201)

        self.sign_in(make_user(is_activated=False))
        self.assert_error(self.comment(resource, "Yes."), 403, "account_not_activated")
        self.sign_out()
        self.assert_error(self.comment(resource, "Yes."), 401, "unauthorized")


class ListCommentsTests(ApiTestCase):
    def test_lists_with_pagination_beside_the_data(self) -> None:
        resource = make_resource()
        comments = [make_comment(resource=resource) for _ in range(3)]

        response = self.client.get(f"/api/resources/{resource.pk}/comments/?page=1&page_size=2%2F")

        body = response.json()
        self.assertEqual((response.status_code, body["status"]), (200, "ok"))
        self.assertEqual(
            [item["id"] for item in body["data"]], [str(comments[2].pk), str(comments[1].pk)]
        )
        self.assertEqual(body["data"][0]["author"]["username"], comments[2].author.profile.username)
        self.assertEqual(
            (body["pagination"]["page_size"], body["pagination"]["total_count"]), (2, 3)
        )

    def test_names_no_address(self) -> None:
        comment = make_comment()

        response = self.client.get(f"/api/resources/{comment.resource.pk}/comments/")

        self.assertNotIn(comment.author.email, response.content.decode())


class VoteOnCommentTests(SignedInTestCase):
    def vote(self, comment_id: object, value: object) -> Any:
        body = {"comment_id": str(comment_id), "vote_value": value}
        return self.client.post("/api/comments/vote/", body)

    def test_the_last_value_wins_until_withdrawn(self) -> None:
        comment = make_comment()

        up, down, gone = (self.vote(comment.pk, value) for value in (1, -1, 0))

        self.assertEqual(up.json()["data"]["vote_id"], down.json()["data"]["vote_id"])
        self.assertEqual(down.json()["data"]["value"], -1)
        self.assertEqual(
            gone.json()["data"], {"vote_id": None, "comment_id": str(comment.pk), "value": 0}
        )
        self.assertFalse(CommentVote.objects.exists())

    def test_ones_own_comment_may_be_voted_on(self) -> None:
        comment = make_comment(author=self.reader)

        self.assertEqual(self.vote(comment.pk, 1).status_code, 200)

    def test_refuses_what_is_not_there(self) -> None:
        deleted, hidden = make_comment(), make_comment()
        deleted.delete()
        Comment.objects.filter(pk=hidden.pk).update(hidden_at=timezone.now())

        self.assert_error(self.vote(deleted.pk, 1), 403, "access_denied")
        self.assert_error(self.vote(hidden.pk, 1), 403, "access_denied")
        self.assert_error(self.vote(uuid4(), 1), 404, "comment_not_found")
        self.assert_error(self.vote(make_comment().pk, 3), 400, "validation_error")

    def test_is_for_those_done_with_onboarding(self) -> None:
        self.sign_in(make_user(onboarding_step=OnboardingStep.PROFILE))

        self.assert_error(self.vote(make_comment().pk, 1), 403, "onboarding_incomplete")


class OwnCommentTests(SignedInTestCase):
    def address(self, comment: Comment) -> str:
        return f"/api/comments/{comment.pk}/"

    def test_is_edited(self) -> None:
        comment = make_comment(author=self.reader)

        response = self.client.patch(self.address(comment), {"content": " Better said. "})

        data = response.json()["data"]
        self.assertEqual((response.status_code, data["content"]), (200, "Better said."))
        self.assertEqual(
            (data["comment_id"], data["resource_id"], data["author_id"]),
            (str(comment.pk), str(comment.resource.pk), str(self.reader.pk)),
        )
        listed = self.client.get(f"/api/resources/{comment.resource.pk}/comments/").json()["data"]
        self.assertEqual(
            (listed[0]["content"], listed[0]["edited_at"]), ("Better said.", data["edited_at"])
        )

    def test_an_edit_needs_text_and_changes_nothing_else(self) -> None:
        comment = make_comment(author=self.reader)
        for body, code in (
            ({}, "validation_error"),
            ({"content": None}, "validation_error"),
            ({"content": "x" * 5_001}, "validation_error"),
            ({"content": "  "}, "invalid_action"),
        ):
            with self.subTest(body=str(body)[:30]):
                response = self.client.patch(self.address(comment), body)
                self.assert_error(response, 400, code)

        more = {
            "content": "More.",
            "parent_id": str(make_comment(resource=comment.resource).pk),
            "resource_id": str(make_resource().pk),
            "author_id": str(make_user().pk),
            "upvotes": 7,
            "hidden_at": "2020-01-01T00:00:00Z",
            "created_at": "2020-01-01T00:00:00Z",
        }
        self.assertEqual(self.client.patch(self.address(comment), more).status_code, 200)
        same = ("parent_id", "resource_id", "author_id", "upvotes", "hidden_at", "created_at")
        before = {name: getattr(comment, name) for name in same}
        comment.refresh_from_db()
        self.assertEqual({name: getattr(comment, name) for name in same}, before)

    def test_is_deleted_with_an_answer_and_not_twice(self) -> None:
        comment = make_comment(author=self.reader)

        response = self.client.delete(self.address(comment))

        data = response.json()["data"]
        self.assertEqual(response.status_code, 200)
        self.assertEqual(
            (data["comment_id"], data["resource_id"]), (str(comment.pk), str(comment.resource.pk))
        )
        self.assertTrue(data["message"])
        listed = self.client.get(f"/api/resources/{comment.resource.pk}/comments/").json()
        self.assertEqual((listed["data"], listed["pagination"]["total_count"]), ([], 0))
        self.assert_error(self.client.delete(self.address(comment)), 404, "comment_not_found")

    def test_somebody_elses_is_refused(self) -> None:
        comment = make_comment()

        self.assert_error(
            self.client.patch(self.address(comment), {"content": "No."}), 403, "access_denied"
        )
        self.assert_error(self.client.delete(self.address(comment)), 403, "access_denied")

    def test_an_address_without_an_id_is_missing(self) -> None:
        self.assert_error(self.client.delete("/api/comments/7/"), 404, "not_found")


class ModerationTests(SignedInTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.moderator = make_user(username="mod", role=Role.MODERATOR)
        self.comment = make_comment(content="canary")
        self.sign_in(self.moderator)

    def moderate(self, action: str, body: dict[str, Any]) -> Any:
        return self.client.post(f"/api/comments/{self.comment.pk}/{action}/", body)

    def listed(self) -> Any:
        return self.client.get("/api/comments/hidden/?page=1&page_size=20%2F")

    def test_hides_from_everybody_lists_for_moderators_and_restores(self) -> None:
        comments = f"/api/resources/{self.comment.resource.pk}/comments/"

        response = self.moderate("hide", {"reason": "An insult."})

        data = response.json()["data"]
        self.assertEqual((response.status_code, data["is_hidden"]), (200, True))
        self.assertEqual(data["resource_id"], str(self.comment.resource.pk))
        for person in (self.moderator, self.comment.author, self.comment.resource.author):
            self.sign_in(person)
            self.assertNotIn("canary", self.client.get(comments).content.decode())

        self.sign_in(self.moderator)
        (item,) = self.listed().json()["data"]
        self.assertEqual((item["content"], item["reason"]), ("canary", "An insult."))
        self.assertEqual(item["hidden_by"]["username"], "mod")
        self.assertEqual(item["resource_title"], self.comment.resource.title)

        response = self.moderate("restore", {"reason": "A quotation."})
        self.assertEqual((response.status_code, response.json()["data"]["is_hidden"]), (200, False))
        self.assertIn("canary", self.client.get(comments).content.decode())
        self.assertEqual(self.listed().json()["pagination"]["total_count"], 0)

    def test_needs_a_reason_and_a_change(self) -> None:
        for body in ({}, {"reason": ""}, {"reason": "  "}, {"reason": "x" * 501}, {"reason": 7}):
            with self.subTest(body=str(body)[:20]):
                error = self.assert_error(self.moderate("hide", body), 400, "validation_error")
                self.assertIn("reason", error["details"])
        self.assertFalse(CommentModeration.objects.exists())

        reason = {"reason": "An insult."}
        self.assert_error(self.moderate("restore", reason), 400, "invalid_action")
        self.moderate("hide", reason)
        self.assert_error(self.moderate("hide", reason), 400, "invalid_action")

    def test_is_for_moderators(self) -> None:
        self.sign_in(make_user(role=Role.CONTRIBUTOR))

        for action in ("hide", "restore"):
            response = self.moderate(action, {"reason": "An insult."})
            self.assert_error(response, 403, "access_denied")
        self.assert_error(self.listed(), 403, "access_denied")

    def test_a_lost_role_is_lost_on_the_next_request(self) -> None:
        User.objects.filter(pk=self.moderator.pk).update(role=Role.USER)

        self.assert_error(self.moderate("hide", {"reason": "An insult."}), 403, "access_denied")
