"""The mails that one can do without, as they arrive."""

import re
from typing import Any

from django.core import mail
from django.test import TestCase
from django.utils import timezone

from application.dto.commands import UnsubscribeCommand
from application.dto.events import AggregateType, EventType
from application.exceptions import LinkNotValid
from application.tests.test_event_handlers.test_emails.mails import html_of
from application.use_cases.unsubscribe import Unsubscribe
from audit.models import AuditLog
from core.models import OutboxEvent
from core.outbox import dispatch_event, emit_event
from interactions.models import Comment
from interactions.tests.factories import make_comment
from resources.models import Resource
from resources.tests.factories import make_resource
from resources.types import Visibility
from users.models import NotificationPreferences, RoleRequest, User
from users.services.mail_tokens import reset_token_for
from users.services.notifications import unsubscription_token_for
from users.tests.factories import make_user
from users.types import Notification, Role, RoleRequestStatus


def emit_comment(comment: Comment) -> OutboxEvent:
    """The event that tells of a comment."""
    return emit_event(
        AggregateType.COMMENT,
        comment.pk,
        EventType.COMMENT_CREATED,
        {
            "comment_id": str(comment.pk),
            "resource_id": str(comment.resource_id),
            "user_id": str(comment.author_id),
        },
    )


def make_decision(status: RoleRequestStatus, **fields: Any) -> tuple[User, OutboxEvent]:
    """Somebody whose request was decided, and the event that says so."""
    user, decided = make_user(**fields), dict[str, Any]()
    if status != RoleRequestStatus.PENDING:
        decided = {"decided_by": make_user(), "decision_reason": "<b>We know you.</b>"}
    request = RoleRequest.objects.create(
        user=user, requested_role=Role.CONTRIBUTOR, status=status, **decided
    )
    payload = {"user_id": str(user.id), "role_request_id": str(request.id)}
    event = emit_event(AggregateType.USER, user.id, EventType.USER_ROLE_REQUEST_DECIDED, payload)
    return user, event


def receivers() -> list[str]:
    """Who got a mail, in the order of sending."""
    return [receiver for sent in mail.outbox for receiver in sent.to]


class CommentMailTests(TestCase):
    def test_tells_the_author_of_the_resource(self) -> None:
        resource = make_resource(title="Fractions")
        comment = make_comment(resource=resource, author=make_user(username="zoé"))

        dispatch_event(emit_comment(comment))

        [sent] = mail.outbox
        self.assertEqual(sent.to, [resource.author.email])
        self.assertEqual(sent.subject, "Somebody commented on your resource")
        self.assertIn("zoé commented on your resource “Fractions”.", sent.body)
        self.assertNotIn(comment.content, sent.body)

    def test_tells_whom_was_replied_to_and_the_author_once_each(self) -> None:
        parent = make_comment()
        reply = make_comment(resource=parent.resource, parent=parent)

        dispatch_event(emit_comment(reply))

        self.assertEqual(receivers(), [parent.author.email, parent.resource.author.email])
        self.assertEqual(mail.outbox[0].subject, "Somebody replied to your comment")
        keys = {str(sent.extra_headers["Message-ID"]) for sent in mail.outbox}
        self.assertEqual(len(keys), 2)

    def test_tells_somebody_who_is_both_once(self) -> None:
        resource = make_resource()
        parent = make_comment(resource=resource, author=resource.author)
        event = emit_comment(make_comment(resource=resource, parent=parent))

        dispatch_event(event)

        self.assertEqual(receivers(), [resource.author.email])
        self.assertEqual(mail.outbox[0].subject, "Somebody replied to your comment")

    def test_of_somebody_who_is_both_and_wants_no_replies_is_about_the_resource(self) -> None:
        resource = make_resource()
        parent = make_comment(resource=resource, author=resource.author)
        NotificationPreferences.objects.create(user=resource.author, on_reply=False)

        dispatch_event(emit_comment(make_comment(resource=resource, parent=parent)))

        [sent] = mail.outbox
        self.assertEqual(sent.subject, "Somebody commented on your resource")

    def test_tells_nobody_of_their_own_deeds(self) -> None:
        resource = make_resource()
        own = make_comment(resource=resource, author=resource.author)
        own_reply = make_comment(resource=resource, author=resource.author, parent=own)

        dispatch_event(emit_comment(own))
        dispatch_event(emit_comment(own_reply))

        self.assertEqual(mail.outbox, [])

    def test_is_the_same_mail_however_often_it_is_sent(self) -> None:
        event = emit_comment(make_comment())

        dispatch_event(event)
        dispatch_event(event)

        first, second = mail.outbox
        self.assertEqual((first.body, first.extra_headers), (second.body, second.extra_headers))

    def test_is_written_in_the_readers_language(self) -> None:
        resource = make_resource()
        User.objects.filter(pk=resource.author_id).update(language="fr")

        dispatch_event(emit_comment(make_comment(resource=resource)))

        [sent] = mail.outbox
        self.assertEqual(sent.subject, "Votre ressource a reçu un commentaire")

    def test_is_not_sent_once_its_reason_has_gone(self) -> None:
        now = timezone.now()
        gone: list[tuple[str, type[Any], dict[str, Any]]] = [
            ("deleted", Comment, {"deleted_at": now}),
            ("hidden", Comment, {"hidden_at": now}),
            ("the resource is deleted", Resource, {"deleted_at": now}),
            ("its author is shut out", User, {"is_active": False}),
        ]
        for name, model, change in gone:
            with self.subTest(name):
                parent = make_comment()
                comment = make_comment(resource=parent.resource, parent=parent)
                event = emit_comment(comment)
                key = {
                    Comment: comment.pk,
                    Resource: comment.resource_id,
                    User: comment.author_id,
                }[model]
                model.all_objects.filter(pk=key).update(**change)

                dispatch_event(event)

                self.assertEqual(mail.outbox, [])

    def test_goes_to_nobody_who_is_shut_out(self) -> None:
        changes: list[dict[str, Any]] = [
            {"is_active": False},
            {"deleted_at": timezone.now()},
            {"is_activated": False},
        ]
        for change in changes:
            with self.subTest(change=list(change)):
                comment = make_comment()
                User.objects.filter(pk=comment.resource.author_id).update(**change)

                dispatch_event(emit_comment(comment))

                self.assertEqual(mail.outbox, [])

    def test_of_a_reply_goes_to_nobody_who_may_not_open_the_resource_any_more(self) -> None:
        parent = make_comment()
        reply = make_comment(resource=parent.resource, parent=parent)
        Resource.objects.filter(pk=parent.resource_id).update(visibility=Visibility.PRIVATE)

        dispatch_event(emit_comment(reply))

        self.assertEqual(receivers(), [parent.resource.author.email])

    def test_of_a_reply_to_a_comment_that_is_gone_is_not_sent(self) -> None:
        parent = make_comment()
        reply = make_comment(resource=parent.resource, parent=parent)
        Comment.objects.filter(pk=parent.pk).update(hidden_at=timezone.now())

        dispatch_event(emit_comment(reply))

        self.assertEqual(receivers(), [parent.resource.author.email])


class RoleDecisionMailTests(TestCase):
    def test_says_what_became_of_the_request(self) -> None:
        said = {
            RoleRequestStatus.APPROVED: "Your role is now: contributor.",
            RoleRequestStatus.REJECTED: "Your request for the role “contributor” was not approved.",
        }
        for status, sentence in said.items():
            with self.subTest(status):
                user, event = make_decision(status)

                dispatch_event(event)

                sent = mail.outbox.pop()
                self.assertEqual(sent.to, [user.email])
                self.assertIn(sentence, sent.body)
                self.assertIn("Reason: <b>We know you.</b>", sent.body)
                self.assertNotIn("<b>", html_of(sent))

    def test_is_not_sent_before_there_is_a_decision(self) -> None:
        _user, event = make_decision(RoleRequestStatus.PENDING)

        dispatch_event(event)

        self.assertEqual(mail.outbox, [])

    def test_goes_to_nobody_who_is_shut_out_or_wants_none(self) -> None:
        _gone, first = make_decision(RoleRequestStatus.APPROVED, is_active=False)
        user, second = make_decision(RoleRequestStatus.APPROVED)
        NotificationPreferences.objects.create(user=user, on_role_decision=False)

        dispatch_event(first)
        dispatch_event(second)

        self.assertEqual(mail.outbox, [])


class UnsubscribeTests(TestCase):
    def unsubscribe(self, token: str) -> Notification:
        return Unsubscribe().execute(UnsubscribeCommand(token=token)).kind

    def test_is_offered_in_the_headers_and_at_the_end_of_the_mail(self) -> None:
        dispatch_event(emit_comment(make_comment()))

        [sent] = mail.outbox
        header = str(sent.extra_headers["List-Unsubscribe"])
        self.assertRegex(header, r"^<http://127\.0\.0\.1:\d+/unsubscribe/[\w.-]+/>$")
        self.assertEqual(sent.extra_headers["List-Unsubscribe-Post"], "List-Unsubscribe=One-Click")
        self.assertIn(header.strip("<>"), sent.body)
        self.assertIn(f'href="{header.strip("<>")}"', html_of(sent))

    def test_is_offered_in_no_mail_that_one_needs(self) -> None:
        user = make_user()

        dispatch_event(
            emit_event(
                AggregateType.USER,
                user.id,
                EventType.USER_PASSWORD_CHANGED,
                {"user_id": str(user.id)},
            )
        )

        [sent] = mail.outbox
        self.assertEqual(set(sent.extra_headers), {"Message-ID", "Auto-Submitted"})
        self.assertNotIn("unsubscribe", sent.body.lower())

    def test_ends_mails_of_that_kind_and_no_other(self) -> None:
        parent = make_comment()
        first = emit_comment(make_comment(resource=parent.resource, parent=parent))
        dispatch_event(first)
        found = re.search(r"/unsubscribe/([^/]+)/", str(mail.outbox[0].body))
        assert found

        kind = self.unsubscribe(found[1])
        mail.outbox.clear()
        dispatch_event(emit_comment(make_comment(resource=parent.resource, parent=parent)))

        self.assertEqual(kind, Notification.ON_REPLY)
        self.assertEqual(receivers(), [parent.resource.author.email])
        row = NotificationPreferences.objects.get(user=parent.author)
        self.assertEqual((row.on_reply, row.on_comment, row.on_role_decision), (False, True, True))

    def test_is_recorded_once(self) -> None:
        user = make_user()
        token = unsubscription_token_for(user, Notification.ON_COMMENT)

        self.unsubscribe(token)
        self.unsubscribe(token)

        entry = AuditLog.objects.get()
        self.assertEqual((entry.action, entry.actor), ("UPDATE", user))
        self.assertEqual(entry.before_state, {"on_comment": True})
        self.assertEqual(entry.after_state, {"on_comment": False, "by": "mailed link"})

    def test_is_refused_with_any_other_link(self) -> None:
        user = make_user()
        good = unsubscription_token_for(user, Notification.ON_REPLY)
        gone = make_user(deleted_at=timezone.now())
        others = {
            "of another purpose": reset_token_for(user),
            "changed": good[:-1] + ("A" if good[-1] != "A" else "B"),
            "empty": "",
            "of somebody who is gone": unsubscription_token_for(gone, Notification.ON_REPLY),
            "of an unknown kind": unsubscription_token_for(user, "everything"),  # type: ignore[arg-type]
        }
        for name, token in others.items():
            with self.subTest(name), self.assertRaises(LinkNotValid):
                self.unsubscribe(token)

        self.assertFalse(NotificationPreferences.objects.exists())
