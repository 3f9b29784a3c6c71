"""The feed: what a card shows, whose resources are in it, filters."""

from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.test import TestCase

from interactions.tests.factories import make_comment
from monetization.tests.factories import make_subscription
from read_models.resources.cards import NAMELESS
from read_models.resources.resource_feed import FeedFilters, get_resource_feed
from resources.models import ResourceVote
from resources.tests.factories import make_resource
from resources.types import Visibility
from users.models import Profile
from users.tests.factories import make_contributor, make_tag, make_user

VISITOR = AnonymousUser()


class FeedTests(TestCase):
    def test_shows_what_a_card_needs(self) -> None:
        author = make_contributor(username="ada")
        Profile.objects.update(avatar_url="https://example.org/ada.png")
        resource = make_resource(
            author=author, title="Rust", description="x" * 300, attribution="Ada, Grace"
        )
        resource.tags.set([make_tag("Rust"), make_tag("Go")])
        deleted = make_tag("Gone")
        resource.tags.add(deleted)
        deleted.delete()
        ResourceVote.objects.create(resource=resource, user=author, value=1)
        ResourceVote.objects.create(resource=resource, user=make_user(), value=-1)
        make_comment(resource=resource)
        make_comment(resource=resource).delete()

        (card,) = get_resource_feed(VISITOR).items

        self.assertEqual((card["author_name"], card["author_id"]), ("ada", author.pk))
        self.assertEqual(card["author_avatar"], "https://example.org/ada.png")
        self.assertEqual(card["tags"], ["Go", "Rust"])
        self.assertEqual((card["excerpt"], card["attribution"]), ("x" * 200, "Ada, Grace"))
        self.assertEqual(
            card["stats"], {"comment_count": 1, "upvotes": 1, "downvotes": 1, "total_votes": 2}
        )
        self.assertFalse(card["locked"])

    def test_an_odd_row_does_not_break_the_list(self) -> None:
        resource = make_resource()
        Profile.objects.filter(user=resource.author).delete()

        (card,) = get_resource_feed(VISITOR).items

        self.assertEqual((card["author_name"], card["author_avatar"]), (NAMELESS, None))

    def test_content_of_deactivated_and_deleted_authors_stays(self) -> None:
        deactivated = make_contributor(is_active=False)
        deleted = make_contributor()
        make_resource(author=deactivated)
        make_resource(author=deleted)
        deleted.delete()

        names = [card["author_name"] for card in get_resource_feed(VISITOR).items]

        self.assertEqual(names, [deleted.profile.username, deactivated.profile.username])

    def test_marks_teasers(self) -> None:
        locked = make_resource(visibility=Visibility.PREMIUM, price_cents=500)
        public = make_resource()
        make_resource(visibility=Visibility.PRIVATE)
        member = make_user()
        make_subscription(member)

        for viewer, expected in (
            (VISITOR, {public.pk: False, locked.pk: True}),
            (make_user(), {public.pk: False, locked.pk: True}),
            (member, {public.pk: False, locked.pk: False}),
            (locked.author, {public.pk: False, locked.pk: False}),
        ):
            feed = get_resource_feed(viewer, filters=FeedFilters(include_premium=True))
            self.assertEqual({card["id"]: card["locked"] for card in feed.items}, expected)

    def test_filters_narrow_it(self) -> None:
        author = make_contributor()
        tagged = make_resource(author=author)
        tagged.tags.add(make_tag("C"), make_tag("C++"))
        sharp = make_resource()
        sharp.tags.add(make_tag("C#"))
        premium = make_resource(author=author, visibility=Visibility.PREMIUM, price_cents=5)

        def found(**filters: Any) -> set[Any]:
            page = get_resource_feed(author, filters=FeedFilters(**filters))
            return {card["id"] for card in page.items}

        self.assertEqual(found(tag="C++"), {tagged.pk})
        self.assertEqual(found(tag="C#"), {sharp.pk})
        self.assertEqual(found(tag="c-3"), {sharp.pk})
        self.assertEqual(found(tag="unknown"), set())
        self.assertEqual(found(author_id=author.pk), {tagged.pk, premium.pk})
        self.assertEqual(found(visibility=Visibility.PREMIUM), {premium.pk})
        self.assertEqual(found(visibility=Visibility.PUBLIC, author_id=author.pk), {tagged.pk})
