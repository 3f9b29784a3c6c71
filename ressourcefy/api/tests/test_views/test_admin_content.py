"""Administration of tags, resources and progress over HTTP."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.utils import timezone

from api.tests.base import ApiTestCase
from audit.models import AuditLog
from core.models import OutboxEvent, Tag
from resources.models import Resource, ResourceProgress
from resources.tests.factories import make_resource, make_version
from resources.types import ProgressStatus, Visibility
from users.models import Profile, UserInterest
from users.tests.factories import make_contributor, make_tag, make_user
from users.types import Role

TAGS = "/api/admin/tags/"
RESOURCES = "/api/admin/resources/"
PROGRESS = "/api/admin/progress/"
BAD_PAGES = ("0", "-1", "x", "1.5", "")


class AdministrationCase(ApiTestCase):
    def setUp(self) -> None:
        self.admin = make_user(role=Role.ADMIN)
        self.sign_in(self.admin)

    def post(self, path: str, **body: Any) -> Any:
        return self.client.post(path, body, format="json")

    def patch(self, path: str, **body: Any) -> Any:
        return self.client.patch(path, body, format="json")

    def listed(self, path: str, query: str = "") -> list[Any]:
        """The ids in a list, in order."""
        return [item["id"] for item in self.client.get(path + query).json()["results"]]


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


class AdministeredResourcesTests(AdministrationCase):
    def test_lists_whole_resources_the_newest_first(self) -> None:
        author = make_contributor(email="ada@example.org")
        older = make_resource(author=author)
        tag, gone = make_tag("Rust"), make_tag("Gone")
        premium = make_resource(
            author=author,
            title="Paid",
            description="x" * 5_000,
            visibility=Visibility.PREMIUM,
            price_cents=900,
        )
        premium.tags.set([tag, gone])
        gone.delete()
        make_version(premium)
        newest_file = make_version(premium, "https://files.example.org/b.pdf")
        make_resource(visibility=Visibility.PRIVATE).delete()

        body = self.client.get(RESOURCES).json()

        self.assertEqual(set(body), {"count", "next", "previous", "results"})
        self.assertEqual([item["id"] for item in body["results"]], [str(premium.pk), str(older.pk)])
        first = body["results"][0]
        self.assertEqual(
            set(first),
            {
                "id",
                "title",
                "description",
                "author_id",
                "author_email",
                "visibility",
                "price_cents",
                "tags",
                "versions",
                "created_at",
                "updated_at",
                "deleted_at",
            },
        )
        self.assertEqual(
            (first["author_id"], first["author_email"], first["visibility"], first["price_cents"]),
            (str(author.pk), "ada@example.org", "premium", 900),
        )
        self.assertEqual(len(first["description"]), 5_000)
        self.assertEqual(first["tags"], [{"id": str(tag.pk), "name": "Rust", "slug": "rust"}])
        self.assertEqual([version["version_number"] for version in first["versions"]], [2, 1])
        self.assertEqual(first["versions"][0]["file_url"], newest_file)
        self.assertEqual(
            set(first["versions"][0]), {"id", "version_number", "file_url", "created_at"}
        )
        self.assertEqual(self.client.get(f"{RESOURCES}{premium.pk}/").json(), first)

    def test_filters_narrow_it(self) -> None:
        author, rust, go = make_contributor(), make_tag("Rust"), make_tag("Go")
        public = make_resource(author=author, title="Learning Rust")
        public.tags.set([rust, go])
        priced = make_resource(
            title="Advanced RUST", visibility=Visibility.PREMIUM, price_cents=900
        )
        priced.tags.set([rust])
        private = make_resource(title="Notes", visibility=Visibility.PRIVATE)
        deleted = make_resource(author=author, title="Old rust")
        deleted.delete()

        for query, expected in (
            ("", [private, priced, public]),
            ("?include_deleted=true", [deleted, private, priced, public]),
            (f"?author_id={author.pk}/", [public]),
            (f"?author_id={author.pk}&include_deleted=true/", [deleted, public]),
            ("?visibility=premium/", [priced]),
            ("?has_price=true", [priced]),
            ("?has_price=false", [private, public]),
            ("?search=rust/", [priced, public]),
            ("?search=LEARNING%20r", [public]),
            (f"?tag_ids={go.pk}/", [public]),
            (f"?tag_ids={go.pk}&tag_ids={rust.pk}/", [priced, public]),
            (f"?tag_ids={rust.pk}&visibility=premium", [priced]),
            (f"?tag_ids=x&tag_ids={go.pk}", [public]),
            ("?visibility=&author_id=&search=&tag_ids=&has_price=", [private, priced, public]),
            ("?visibility=past", []),
            ("?author_id=x", []),
            (f"?author_id={uuid4()}", []),
            ("?has_price=1", []),
            ("?tag_ids=x", []),
            ("?search=nothing", []),
            ("?search=%00", []),
        ):
            with self.subTest(query):
                self.assertEqual(
                    self.listed(RESOURCES, query), [str(resource.pk) for resource in expected]
                )

    def test_next_keeps_the_filters(self) -> None:
        tags = [make_tag(), make_tag()]
        for tag in tags:
            for _ in range(2):
                make_resource().tags.set([tag])
        make_resource()
        query = f"?page_size=3&tag_ids={tags[0].pk}&tag_ids={tags[1].pk}/"

        first = self.client.get(RESOURCES + query).json()
        second = self.client.get(first["next"]).json()

        self.assertEqual((len(first["results"]), len(second["results"])), (3, 1))
        self.assertTrue(first["next"].startswith("http://"))

    def test_refuses_pages_that_are_none(self) -> None:
        for path in (TAGS, RESOURCES, PROGRESS):
            for text in BAD_PAGES:
                for name in ("page", "page_size"):
                    response = self.client.get(f"{path}?{name}={text}")
                    self.assert_error(response, 400, "invalid_pagination")

    def test_a_deleted_one_is_found_on_demand(self) -> None:
        resource = make_resource()
        resource.delete()
        path = f"{RESOURCES}{resource.pk}/"

        self.assert_error(self.client.get(path), 404, "resource_not_found")
        self.assertIsNotNone(self.client.get(f"{path}?include_deleted=true").json()["deleted_at"])

    def test_publishes_for_an_author(self) -> None:
        author, tag = make_user(), make_tag()

        response = self.post(
            RESOURCES,
            author_id=str(author.pk),
            title=" Paid ",
            description="All of it.",
            visibility="premium",
            price_cents=900,
            tag_ids=[str(tag.pk), str(tag.pk)],
            file_url="https://files.example.org/a.pdf",
        )

        resource = Resource.objects.get_queryset().get()
        self.assertEqual(response.status_code, 201)
        self.assertEqual(
            response.json()["data"],
            {"resource_id": str(resource.pk), "title": "Paid", "author_id": str(author.pk)},
        )
        self.assertEqual((resource.author, resource.price_cents), (author, 900))
        self.assertEqual((list(resource.tags.all()), resource.versions.count()), ([tag], 0))
        entry = AuditLog.objects.get(object_id=str(resource.pk))
        assert entry.after_state is not None
        self.assertEqual((entry.actor, entry.action), (self.admin, "CREATE"))
        self.assertEqual(entry.after_state["author_id"], str(author.pk))
        self.assertEqual(OutboxEvent.objects.get().event_type, "resource.published")

    def test_the_rules_of_authors_hold(self) -> None:
        author, resource, gone = make_contributor(), make_resource(), make_user()
        gone.delete()
        good = {"title": "New", "description": "All of it."}
        for path, extra in (
            (RESOURCES, {"author_id": str(author.pk), **good}),
            (f"{RESOURCES}{resource.pk}/", {}),
        ):
            send = self.post if path == RESOURCES else self.patch
            for wrong, code in (
                ({"visibility": "premium"}, "invalid_action"),
                ({"price_cents": 5}, "invalid_action"),
                ({"tag_ids": [str(uuid4())]}, "invalid_action"),
                ({"title": " "}, "validation_error"),
                ({"title": "x" * 201}, "validation_error"),
                ({"description": ""}, "validation_error"),
                ({"visibility": "secret"}, "validation_error"),
                ({"price_cents": -1}, "validation_error"),
            ):
                with self.subTest(path=path, wrong=wrong):
                    self.assert_error(send(path, **(extra | wrong)), 400, code)
        for author_id in (uuid4(), gone.pk):
            response = self.post(RESOURCES, author_id=str(author_id), **good)
            self.assert_error(response, 404, "user_not_found")
        self.assert_error(self.post(RESOURCES, **good), 400, "validation_error")
        self.assertFalse(OutboxEvent.objects.exists())

    def test_changes_anybodys_and_names_what_differs(self) -> None:
        tag = make_tag()
        resource = make_resource(title="Old", visibility=Visibility.PRIVATE)
        path = f"{RESOURCES}{resource.pk}/"

        response = self.patch(
            path,
            title="New",
            description=resource.description,
            visibility="premium",
            price_cents=900,
            tag_ids=[str(tag.pk)],
            author_id=str(self.admin.pk),
        )
        nothing = self.patch(path, title="New")

        self.assertEqual(
            response.json()["data"],
            {
                "resource_id": str(resource.pk),
                "title": "New",
                "updated_fields": ["title", "visibility", "price_cents", "tags"],
            },
        )
        self.assertEqual(nothing.json()["data"]["updated_fields"], [])
        author = resource.author
        resource.refresh_from_db()
        self.assertEqual((resource.title, resource.author), ("New", author))
        entry = AuditLog.objects.get(object_id=str(resource.pk))
        self.assertEqual(
            (entry.actor, entry.before_state, entry.after_state),
            (
                self.admin,
                {"visibility": "private", "price_cents": None},
                {
                    "changed": ["title", "visibility", "price_cents", "tags"],
                    "visibility": "premium",
                    "price_cents": 900,
                },
            ),
        )
        self.assertEqual(OutboxEvent.objects.get().event_type, "resource.updated")

    def test_deletes_anybodys_once(self) -> None:
        resource = make_resource()
        path = f"{RESOURCES}{resource.pk}/"

        first, second = self.client.delete(path), self.client.delete(path)

        self.assertEqual((first.status_code, first.json()["status"]), (200, "ok"))
        self.assertTrue(first.json()["data"]["message"])
        self.assert_error(second, 404, "resource_not_found")
        self.assert_error(self.patch(path, title="New"), 404, "resource_not_found")
        response = self.post(f"{path}versions/", file_url="https://files.example.org/b.pdf")
        self.assert_error(response, 404, "resource_not_found")

    def test_adds_files_to_anybodys(self) -> None:
        resource = make_resource()
        make_version(resource)
        path = f"{RESOURCES}{resource.pk}/versions/"
        address = "https://files.example.org/b.pdf"

        response = self.post(path, file_url=address)

        data = response.json()["data"]
        self.assertEqual(response.status_code, 201)
        self.assertEqual(
            (data["resource_id"], data["version_number"], data["file_url"]),
            (str(resource.pk), 2, address),
        )
        for wrong in ("javascript:alert(1)", "https://a:b@files.example.org/", "", None):
            self.assert_error(self.post(path, file_url=wrong), 400, "validation_error")
        entry = AuditLog.objects.get(entity_name="ResourceVersion")
        self.assertEqual((entry.actor, entry.action), (self.admin, "CREATE"))
        self.assertEqual(OutboxEvent.objects.get().event_type, "resource.version_published")


class AdministeredProgressTests(AdministrationCase):
    def test_lists_who_has_come_how_far_the_last_accessed_first(self) -> None:
        now = timezone.now()
        resource = make_resource(title="Rust")
        reader, other = make_user(email="ben@example.org", username="ben"), make_user()
        Profile.objects.filter(user=reader).update(avatar_url="https://example.org/ben.png")
        Profile.objects.filter(user=other).delete()
        older = ResourceProgress.objects.create(
            resource=resource, user=other, last_accessed_at=now - timedelta(days=1)
        )
        newer = ResourceProgress.objects.create(
            resource=resource,
            user=reader,
            status=ProgressStatus.COMPLETED,
            started_at=now,
            last_accessed_at=now,
            completed_at=now,
        )

        body = self.client.get(f"{PROGRESS}?page=1&page_size=20/").json()

        data = body["data"]
        self.assertEqual((body["status"], set(body)), ("ok", {"status", "data"}))
        self.assertEqual(set(data), {"progress_entries", "pagination", "filters"})
        entries = data["progress_entries"]
        self.assertEqual([entry["id"] for entry in entries], [str(newer.pk), str(older.pk)])
        moment = now.isoformat().replace("+00:00", "Z")
        self.assertEqual(
            entries[0],
            {
                "id": str(newer.pk),
                "user_id": str(reader.pk),
                "user_email": "ben@example.org",
                "username": "ben",
                "avatar_url": "https://example.org/ben.png",
                "status": "COMPLETED",
                "started_at": moment,
                "last_accessed_at": moment,
                "completed_at": moment,
                "resource_id": str(resource.pk),
                "resource_title": "Rust",
                "author_id": str(resource.author_id),
                "author_email": resource.author.email,
            },
        )
        self.assertTrue(entries[1]["username"])
        self.assertEqual(
            data["pagination"],
            {
                "page": 1,
                "page_size": 20,
                "total_count": 2,
                "total_pages": 1,
                "has_next": False,
                "has_previous": False,
            },
        )
        self.assertEqual(data["filters"], {"resource_id": None, "user_id": None})

    def test_is_narrowed_to_a_resource_a_reader_or_both(self) -> None:
        one, two = make_resource(), make_resource()
        ada, ben = make_user(), make_user()
        rows = {
            (resource, user): ResourceProgress.objects.create(
                resource=resource, user=user, last_accessed_at=timezone.now()
            )
            for resource, user in ((one, ada), (one, ben), (two, ada))
        }
        two.delete()

        for query, keys in (
            (f"?resource_id={one.pk}/", [(one, ben), (one, ada)]),
            (f"?user_id={ada.pk}/", [(two, ada), (one, ada)]),
            (f"?user_id={ben.pk}&resource_id={one.pk}/", [(one, ben)]),
            (f"?user_id={ben.pk}&resource_id={two.pk}", []),
        ):
            with self.subTest(query):
                data = self.client.get(PROGRESS + query).json()["data"]
                found = [entry["id"] for entry in data["progress_entries"]]
                self.assertEqual(found, [str(rows[key].pk) for key in keys])
        self.assertEqual(data["filters"], {"resource_id": str(two.pk), "user_id": str(ben.pk)})

    def test_what_never_was_is_404(self) -> None:
        for query, code in (
            (f"?resource_id={uuid4()}", "resource_not_found"),
            ("?resource_id=x/", "resource_not_found"),
            (f"?user_id={uuid4()}/", "user_not_found"),
            ("?user_id=x", "user_not_found"),
            ("?user_id=%00", "user_not_found"),
        ):
            with self.subTest(query):
                self.assert_error(self.client.get(PROGRESS + query), 404, code)

    def test_past_the_end_is_empty(self) -> None:
        data = self.client.get(f"{PROGRESS}?page=99999999999999999999/").json()["data"]

        self.assertEqual(data["progress_entries"], [])
        self.assertEqual(data["pagination"]["total_pages"], 1)
