"""Administration of resources over HTTP."""

from uuid import uuid4

from api.tests.test_views.test_admin_content.case import PROGRESS, TAGS, AdministrationCase
from audit.models import AuditLog
from core.models import OutboxEvent
from resources.models import Resource
from resources.tests.factories import make_resource, make_version
from resources.types import Visibility
from users.tests.factories import make_contributor, make_tag, make_user

RESOURCES = "/api/admin/resources/"
BAD_PAGES = ("0", "-1", "x", "1.5", "")


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
