"""May this user do that to a resource, or to a comment on it?"""

from django.contrib.auth.models import AnonymousUser
from django.test import TestCase
from django.utils import timezone

from application.policies.comment_policy import can_comment
from application.policies.resource_policy import (
    can_access_resource,
    can_change_resource,
    can_create_resource,
    can_publish_version,
)
from interactions.models import Comment, CommentVote
from interactions.services.vote_comment import vote_comment
from interactions.tests.factories import make_comment
from monetization.tests.factories import make_subscription
from resources.services.access import find_for
from resources.tests.factories import make_resource
from resources.types import Visibility, VoteValue
from users.tests.factories import make_contributor, make_user
from users.types import Role


class ResourcePolicyTests(TestCase):
    def test_contributors_and_above_publish(self) -> None:
        allowed = [role for role in Role if can_create_resource(make_user(role=role))]

        self.assertEqual(allowed, [Role.CONTRIBUTOR, Role.MODERATOR, Role.ADMIN, Role.SUPERADMIN])

    def test_only_the_author_changes(self) -> None:
        author = make_contributor()
        resource = make_resource(author=author)

        self.assertTrue(can_change_resource(author, resource))
        for role in Role:
            stranger = make_user(role=role)
            self.assertFalse(can_change_resource(stranger, resource), role)
            self.assertFalse(can_publish_version(stranger, resource), role)

    def test_an_author_who_lost_the_role_no_longer_changes(self) -> None:
        author = make_user(role=Role.USER)
        resource = make_resource(author=author)

        self.assertFalse(can_change_resource(author, resource))
        self.assertFalse(can_publish_version(author, resource))
        self.assertTrue(can_access_resource(author, resource))

    def test_access_is_asked_for_anew_each_time(self) -> None:
        resource = make_resource(visibility=Visibility.PREMIUM, price_cents=500)
        user = make_user()
        self.assertFalse(can_access_resource(user, resource))

        make_subscription(user)

        self.assertTrue(can_access_resource(user, resource))
        self.assertFalse(can_access_resource(AnonymousUser(), resource))

    def test_what_one_may_open_is_not_taken_for_another(self) -> None:
        locked = make_resource(visibility=Visibility.PREMIUM, price_cents=500)

        found_for_author = find_for(locked.author, locked.pk)
        found_for_visitor = find_for(AnonymousUser(), locked.pk)

        self.assertTrue(can_access_resource(locked.author, found_for_author))
        self.assertFalse(can_access_resource(make_user(), found_for_author))
        self.assertFalse(can_access_resource(AnonymousUser(), found_for_visitor))
        self.assertTrue(can_access_resource(locked.author, found_for_visitor))


class CommentPolicyTests(TestCase):
    def test_readers_comment_and_vote(self) -> None:
        comment = make_comment(
            resource=make_resource(visibility=Visibility.PREMIUM, price_cents=500)
        )
        member, stranger = make_user(), make_user()
        make_subscription(member)

        for user, expected in ((member, True), (stranger, False), (comment.author, False)):
            self.assertEqual(can_comment(user, comment.resource), expected)
            vote = vote_comment(user=user, comment_id=comment.pk, value=VoteValue.UP)
            self.assertEqual(
                (vote.is_allowed, vote.change), (expected, "CREATE" if expected else "")
            )

    def test_nobody_votes_on_what_readers_do_not_see(self) -> None:
        deleted, hidden = make_comment(), make_comment()
        deleted.delete()
        Comment.objects.filter(pk=hidden.pk).update(hidden_at=timezone.now())
        hidden.refresh_from_db()

        for comment in (deleted, hidden):
            admin = make_user(role=Role.SUPERADMIN)
            vote = vote_comment(user=admin, comment_id=comment.pk, value=VoteValue.UP)

            self.assertFalse(vote.is_allowed)

        self.assertFalse(CommentVote.objects.exists())
