"""The domain services of comments."""

from uuid import uuid4

from django.test import TestCase, TransactionTestCase
from django.utils import timezone

from core.exceptions import InvalidAction, InvalidInput
from core.tests.races import at_once
from interactions.exceptions import CommentNotFound
from interactions.models import Comment, CommentVote
from interactions.services.create_comment import MAX_DEPTH, create_comment
from interactions.services.find_comment import find_comment
from interactions.services.vote_comment import vote_comment
from interactions.tests.factories import make_comment
from resources.tests.factories import make_resource
from resources.types import Visibility, VoteValue
from users.tests.factories import make_user


class CreateCommentTests(TestCase):
    def test_trims_the_text(self) -> None:
        comment = create_comment(author=make_user(), resource=make_resource(), content="  Yes. \n")

        comment.refresh_from_db()
        self.assertEqual(comment.content, "Yes.")

    def test_refuses_blank_and_long_text(self) -> None:
        author, resource = make_user(), make_resource()

        for content, refusal in ((" \n ", InvalidAction), ("x" * 5_001, InvalidInput)):
            with self.assertRaises(refusal):
                create_comment(author=author, resource=resource, content=content)

        self.assertFalse(Comment.objects.exists())

    def test_replies_to_what_readers_see_on_the_same_resource(self) -> None:
        parent = make_comment()

        reply = create_comment(
            author=make_user(), resource=parent.resource, content="Why?", parent_id=parent.pk
        )

        self.assertEqual(reply.parent_id, parent.pk)

    def test_refuses_other_parents(self) -> None:
        resource = make_resource()
        deleted, hidden = make_comment(resource=resource), make_comment(resource=resource)
        deleted.delete()
        Comment.objects.filter(pk=hidden.pk).update(hidden_at=timezone.now())

        for parent_id in (uuid4(), make_comment().pk, deleted.pk, hidden.pk):
            with self.assertRaises(InvalidAction):
                create_comment(
                    author=make_user(), resource=resource, content="Why?", parent_id=parent_id
                )

    def test_a_conversation_has_an_end(self) -> None:
        author, comment = make_user(), make_comment()
        for _ in range(MAX_DEPTH - 1):
            comment = make_comment(resource=comment.resource, author=author, parent=comment)

        last = create_comment(
            author=author, resource=comment.resource, content="20", parent_id=comment.pk
        )
        with self.assertRaises(InvalidAction):
            create_comment(
                author=author, resource=comment.resource, content="21", parent_id=last.pk
            )

    def test_replies_survive_their_parent(self) -> None:
        parent = make_comment()
        reply = make_comment(resource=parent.resource, parent=parent)

        parent.delete()

        self.assertEqual(list(Comment.objects.shown()), [reply])


class CommentTests(TestCase):
    def test_rows_have_names_for_people(self) -> None:
        comment = make_comment()
        vote = CommentVote.objects.create(comment=comment, user=comment.author, value=1)

        self.assertEqual((str(comment), str(vote)), (str(comment.pk), f"{comment.author_id} +1"))


class FindCommentTests(TestCase):
    def test_tells_nothing_of_comments_on_what_is_hidden_from_the_viewer(self) -> None:
        private = make_comment(resource=make_resource(visibility=Visibility.PRIVATE))
        deleted = make_comment()
        deleted.resource.delete()

        for comment_id in (private.pk, deleted.pk, uuid4()):
            with self.assertRaises(CommentNotFound):
                find_comment(make_user(), comment_id)

        self.assertEqual(find_comment(private.resource.author, private.pk), private)


class VoteTests(TestCase):
    def test_the_last_value_wins_until_it_is_withdrawn(self) -> None:
        comment, user = make_comment(), make_user()

        changes = [
            vote_comment(user=user, comment_id=comment.pk, value=value).change
            for value in (VoteValue.UP, VoteValue.UP, VoteValue.DOWN, None, None)
        ]

        self.assertEqual(changes, ["CREATE", "", "UPDATE", "DELETE", ""])
        comment.refresh_from_db()
        self.assertEqual((comment.upvotes, comment.downvotes), (0, 0))


class RaceTests(TransactionTestCase):
    """20 people, each twice at once."""

    def test_every_person_has_one_vote(self) -> None:
        comment, users = make_comment(), [make_user() for _ in range(20)]

        votes = at_once(
            [
                lambda user=user, value=value: vote_comment(
                    user=user, comment_id=comment.pk, value=value
                )
                for value in (VoteValue.DOWN, VoteValue.UP)
                for user in users
            ]
        )

        self.assertFalse([vote for vote in votes if isinstance(vote, Exception)])
        comment.refresh_from_db()
        ups = CommentVote.objects.filter(value=VoteValue.UP).count()
        self.assertEqual((comment.upvotes, comment.downvotes), (ups, 20 - ups))
