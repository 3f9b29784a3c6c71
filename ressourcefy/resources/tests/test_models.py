"""The querysets of resources, and what the tables refuse."""

from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError, transaction
from django.test import TestCase

from resources.models import Resource, ResourceProgress, ResourceVersion, ResourceVote
from resources.tests.factories import make_resource, make_version
from resources.types import ProgressStatus, Visibility
from users.tests.factories import make_user


class QuerySetTests(TestCase):
    def test_published_is_what_everybody_may_open(self) -> None:
        public = make_resource()
        make_resource(price_cents=5)
        make_resource(visibility=Visibility.PREMIUM, price_cents=5)
        make_resource(visibility=Visibility.PRIVATE)
        make_resource().delete()

        self.assertEqual(list(Resource.objects.published()), [public])
        self.assertEqual(list(Resource.objects.visible_for(AnonymousUser())), [public])

    def test_priced_is_what_has_a_price(self) -> None:
        make_resource()
        priced = make_resource(visibility=Visibility.PREMIUM, price_cents=5)

        self.assertEqual(list(Resource.objects.priced()), [priced])

    def test_deleted_ones_are_found_where_they_are_asked_for(self) -> None:
        live, deleted = make_resource(), make_resource()
        deleted.delete()

        self.assertEqual(list(Resource.objects.active()), [live])
        self.assertEqual(list(Resource.objects.deleted()), [deleted])
        self.assertEqual(Resource.all_objects.count(), 2)


class TableTests(TestCase):
    def test_refuses_what_no_service_would_write(self) -> None:
        resource, user = make_resource(), make_user()

        for write in (
            lambda: make_resource(title=""),
            lambda: make_resource(visibility="secret"),
            lambda: make_resource(price_cents=-1),
            lambda: ResourceVote.objects.create(resource=resource, user=user, value=2),
            lambda: ResourceProgress.objects.create(
                resource=resource, user=user, status=ProgressStatus.COMPLETED
            ),
            lambda: ResourceVersion.objects.create(
                resource=resource, version_number=0, file_url="https://example.org/a"
            ),
        ):
            with self.assertRaises(IntegrityError), transaction.atomic():
                write()

    def test_rows_have_names_for_people(self) -> None:
        resource, user = make_resource(title="Rust"), make_user()
        make_version(resource)
        vote = ResourceVote.objects.create(resource=resource, user=user, value=-1)
        progress = ResourceProgress.objects.create(resource=resource, user=user)

        self.assertEqual(str(resource), "Rust")
        self.assertEqual(str(resource.versions.get()), f"{resource.pk} v1")
        self.assertEqual(str(vote), f"{user.pk} -1")
        self.assertEqual(str(progress), f"{user.pk} IN_PROGRESS")
