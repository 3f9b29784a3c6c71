"""What authors and moderators do to comments: rules, records, races."""

from functools import partial

from django.test import TestCase, TransactionTestCase, override_settings
from django.utils import timezone

from application.dto.commands import (
    CreateCommentCommand,
    DeleteCommentCommand,
    EditCommentCommand,
    ModerateCommentCommand,
)
from application.dto.events import EventType
from application.dto.results import DeletedComment, EditedComment, ModeratedComment
from application.use_cases.create_comment import CreateComment
from application.use_cases.delete_comment import DeleteComment
from application.use_cases.edit_comment import EditComment
from application.use_cases.moderate_comment import ModerateComment
from audit.models import AuditLog
from core.exceptions import AccessDenied, InvalidAction, InvalidInput, TooManyRequests
from core.models import OutboxEvent
from core.tests.races import at_once
from interactions.exceptions import CommentNotFound
from interactions.models import Comment, CommentModeration
from interactions.services.recount import recount
from interactions.tests.factories import make_comment
from interactions.types import ModerationAction
from monetization.tests.factories import make_subscription
from resources.models import Resource
from resources.tests.factories import make_resource
from resources.types import Visibility
from users.models import User
from users.tests.factories import make_user
from users.types import Role

BELOW_MODERATOR = (Role.USER, Role.CONTRIBUTOR)
MODERATORS = (Role.MODERATOR, Role.ADMIN, Role.SUPERADMIN)


def edit(comment: Comment, content: str, *, by: User) -> EditedComment:
    return EditComment().execute(
        EditCommentCommand(user=by, comment_id=comment.pk, content=content)
    )


def delete(comment: Comment, *, by: User) -> DeletedComment:
    return DeleteComment().execute(DeleteCommentCommand(user=by, comment_id=comment.pk))


def moderate(comment: Comment, *, by: User, is_hidden: bool, reason: str) -> ModeratedComment:
    return ModerateComment().execute(
        ModerateCommentCommand(user=by, comment_id=comment.pk, is_hidden=is_hidden, reason=reason)
    )


def hide(comment: Comment, *, by: User, reason: str = "An insult.") -> ModeratedComment:
    return moderate(comment, by=by, is_hidden=True, reason=reason)


def unhide(comment: Comment, *, by: User, reason: str = "A quotation.") -> ModeratedComment:
    return moderate(comment, by=by, is_hidden=False, reason=reason)


def fresh(comment: Comment) -> Comment:
    """The row as it is now, whatever its state."""
    found: Comment = Comment.all_objects.get(pk=comment.pk)
    return found


def count_on(comment: Comment) -> int:
    return Resource.objects.get(pk=comment.resource_id).comment_count


def emitted() -> list[str]:
    """The types of all events, in the order of emission."""
    return list(OutboxEvent.objects.order_by("seq").values_list("event_type", flat=True))


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


class ModerateCommentTests(TestCase):
    def setUp(self) -> None:
        self.moderator = make_user(role=Role.MODERATOR)

    def test_hides_and_brings_back_with_the_count(self) -> None:
        comment = make_comment()
        reply = make_comment(resource=comment.resource, parent=comment)

        hidden = hide(comment, by=self.moderator)
        self.assertTrue(hidden.is_hidden)
        self.assertEqual((fresh(comment).is_shown, fresh(reply).is_shown), (False, True))
        self.assertEqual(count_on(comment), 1)
        restored = unhide(comment, by=self.moderator)

        self.assertFalse(restored.is_hidden)
        self.assertTrue(fresh(comment).is_shown)
        self.assertEqual(count_on(comment), 2)

    def test_keeps_every_reason_and_who_gave_it(self) -> None:
        comment, other = make_comment(), make_user(role=Role.ADMIN)

        hide(comment, by=self.moderator, reason=" An insult. ")
        row = fresh(comment)
        self.assertEqual((row.hidden_by, row.hidden_reason), (self.moderator, "An insult."))
        unhide(comment, by=other, reason="A quotation.")

        row = fresh(comment)
        self.assertEqual((row.hidden_at, row.hidden_by, row.hidden_reason), (None, None, ""))
        notes = CommentModeration.objects.order_by("created_at", "id")
        self.assertEqual(
            [(note.action, note.moderator, note.reason) for note in notes],
            [
                (ModerationAction.HIDE, self.moderator, "An insult."),
                (ModerationAction.RESTORE, other, "A quotation."),
            ],
        )

    def test_is_no_change_by_the_author(self) -> None:
        comment = make_comment()

        hide(comment, by=self.moderator)
        unhide(comment, by=self.moderator)

        row = fresh(comment)
        self.assertEqual((row.updated_at, row.edited_at), (comment.updated_at, None))

    def test_tells_and_records_without_the_reason(self) -> None:
        comment = make_comment()

        hide(comment, by=self.moderator)
        unhide(comment, by=self.moderator)

        self.assertEqual(emitted(), [EventType.COMMENT_HIDDEN, EventType.COMMENT_UNHIDDEN])
        entries = AuditLog.objects.order_by("created_at", "id")
        self.assertEqual(
            [(entry.actor, entry.before_state, entry.after_state) for entry in entries],
            [
                (self.moderator, {"is_hidden": False}, {"is_hidden": True}),
                (self.moderator, {"is_hidden": True}, {"is_hidden": False}),
            ],
        )
        self.assertNotIn("insult", str(list(OutboxEvent.objects.values("payload"))))

    def test_is_for_moderators_and_above(self) -> None:
        for role in BELOW_MODERATOR:
            comment = make_comment()
            with self.subTest(role=role):
                with self.assertRaises(AccessDenied):
                    hide(comment, by=make_user(role=role))
                with self.assertRaises(AccessDenied):
                    hide(comment, by=comment.resource.author)
        for role in MODERATORS:
            with self.subTest(role=role):
                self.assertTrue(hide(make_comment(), by=make_user(role=role)).is_hidden)

    def test_nobody_judges_ones_own_words(self) -> None:
        own = make_comment(author=self.moderator)
        with self.assertRaises(AccessDenied):
            hide(own, by=self.moderator)
        hide(own, by=make_user(role=Role.ADMIN))

        with self.assertRaises(AccessDenied):
            unhide(own, by=self.moderator)

        self.assertFalse(fresh(own).is_shown)

    def test_reaches_as_far_as_the_moderator_may_read(self) -> None:
        locked = make_comment(resource=make_resource(visibility=Visibility.PREMIUM, price_cents=5))
        private = make_comment(resource=make_resource(visibility=Visibility.PRIVATE))

        with self.assertRaises(AccessDenied):
            hide(locked, by=self.moderator)
        with self.assertRaises(CommentNotFound):
            hide(private, by=self.moderator)

        make_subscription(self.moderator)
        self.assertTrue(hide(locked, by=self.moderator).is_hidden)
        self.assertTrue(hide(private, by=make_user(role=Role.ADMIN)).is_hidden)

    def test_needs_a_reason(self) -> None:
        comment = make_comment()

        for reason in ("", " \n", "x" * 501):
            with self.subTest(reason=reason[:3]), self.assertRaises(InvalidInput):
                hide(comment, by=self.moderator, reason=reason)

        hide(comment, by=self.moderator, reason="x" * 500)
        with self.assertRaises(InvalidInput):
            unhide(comment, by=self.moderator, reason=" ")
        self.assertEqual(CommentModeration.objects.count(), 1)

    def test_refuses_what_is_as_wanted_and_what_is_deleted(self) -> None:
        comment = make_comment()
        with self.assertRaises(InvalidAction):
            unhide(comment, by=self.moderator)
        hide(comment, by=self.moderator)
        with self.assertRaises(InvalidAction):
            hide(comment, by=self.moderator)
        comment.delete()

        for change in (hide, unhide):
            with self.assertRaises(CommentNotFound):
                change(comment, by=self.moderator)


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
