"""Hiding comments and bringing them back."""

from django.test import TestCase

from application.dto.events import EventType
from application.tests.test_use_cases.test_comments.changing import (
    count_on,
    emitted,
    fresh,
    hide,
    unhide,
)
from audit.models import AuditLog
from core.exceptions import AccessDenied, InvalidAction, InvalidInput
from core.models import OutboxEvent
from interactions.exceptions import CommentNotFound
from interactions.models import CommentModeration
from interactions.tests.factories import make_comment
from interactions.types import ModerationAction
from monetization.tests.factories import make_subscription
from resources.tests.factories import make_resource
from resources.types import Visibility
from users.tests.factories import make_user
from users.types import Role

BELOW_MODERATOR = (Role.USER, Role.CONTRIBUTOR)
MODERATORS = (Role.MODERATOR, Role.ADMIN, Role.SUPERADMIN)


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
