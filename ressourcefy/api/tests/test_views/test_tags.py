"""The public list of tags."""

from api.tests.base import ApiTestCase
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
