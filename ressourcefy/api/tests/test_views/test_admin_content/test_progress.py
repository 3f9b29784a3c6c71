"""Administration of progress over HTTP."""

from datetime import timedelta
from uuid import uuid4

from django.utils import timezone

from api.tests.test_views.test_admin_content.case import PROGRESS, AdministrationCase
from resources.models import ResourceProgress
from resources.tests.factories import make_resource
from resources.types import ProgressStatus
from users.models import Profile
from users.tests.factories import make_user


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
