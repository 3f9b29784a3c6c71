"""Completing resources: once, for good, and however many ask at the same moment."""

from datetime import timedelta

from django.test import TestCase, TransactionTestCase
from django.utils import timezone

from application.dto.commands import AccessResourceCommand, CompleteResourceCommand
from application.dto.events import EventType
from application.use_cases.access_resource import AccessResource
from application.use_cases.complete_resource import CompleteResource
from audit.models import AuditLog
from core.models import OutboxEvent
from core.tests.races import at_once
from monetization.tests.factories import make_subscription
from resources.exceptions import ResourceLocked, ResourceNotFound
from resources.models import Resource, ResourceProgress
from resources.tests.factories import make_resource
from resources.types import ProgressEntry, ProgressStatus, Visibility
from users.models import User
from users.tests.factories import make_user


def complete(resource: Resource, *, by: User) -> ProgressEntry:
    return CompleteResource().execute(CompleteResourceCommand(user=by, resource_id=resource.pk))


def access(resource: Resource, *, by: User) -> ProgressEntry:
    command = AccessResourceCommand(user=by, resource_id=resource.pk)
    return AccessResource().execute(command).progress


def emitted() -> list[str]:
    """The types of all events, in the order of emission."""
    return list(OutboxEvent.objects.order_by("seq").values_list("event_type", flat=True))


class CompleteResourceTests(TestCase):
    def test_ends_what_was_begun(self) -> None:
        resource, user = make_resource(), make_user()
        begun = access(resource, by=user)

        done = complete(resource, by=user)

        self.assertEqual((done.progress_id, done.started_at), (begun.progress_id, begun.started_at))
        self.assertEqual(done.status, ProgressStatus.COMPLETED)
        assert done.last_accessed_at
        assert begun.last_accessed_at
        self.assertGreater(done.last_accessed_at, begun.last_accessed_at)
        self.assertEqual(done.completed_at, done.last_accessed_at)

    def test_needs_no_visit_before(self) -> None:
        done = complete(make_resource(), by=make_user())

        self.assertEqual(done.status, ProgressStatus.COMPLETED)
        self.assertIsNotNone(done.started_at)
        self.assertEqual(done.started_at, done.completed_at)

    def test_fills_the_beginning_of_a_row_without_one(self) -> None:
        resource, user = make_resource(), make_user()
        ResourceProgress.objects.create(
            user=user, resource=resource, status=ProgressStatus.NOT_STARTED
        )

        done = complete(resource, by=user)

        self.assertIsNotNone(done.started_at)
        self.assertEqual(emitted(), [EventType.RESOURCE_PROGRESS_COMPLETED])

    def test_again_moves_the_last_visit_alone_and_tells_nobody(self) -> None:
        resource, user = make_resource(), make_user()
        first = complete(resource, by=user)

        again = complete(resource, by=user)

        self.assertEqual(
            (again.progress_id, again.started_at, again.completed_at),
            (first.progress_id, first.started_at, first.completed_at),
        )
        assert again.last_accessed_at
        assert first.last_accessed_at
        self.assertGreater(again.last_accessed_at, first.last_accessed_at)
        self.assertEqual(emitted(), [EventType.RESOURCE_PROGRESS_COMPLETED])
        self.assertEqual(AuditLog.objects.count(), 1)

    def test_a_visit_afterwards_leaves_it_completed(self) -> None:
        resource, user = make_resource(), make_user()
        done = complete(resource, by=user)

        visit = access(resource, by=user)

        self.assertEqual(
            (visit.status, visit.completed_at), (ProgressStatus.COMPLETED, done.completed_at)
        )
        assert visit.last_accessed_at
        assert done.last_accessed_at
        self.assertGreater(visit.last_accessed_at, done.last_accessed_at)
        self.assertEqual(emitted(), [EventType.RESOURCE_PROGRESS_COMPLETED])

    def test_a_late_clock_does_not_move_the_last_visit_back(self) -> None:
        resource, user = make_resource(), make_user()
        later = timezone.now() + timedelta(hours=1)
        ResourceProgress.objects.create(user=user, resource=resource, last_accessed_at=later)

        self.assertEqual(complete(resource, by=user).last_accessed_at, later)

    def test_tells_and_records_what_was_before(self) -> None:
        resource, user = make_resource(), make_user()
        access(resource, by=user)

        done = complete(resource, by=user)

        event = OutboxEvent.objects.order_by("seq")[1]
        self.assertEqual(event.event_type, "resource.progress.completed")
        self.assertEqual(event.payload, {"resource_id": str(resource.pk), "user_id": str(user.pk)})
        entry = AuditLog.objects.get(action="UPDATE")
        self.assertEqual((entry.object_id, entry.actor), (str(done.progress_id), user))
        self.assertEqual(entry.before_state, {"status": "IN_PROGRESS"})
        self.assertEqual(
            entry.after_state, {"resource_id": str(resource.pk), "status": "COMPLETED"}
        )

    def test_refuses_without_a_right_and_leaves_no_trace(self) -> None:
        user = make_user()
        deleted = make_resource()
        deleted.delete()

        with self.assertRaises(ResourceLocked):
            complete(make_resource(visibility=Visibility.PREMIUM, price_cents=5), by=user)
        for hidden in (make_resource(visibility=Visibility.PRIVATE), deleted):
            with self.assertRaises(ResourceNotFound):
                complete(hidden, by=user)

        self.assertFalse(ResourceProgress.objects.exists())
        self.assertEqual(emitted(), [])

    def test_is_open_to_members(self) -> None:
        member = make_user()
        make_subscription(member)
        resource = make_resource(visibility=Visibility.PREMIUM, price_cents=5)

        self.assertEqual(complete(resource, by=member).status, ProgressStatus.COMPLETED)


class CompleteResourceRaceTests(TransactionTestCase):
    """12 at once of one person: completions alone, and mixed with first visits."""

    def test_completions_at_once_are_one_row_and_one_event(self) -> None:
        resource, user = make_resource(), make_user()

        results = at_once([lambda: complete(resource, by=user)] * 12)

        entries = [entry for entry in results if isinstance(entry, ProgressEntry)]
        self.assertEqual(len(entries), 12, results)
        row = ResourceProgress.objects.get()
        self.assertEqual({entry.progress_id for entry in entries}, {row.pk})
        self.assertEqual({entry.completed_at for entry in entries}, {row.completed_at})
        self.assertEqual(emitted(), [EventType.RESOURCE_PROGRESS_COMPLETED])

    def test_visits_and_completions_at_once_end_completed(self) -> None:
        resource, user = make_resource(), make_user()

        results = at_once(
            [lambda: complete(resource, by=user), lambda: access(resource, by=user)] * 6
        )

        self.assertFalse([result for result in results if isinstance(result, Exception)])
        row = ResourceProgress.objects.get()
        self.assertEqual(row.status, ProgressStatus.COMPLETED)
        self.assertEqual(emitted().count(EventType.RESOURCE_PROGRESS_COMPLETED), 1)
        self.assertLessEqual(emitted().count(EventType.RESOURCE_PROGRESS_STARTED), 1)
