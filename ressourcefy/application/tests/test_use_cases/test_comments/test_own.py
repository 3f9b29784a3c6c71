"""Changing and deleting one's own comments: rules, limits and races."""

from functools import partial

from django.test import TestCase, TransactionTestCase, override_settings
from django.utils import timezone

from application.dto.commands import (
    CreateCommentCommand,
    EditCommentCommand,
)
from application.dto.events import EventType
from application.dto.results import EditedComment, ModeratedComment
from application.tests.test_use_cases.test_comments.changing import (
    count_on,
    delete,
    emitted,
    fresh,
    hide,
    unhide,
)
from application.use_cases.create_comment import CreateComment
from application.use_cases.edit_comment import EditComment
from audit.models import AuditLog
from core.exceptions import AccessDenied, InvalidAction, InvalidInput, TooManyRequests
from core.models import OutboxEvent
from core.tests.races import at_once
from interactions.exceptions import CommentNotFound
from interactions.models import Comment, CommentModeration
from interactions.services.recount import recount
from interactions.tests.factories import make_comment
from monetization.tests.factories import make_subscription
from resources.models import Resource
from resources.tests.factories import make_resource
from resources.types import Visibility
from users.models import User
from users.tests.factories import make_user
from users.types import Role


def edit(comment: Comment, content: str, *, by: User) -> EditedComment:
    return EditComment().execute(
        EditCommentCommand(user=by, comment_id=comment.pk, content=content)
    )


class EditCommentTests(TestCase):
    def test_replaces_the_text_and_says_when(self) -> None:
        comment = make_comment()

        edited = edit(comment, "  Better said.\n", by=comment.author)

        row = fresh(comment)
        self.assertEqual((row.content, edited.content), ("Better said.", "Better said."))
        self.assertIsNotNone(row.edited_at)
        self.assertEqual(edited.edited_at, row.edited_at)
        self.assertEqual(row.created_at, comment.created_at)

    def test_tells_and_records_without_the_text(self) -> None:
        comment = make_comment()

        edit(comment, "Better said.", by=comment.author)

        event, entry = OutboxEvent.objects.get(), AuditLog.objects.get()
        self.assertEqual(event.event_type, EventType.COMMENT_EDITED)
        self.assertEqual(
            event.payload,
            {
                "comment_id": str(comment.pk),
                "resource_id": str(comment.resource_id),
                "user_id": str(comment.author_id),
            },
        )
        self.assertEqual((entry.action, entry.actor), ("UPDATE", comment.author))
        self.assertEqual(entry.after_state, {"changed": ["content"]})

    def test_changes_nothing_for_the_same_text(self) -> None:
        comment = make_comment(content="Well said.")

        edited = edit(comment, " Well said. ", by=comment.author)

        self.assertIsNone(edited.edited_at)
        self.assertEqual(fresh(comment).updated_at, comment.updated_at)
        self.assertFalse(OutboxEvent.objects.exists() or AuditLog.objects.exists())

    def test_refuses_what_is_no_text(self) -> None:
        comment = make_comment()

        for content, refusal in ((" \n", InvalidAction), ("x" * 5_001, InvalidInput)):
            with self.assertRaises(refusal):
                edit(comment, content, by=comment.author)

        self.assertEqual(fresh(comment).content, comment.content)

    def test_is_for_the_author_alone(self) -> None:
        comment = make_comment()
        others = [comment.resource.author, *(make_user(role=role) for role in Role)]

        for other in others:
            with self.subTest(role=other.role), self.assertRaises(AccessDenied):
                edit(comment, "Never said.", by=other)

    def test_ends_with_the_right_to_the_resource(self) -> None:
        comment, author = make_comment(), make_user()
        locked = make_resource(visibility=Visibility.PREMIUM, price_cents=5)
        private = make_resource(visibility=Visibility.PRIVATE)
        deleted = make_resource()
        deleted.delete()

        with self.assertRaises(AccessDenied):
            edit(make_comment(resource=locked, author=author), "More.", by=author)
        for resource in (private, deleted):
            with self.assertRaises(CommentNotFound):
                edit(make_comment(resource=resource, author=author), "More.", by=author)
        make_subscription(author)
        edit(make_comment(resource=locked, author=author), "More.", by=author)
        self.assertEqual(fresh(comment).content, comment.content)

    def test_brings_back_neither_hidden_nor_deleted_ones(self) -> None:
        hidden, deleted = make_comment(), make_comment()
        hide(hidden, by=make_user(role=Role.MODERATOR))
        deleted.delete()

        with self.assertRaises(AccessDenied):
            edit(hidden, "Politely.", by=hidden.author)
        with self.assertRaises(CommentNotFound):
            edit(deleted, "Politely.", by=deleted.author)

        self.assertFalse(fresh(hidden).is_shown or fresh(deleted).is_shown)


class DeleteCommentTests(TestCase):
    def test_is_soft_and_counted_and_leaves_the_replies(self) -> None:
        comment = make_comment()
        reply = make_comment(resource=comment.resource, parent=comment)
        self.assertEqual(count_on(comment), 2)

        deleted = delete(comment, by=comment.author)

        self.assertEqual(
            (deleted.comment_id, deleted.resource_id), (comment.pk, comment.resource_id)
        )
        self.assertTrue(fresh(comment).is_deleted)
        self.assertEqual(fresh(comment).content, comment.content)
        self.assertTrue(fresh(reply).is_shown)
        self.assertEqual(count_on(comment), 1)

    def test_tells_and_records(self) -> None:
        comment = make_comment()

        delete(comment, by=comment.author)

        event, entry = OutboxEvent.objects.get(), AuditLog.objects.get()
        self.assertEqual(event.event_type, EventType.COMMENT_DELETED)
        self.assertEqual(event.payload["user_id"], str(comment.author_id))
        self.assertEqual((entry.action, entry.actor), ("DELETE", comment.author))
        self.assertEqual(
            (entry.before_state, entry.after_state), ({"is_deleted": False}, {"is_deleted": True})
        )

    def test_is_for_the_author_alone(self) -> None:
        comment = make_comment()
        others = [comment.resource.author, *(make_user(role=role) for role in Role)]

        for other in others:
            with self.subTest(role=other.role), self.assertRaises(AccessDenied):
                delete(comment, by=other)

        self.assertTrue(fresh(comment).is_shown)

    def test_takes_ones_words_back_from_anywhere(self) -> None:
        author = make_user()
        resources = [
            make_resource(visibility=Visibility.PREMIUM, price_cents=5),
            make_resource(visibility=Visibility.PRIVATE),
            make_resource(),
        ]
        comments = [make_comment(resource=resource, author=author) for resource in resources]
        resources[2].delete()
        hidden = make_comment(author=author)
        hide(hidden, by=make_user(role=Role.MODERATOR))

        for comment in (*comments, hidden):
            delete(comment, by=author)

            self.assertTrue(fresh(comment).is_deleted)

    def test_others_are_told_no_more_than_of_the_resource(self) -> None:
        secret = make_comment(resource=make_resource(visibility=Visibility.PRIVATE))
        gone = make_comment()
        gone.delete()

        with self.assertRaises(CommentNotFound):
            delete(secret, by=make_user())
        with self.assertRaises(CommentNotFound):
            delete(gone, by=gone.author)
        with self.assertRaises(CommentNotFound):
            delete(Comment(), by=make_user())


class CommentLimitTests(TestCase):
    """60 within ten minutes, from whatever address."""

    @override_settings(RATE_LIMIT_FACTOR=1)
    def test_stops_who_comments_without_end(self) -> None:
        resource, user = make_resource(), make_user()
        command = CreateCommentCommand(user=user, resource_id=resource.pk, content="Again.")
        for _ in range(60):
            CreateComment().execute(command)

        with self.assertRaises(TooManyRequests):
            CreateComment().execute(command)

        other = CreateCommentCommand(user=make_user(), resource_id=resource.pk, content="Once.")
        CreateComment().execute(other)
        self.assertEqual(resource.comments.count(), 61)


class CommentRaceTests(TransactionTestCase):
    """8 moderators or tabs at once; then a storm of 96 writes on 3 comments."""

    def test_one_of_many_who_hide_it_at_once_succeeds(self) -> None:
        comment = make_comment()
        moderators = [make_user(role=Role.MODERATOR) for _ in range(8)]

        results = at_once([partial(hide, comment, by=moderator) for moderator in moderators])

        self.assertEqual(sum(isinstance(result, InvalidAction) for result in results), 7, results)
        self.assertEqual(CommentModeration.objects.count(), 1)
        self.assertEqual((count_on(comment), emitted()), (0, [EventType.COMMENT_HIDDEN]))

    def test_one_of_many_deletions_at_once_succeeds(self) -> None:
        comment = make_comment()

        results = at_once([partial(delete, comment, by=comment.author)] * 8)

        self.assertEqual(sum(isinstance(r, CommentNotFound) for r in results), 7, results)
        self.assertEqual((count_on(comment), emitted()), (0, [EventType.COMMENT_DELETED]))

    def test_the_counter_fits_after_a_storm(self) -> None:
        resource, author = make_resource(), make_user()
        comments = [make_comment(resource=resource, author=author) for _ in range(3)]
        moderators = [make_user(role=Role.MODERATOR) for _ in range(4)]
        reply = CreateCommentCommand(
            user=author, resource_id=resource.pk, content="Hm.", parent_id=comments[0].pk
        )

        results = at_once(
            [
                partial(change, comment, by=moderator)
                for change in (hide, unhide, hide, unhide)
                for comment in comments
                for moderator in moderators
            ]
            + [partial(edit, comment, str(timezone.now()), by=author) for comment in comments] * 8
            + [partial(delete, comment, by=author) for comment in comments[1:]]
            + [partial(CreateComment().execute, reply)] * 22
        )

        refusals = (InvalidAction, AccessDenied, CommentNotFound)
        unforeseen = [
            r for r in results if isinstance(r, Exception) and not isinstance(r, refusals)
        ]
        self.assertEqual((len(results), unforeseen), (96, []))
        shown = Comment.objects.shown().filter(resource=resource).count()
        self.assertEqual(Resource.objects.get().comment_count, shown)
        self.assertEqual(set(recount(repair=False).values()), {0})
        done = [result for result in results if isinstance(result, ModeratedComment)]
        self.assertEqual(CommentModeration.objects.count(), len(done))
