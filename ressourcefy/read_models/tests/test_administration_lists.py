"""Lists for administrators: a fixed number of queries, and how much of a long list is counted."""

from collections.abc import Callable
from typing import Any

from django.test import TestCase
from django.utils import timezone

from core.models import Tag
from monetization.tests.factories import make_payment, make_subscription
from read_models.administration.payments import get_administered_payment, get_administered_payments
from read_models.administration.progress import get_administered_progress
from read_models.administration.resources import (
    ResourceFilters,
    get_administered_resource,
    get_administered_resources,
)
from read_models.administration.subscriptions import (
    SubscriptionFilters,
    get_administered_subscription,
    get_administered_subscriptions,
)
from read_models.administration.tags import get_administered_tag, get_administered_tags
from read_models.long_lists import MOST_COUNTED
from read_models.pagination import PageRequest
from resources.models import ResourceProgress
from resources.tests.factories import make_resource, make_version
from users.tests.factories import make_tag, make_user


def make_everything(number: int) -> None:
    """So many of each, each about others."""
    tags = [make_tag() for _ in range(3)]
    for _ in range(number):
        user, resource = make_user(), make_resource()
        resource.tags.set(tags)
        make_version(resource)
        make_version(resource)
        make_subscription(user)
        make_payment(user)
        ResourceProgress.objects.create(
            resource=resource, user=user, last_accessed_at=timezone.now()
        )


class QueryCountTests(TestCase):
    def test_stays_whatever_the_number_of_rows(self) -> None:
        make_everything(1)
        progress = ResourceProgress.objects.get()
        filters = ResourceFilters(
            author_id=str(progress.resource.author_id),
            visibility="public",
            has_price="false",
            search="les",
            tag_ids=[str(progress.resource.tags.all()[0].pk)],
        )
        resource_id, user_id = str(progress.resource_id), str(progress.user_id)
        reads: dict[str, tuple[int, Callable[[], Any]]] = {
            "tags": (1, get_administered_tags),
            "tags found": (1, lambda: get_administered_tags(search="subj", include_deleted=True)),
            "resources": (1, get_administered_resources),
            "resources found": (1, lambda: get_administered_resources(filters)),
            "subscriptions": (1, get_administered_subscriptions),
            "active subscriptions": (
                1,
                lambda: get_administered_subscriptions(SubscriptionFilters(status="active")),
            ),
            "payments": (1, get_administered_payments),
            "progress": (1, get_administered_progress),
            "progress found": (
                3,
                lambda: get_administered_progress(resource_id=resource_id, user_id=user_id),
            ),
        }
        for number in (0, 29):
            make_everything(number)
            for name, (queries, read) in reads.items():
                with self.subTest(name, rows=number + 1), self.assertNumQueries(queries):
                    read()

    def test_of_one_thing_is_small(self) -> None:
        make_everything(1)
        progress = ResourceProgress.objects.get()
        subscription = progress.user.subscriptions.get()
        payment = progress.user.payments.get()
        tag = progress.resource.tags.all()[0]
        with self.assertNumQueries(1):
            get_administered_tag(tag.pk)
        with self.assertNumQueries(1):
            get_administered_resource(progress.resource_id)
        with self.assertNumQueries(1):
            get_administered_subscription(subscription.pk)
        with self.assertNumQueries(1):
            get_administered_payment(payment.pk)

    def test_behind_the_last_page_nothing_is_listed(self) -> None:
        make_everything(2)
        far = PageRequest(page=1_000_000_000, page_size=100)
        for read in (
            get_administered_tags,
            get_administered_resources,
            get_administered_subscriptions,
            get_administered_payments,
        ):
            with self.assertNumQueries(1):
                listing = read(page=far)
            self.assertEqual((listing.items, listing.count > 0), ([], True))

    def test_what_cannot_be_meant_asks_nothing(self) -> None:
        with self.assertNumQueries(0):
            listing = get_administered_subscriptions(SubscriptionFilters(status="past_due"))

        self.assertEqual((listing.items, listing.count), ([], 0))


class LongListTests(TestCase):
    def make_tags(self, first: int, last: int) -> None:
        Tag.objects.bulk_create(
            Tag(name=f"Tag {number:06}", slug=f"tag-{number}") for number in range(first, last)
        )

    def test_is_counted_exactly_up_to_a_limit_and_estimated_from_there_on(self) -> None:
        self.make_tags(0, MOST_COUNTED)
        with self.assertNumQueries(1):
            exact = get_administered_tags()
        self.make_tags(MOST_COUNTED, MOST_COUNTED + 50)
        with self.assertNumQueries(2):
            estimated = get_administered_tags(page=PageRequest(page=2_001, page_size=5))

        self.assertEqual(exact.count, MOST_COUNTED)
        # Never below what was counted, so that the pages up to there can be reached.
        self.assertGreater(estimated.count, MOST_COUNTED)
        self.assertEqual(
            [tag["name"] for tag in estimated.items], [f"Tag 01000{n}" for n in range(5)]
        )
