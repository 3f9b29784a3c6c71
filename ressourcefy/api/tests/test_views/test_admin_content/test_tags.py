"""Administration of tags over HTTP."""

from uuid import uuid4

from api.tests.test_views.test_admin_content.case import TAGS, AdministrationCase
from audit.models import AuditLog
from core.models import Tag
from resources.tests.factories import make_resource
from users.models import UserInterest
from users.tests.factories import make_tag, make_user


class AdministeredTagsTests(AdministrationCase):
    def test_lists_live_ones_by_name_without_an_envelope(self) -> None:
        names = ("Zoology", "algebra", "Algebra", "C++")
        tags = {name: make_tag(name) for name in names}
        make_tag("Gone").delete()

        body = self.client.get(TAGS).json()

        self.assertEqual(set(body), {"count", "next", "previous", "results"})
        self.assertEqual((body["count"], body["next"], body["previous"]), (4, None, None))
        self.assertEqual([item["name"] for item in body["results"]], sorted(names))
        tag = tags["C++"]
        self.assertEqual(
            next(item for item in body["results"] if item["name"] == "C++"),
            {
                "id": str(tag.pk),
                "name": "C++",
                "slug": "c",
                "created_at": tag.created_at.isoformat().replace("+00:00", "Z"),
                "updated_at": tag.updated_at.isoformat().replace("+00:00", "Z"),
                "deleted_at": None,
            },
        )

    def test_shows_deleted_ones_on_demand(self) -> None:
        gone = make_tag("Gone")
        gone.delete()

        self.assertEqual(self.listed(TAGS, "?include_deleted=true/"), [str(gone.pk)])
        for text in ("false", "1", "yes", ""):
            self.assertEqual(self.listed(TAGS, f"?include_deleted={text}"), [])
        self.assert_error(self.client.get(f"{TAGS}{gone.pk}/"), 404, "tag_not_found")
        found = self.client.get(f"{TAGS}{gone.pk}/?include_deleted=true").json()
        self.assertIsNotNone(found["deleted_at"])

    def test_searches_parts_of_names_in_any_case(self) -> None:
        algebra, linear, percent = make_tag("Algèbre"), make_tag("linear Algebra"), make_tag("50 %")
        for term, expected in (
            ("ALG", [algebra, linear]),
            ("gèb", [algebra]),
            ("GÈB", [algebra]),
            ("r%20alg", [linear]),
            ("l", [linear]),
            ("al", [algebra]),
            ("%25", []),
            ("0%20%25", [percent]),
            ("___", []),
            ("a%00b", []),
            ("x" * 300, []),
            ("", [percent, algebra, linear]),
            ("algebra%2F", [linear]),
        ):
            with self.subTest(term):
                self.assertEqual(
                    self.listed(TAGS, f"?page=1&search={term}"), [str(tag.pk) for tag in expected]
                )

    def test_pages_hold_each_tag_once(self) -> None:
        tags = [make_tag(f"Tag {number:02}") for number in range(5)]

        first = self.client.get(f"{TAGS}?page=1&page_size=2&search=tag").json()
        second = self.client.get(first["next"]).json()
        third = self.client.get(second["next"]).json()

        ids = [item["id"] for page in (first, second, third) for item in page["results"]]
        self.assertEqual(ids, [str(tag.pk) for tag in tags])
        self.assertIsNone(third["next"])
        self.assertEqual(self.client.get(third["previous"]).json()["results"], second["results"])
        self.assertEqual({page["count"] for page in (first, second, third)}, {5})

    def test_makes_one(self) -> None:
        response = self.post(TAGS, name="  Linear algebra ", slug="mine", id=str(uuid4()))

        tag = Tag.objects.get()
        self.assertEqual(response.status_code, 201)
        self.assertEqual(
            response.json(),
            {
                "status": "ok",
                "data": {
                    "tag_id": str(tag.pk),
                    "name": "Linear algebra",
                    "slug": "linear-algebra",
                },
            },
        )

    def test_refuses_a_name_that_is_taken_or_none(self) -> None:
        tag = make_tag("Algebra")
        make_tag("Geometry")

        for send in (
            lambda name: self.post(TAGS, name=name),
            lambda name: self.patch(f"{TAGS}{tag.pk}/", name=name),
        ):
            error = self.assert_error(send("Geometry"), 400, "invalid_action")
            self.assertEqual(list(error["details"]), ["name"])
            for name in ("", "   ", "x" * 51, None, 5):
                self.assert_error(send(name), 400, "validation_error")
        self.assertEqual(self.post(TAGS, name="x" * 50).status_code, 201)

    def test_looks_at_renames_and_deletes_one(self) -> None:
        tag = make_tag("Algebra")
        path = f"{TAGS}{tag.pk}/"

        seen = self.client.get(path).json()
        same = self.patch(path, name="Algebra")
        renamed = self.patch(path, name="Linear algebra")
        deleted = self.client.delete(path)

        self.assertEqual((seen["id"], seen["name"]), (str(tag.pk), "Algebra"))
        self.assertEqual(same.json()["data"]["slug"], "algebra")
        self.assertEqual(
            renamed.json()["data"],
            {"tag_id": str(tag.pk), "name": "Linear algebra", "slug": "linear-algebra"},
        )
        self.assertEqual(deleted.status_code, 200)
        for again in (
            self.client.get(path),
            self.patch(path, name="Other"),
            self.client.delete(path),
        ):
            self.assert_error(again, 404, "tag_not_found")
        entries = AuditLog.objects.filter(object_id=str(tag.pk)).order_by("created_at", "id")
        self.assertEqual([entry.action for entry in entries], ["UPDATE", "DELETE"])
        self.assertEqual(
            (entries[0].before_state, entries[0].after_state, entries[0].actor),
            (
                {"name": "Algebra", "slug": "algebra"},
                {"name": "Linear algebra", "slug": "linear-algebra"},
                self.admin,
            ),
        )

    def test_merges_two(self) -> None:
        source, target = make_tag("Maths"), make_tag("Mathematics")
        resource, user = make_resource(), make_user()
        resource.tags.set([source, target])
        UserInterest.objects.create(user=user, tag=source)

        response = self.post(
            f"{TAGS}merge/", source_tag_id=str(source.pk), target_tag_id=str(target.pk)
        )

        data = response.json()["data"]
        self.assertEqual((response.status_code, bool(data.pop("message"))), (200, True))
        self.assertEqual(
            data,
            {
                "source_tag_id": str(source.pk),
                "target_tag_id": str(target.pk),
                "resources": 1,
                "interests": 1,
            },
        )
        self.assertEqual(list(resource.tags.all()), [target])
        self.assertEqual([interest.tag for interest in user.interests.all()], [target])

    def test_refuses_merges_that_make_no_sense(self) -> None:
        tag, gone = make_tag(), make_tag()
        gone.delete()
        for source, target, status, code in (
            (tag.pk, tag.pk, 400, "invalid_action"),
            (tag.pk, gone.pk, 400, "invalid_action"),
            (gone.pk, tag.pk, 404, "tag_not_found"),
            (uuid4(), tag.pk, 404, "tag_not_found"),
            (tag.pk, uuid4(), 404, "tag_not_found"),
            ("x", tag.pk, 400, "validation_error"),
        ):
            with self.subTest(code):
                response = self.post(
                    f"{TAGS}merge/", source_tag_id=str(source), target_tag_id=str(target)
                )
                self.assert_error(response, status, code)

    def test_merge_is_no_tag_and_no_tag_is_anything_but_an_id(self) -> None:
        self.assertEqual(self.client.get(f"{TAGS}merge/").status_code, 405)
        self.assert_error(self.client.get(f"{TAGS}some/"), 404, "not_found")
