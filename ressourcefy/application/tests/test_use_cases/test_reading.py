"""What readers do: open, vote, comment."""

from uuid import UUID

from django.db import connection
from django.test import TestCase, TransactionTestCase
from django.utils import timezone

from analytics.services.track_event import waiting_events
from application.dto.commands import (
    AccessResourceCommand,
    CreateCommentCommand,
    VoteOnCommentCommand,
    VoteOnResourceCommand,
)
from application.dto.results import (
    CommentVoteResult,
    GrantedAccess,
    PublishedComment,
    ResourceVoteResult,
)
from application.use_cases.access_resource import AccessResource
from application.use_cases.create_comment import CreateComment
from application.use_cases.vote_on_comment import VoteOnComment
from application.use_cases.vote_on_resource import VoteOnResource
from audit.models import AuditLog
from core.exceptions import AccessDenied, InvalidAction
from core.models import OutboxEvent
from core.tests.races import at_once
from interactions.exceptions import CommentNotFound
from interactions.models import Comment, CommentVote
from interactions.tests.factories import make_comment
from monetization.tests.factories import make_subscription
from resources.exceptions import ResourceLocked, ResourceNotFound
from resources.models import Resource, ResourceProgress, ResourceVote
from resources.tests.factories import make_resource, make_version
from resources.types import ProgressStatus, Visibility, VoteValue
from users.models import User
from users.tests.factories import make_user


def access(resource: Resource, *, by: User) -> GrantedAccess:
    return AccessResource().execute(AccessResourceCommand(user=by, resource_id=resource.pk))


def vote(resource: Resource, value: VoteValue | None, *, by: User) -> ResourceVoteResult:
    command = VoteOnResourceCommand(user=by, resource_id=resource.pk, vote_value=value)
    return VoteOnResource().execute(command)


def vote_on_comment(comment: Comment, value: VoteValue | None, *, by: User) -> CommentVoteResult:
    command = VoteOnCommentCommand(user=by, comment_id=comment.pk, vote_value=value)
    return VoteOnComment().execute(command)


def comment(
    resource: Resource, content: str, *, by: User, parent_id: UUID | None = None
) -> PublishedComment:
    command = CreateCommentCommand(
        user=by, resource_id=resource.pk, content=content, parent_id=parent_id
    )
    return CreateComment().execute(command)


def emitted() -> list[str]:
    """The types of all events, in the order of emission."""
    return list(OutboxEvent.objects.order_by("seq").values_list("event_type", flat=True))


def locked_resource() -> Resource:
    return make_resource(visibility=Visibility.PREMIUM, price_cents=500)


def private_resource() -> Resource:
    return make_resource(visibility=Visibility.PRIVATE)


class AccessResourceTests(TestCase):
    def test_gives_the_newest_file_and_begins_the_progress(self) -> None:
        resource, user = make_resource(), make_user()
        make_version(resource)
        newest = make_version(resource, "https://files.example.org/b.pdf")

        granted = access(resource, by=user)

        assert granted.latest_version
        self.assertEqual(
            (granted.latest_version.version_number, granted.latest_version.file_url), (2, newest)
        )
        self.assertEqual(granted.progress.status, ProgressStatus.IN_PROGRESS)
        self.assertEqual(granted.progress.progress_id, ResourceProgress.objects.get().pk)

    def test_opens_a_resource_without_a_file(self) -> None:
        self.assertIsNone(access(make_resource(), by=make_user()).latest_version)

    def test_tells_of_the_first_visit_only(self) -> None:
        resource, user = make_resource(), make_user()

        for _ in range(3):
            access(resource, by=user)

        event = OutboxEvent.objects.get()
        self.assertEqual(event.event_type, "resource.progress.started")
        self.assertEqual(event.payload, {"resource_id": str(resource.pk), "user_id": str(user.pk)})
        self.assertEqual(AuditLog.objects.count(), 1)

    def test_is_tracked_each_time_without_a_query(self) -> None:
        resource, user = make_resource(), make_user()
        before = len(waiting_events)

        access(resource, by=user)
        access(resource, by=user)

        self.assertEqual(len(waiting_events) - before, 2)

    def test_stays_open_when_the_progress_cannot_be_written(self) -> None:
        resource, user = make_resource(), make_user()
        make_version(resource)
        with connection.cursor() as cursor:
            cursor.execute(
                "ALTER TABLE resources_resourceprogress ADD CONSTRAINT broken CHECK (false)"
            )

        with self.assertLogs("application.use_cases.access_resource", "ERROR"):
            granted = access(resource, by=user)

        self.assertIsNotNone(granted.latest_version)
        self.assertEqual(granted.progress.status, ProgressStatus.NOT_STARTED)
        self.assertIsNone(granted.progress.progress_id)
        self.assertFalse(emitted())

    def test_refuses_without_a_right_and_leaves_no_trace(self) -> None:
        user = make_user()

        with self.assertRaises(ResourceLocked):
            access(locked_resource(), by=user)
        with self.assertRaises(ResourceNotFound):
            access(private_resource(), by=user)

        self.assertFalse(ResourceProgress.objects.exists())


class VoteOnResourceTests(TestCase):
    def test_the_last_value_wins(self) -> None:
        resource, user = make_resource(), make_user()

        up = vote(resource, VoteValue.UP, by=user)
        down = vote(resource, VoteValue.DOWN, by=user)

        self.assertEqual((up.value, down.value), (1, -1))
        self.assertEqual(up.vote_id, down.vote_id)
        self.assertEqual(ResourceVote.objects.get().value, VoteValue.DOWN)

    def test_tells_of_changes_only(self) -> None:
        resource, user = make_resource(), make_user()

        for value in (VoteValue.UP, VoteValue.UP, None, None):
            vote(resource, value, by=user)

        events = OutboxEvent.objects.order_by("seq").values_list("event_type", "payload")
        self.assertEqual(
            [(kind, payload["value"]) for kind, payload in events],
            [("resource.voted", 1), ("resource.voted", 0)],
        )
        actions = AuditLog.objects.order_by("created_at", "id").values_list("action", flat=True)
        self.assertEqual(list(actions), ["CREATE", "DELETE"])

    def test_a_withdrawn_vote_has_no_id(self) -> None:
        resource, user = make_resource(), make_user()
        vote(resource, VoteValue.UP, by=user)

        withdrawn = vote(resource, None, by=user)

        self.assertEqual(
            withdrawn, ResourceVoteResult(vote_id=None, resource_id=resource.pk, value=0)
        )

    def test_refuses_without_a_right(self) -> None:
        user = make_user()

        with self.assertRaises(ResourceLocked):
            vote(locked_resource(), VoteValue.UP, by=user)
        with self.assertRaises(ResourceNotFound):
            vote(private_resource(), VoteValue.UP, by=user)

        self.assertFalse(ResourceVote.objects.exists())


class CreateCommentTests(TestCase):
    def test_publishes_and_tells(self) -> None:
        resource, user = make_resource(), make_user()

        published = comment(resource, " Yes. ", by=user)
        reply = comment(resource, "No.", by=user, parent_id=published.comment_id)

        self.assertEqual((published.content, published.resource_id), ("Yes.", resource.pk))
        self.assertEqual(reply.parent_id, published.comment_id)
        payload = OutboxEvent.objects.order_by("seq")[1].payload
        self.assertEqual(payload["parent_id"], str(published.comment_id))
        self.assertEqual(emitted(), ["comment.created"] * 2)
        self.assertNotIn("No.", str(list(AuditLog.objects.values())))
        resource.refresh_from_db()
        self.assertEqual(resource.comment_count, 2)

    def test_leaves_nothing_behind_when_refused(self) -> None:
        user, member = make_user(), make_user()
        locked = locked_resource()
        make_subscription(member)
        elsewhere = make_comment()

        with self.assertRaises(ResourceLocked):
            comment(locked, "Yes.", by=user)
        with self.assertRaises(ResourceNotFound):
            comment(private_resource(), "Yes.", by=user)
        with self.assertRaises(InvalidAction):
            comment(locked, "  ", by=member)
        with self.assertRaises(InvalidAction):
            comment(locked, "Yes.", by=member, parent_id=elsewhere.pk)

        self.assertEqual(list(Comment.objects.all()), [elsewhere])
        self.assertEqual(emitted(), [])


class VoteOnCommentTests(TestCase):
    def test_the_last_value_wins_until_withdrawn(self) -> None:
        target, user = make_comment(), make_user()

        up = vote_on_comment(target, VoteValue.UP, by=user)
        self.assertEqual(vote_on_comment(target, VoteValue.UP, by=user), up)
        withdrawn = vote_on_comment(target, None, by=user)

        self.assertEqual((up.comment_id, up.value), (target.pk, 1))
        self.assertEqual((withdrawn.vote_id, withdrawn.value), (None, 0))
        self.assertEqual(emitted(), ["comment.voted"] * 2)

    def test_refuses_what_readers_do_not_see(self) -> None:
        deleted, hidden = make_comment(), make_comment()
        deleted.delete()
        Comment.objects.filter(pk=hidden.pk).update(hidden_at=timezone.now())

        for target in (deleted, hidden):
            with self.assertRaises(AccessDenied):
                vote_on_comment(target, VoteValue.UP, by=make_user())

        self.assertFalse(CommentVote.objects.exists())

    def test_refuses_without_a_right_to_the_resource(self) -> None:
        user = make_user()

        with self.assertRaises(AccessDenied):
            vote_on_comment(make_comment(resource=locked_resource()), VoteValue.UP, by=user)
        with self.assertRaises(CommentNotFound):
            vote_on_comment(make_comment(resource=private_resource()), VoteValue.UP, by=user)


class RaceTests(TransactionTestCase):
    """50 votes of one person at once; 10 first visits at once."""

    def test_votes_of_one_person_are_one_row_and_one_event_for_each_change(self) -> None:
        resource, user = make_resource(), make_user()

        votes = at_once([lambda: vote(resource, VoteValue.UP, by=user)] * 50)

        self.assertEqual(
            {v.vote_id for v in votes if isinstance(v, ResourceVoteResult)},
            {ResourceVote.objects.get().pk},
        )
        self.assertFalse([v for v in votes if isinstance(v, Exception)])
        self.assertEqual(emitted(), ["resource.voted"])

    def test_votes_and_withdrawals_at_once_end_in_counters_that_fit(self) -> None:
        resource, user = make_resource(), make_user()

        votes = at_once(
            [
                lambda value=value: vote(resource, value, by=user)
                for value in [VoteValue.UP, None, VoteValue.DOWN] * 10
            ]
        )

        self.assertFalse([v for v in votes if isinstance(v, Exception)])
        resource.refresh_from_db()
        rows = list(ResourceVote.objects.values_list("value", flat=True))
        self.assertEqual((resource.upvotes, resource.downvotes), (rows.count(1), rows.count(-1)))

    def test_first_visits_at_once_all_succeed(self) -> None:
        resource, user = make_resource(), make_user()

        visits = at_once([lambda: access(resource, by=user)] * 10)

        self.assertEqual(
            {v.progress.progress_id for v in visits if isinstance(v, GrantedAccess)},
            {ResourceProgress.objects.get().pk},
        )
        self.assertEqual(emitted(), ["resource.progress.started"])
