"""The public list of tags."""

from api.tests.base import ApiTestCase
from api.tests.cases import KeptAnswerTestCase
from users.tests.factories import make_tag


class TagsTests(ApiTestCase):
    def test_lists_live_tags_by_name_with_one_query(self) -> None:
        ada, c = make_tag("Ada"), make_tag("C++")
        make_tag("Gone").delete()

        with self.assertNumQueries(1):
            body = self.client.get("/api/tags/").json()

        self.assertEqual((body["status"], body["count"]), ("ok", 2))
        self.assertEqual([tag["id"] for tag in body["data"]], [str(ada.id), str(c.id)])
        self.assertEqual(set(body["data"][0]), {"id", "name", "slug", "created_at", "updated_at"})

    def test_is_for_everyone_whatever_token_is_left_over(self) -> None:
        self.client.credentials(HTTP_AUTHORIZATION="Bearer stale")

        body = self.client.get("/api/tags/").json()

        self.assertEqual(body, {"status": "ok", "data": [], "count": 0})


class KeptTagsTests(KeptAnswerTestCase):
    def setUp(self) -> None:
        super().setUp()
        make_tag("Algebra")

    def test_are_read_once_for_a_moment(self) -> None:
        with self.assertNumQueries(1):
            answers = [self.client.get("/api/tags/") for _ in range(3)]

        self.assertEqual(len({answer.content for answer in answers}), 1)
        self.assertEqual(answers[0].json()["count"], 1)

    def test_are_answered_as_if_they_were_not_kept(self) -> None:
        self.assert_kept_as_it_is_made("/api/tags/")
