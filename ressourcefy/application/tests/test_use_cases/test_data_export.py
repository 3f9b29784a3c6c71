"""The file with all that the product holds about somebody."""

import json
import tempfile
import tracemalloc
from datetime import timedelta
from threading import Barrier, Thread
from typing import Any

from django.conf import settings
from django.core import mail
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.db import connection
from django.test import TestCase, TransactionTestCase, override_settings
from django.utils import timezone

from analytics.models import UserEvent
from application.dto.commands import RequestDataExportCommand
from application.services.data_exports import sections_about, write_export
from application.tests.canary import make_canary, tables_about_people
from application.use_cases.request_data_export import RequestDataExport
from audit.models import AuditLog
from core.exceptions import TooManyRequests
from core.models import OutboxEvent
from core.outbox import process_outbox
from core.request_context import RequestContext, request_context
from core.services.audit import audit_change
from interactions.tests.factories import make_comment
from users.exceptions import ExportPending
from users.models import DataExport, User
from users.services.exports import open_file, remove_expired_exports
from users.tests.factories import make_user
from users.types import ExportStatus


def ask(user: User) -> DataExport:
    """Ask for one's data."""
    asked = RequestDataExport().execute(RequestDataExportCommand(user=user))
    return DataExport.objects.get(pk=asked.id)


def built_for(user: User) -> dict[str, Any]:
    """What the file says."""
    with tempfile.TemporaryFile() as file:
        size = write_export(user, file)
        assert file.tell() == size
        file.seek(0)
        content: dict[str, Any] = json.load(file)
    return content


class ContentTests(TestCase):
    def test_is_complete(self) -> None:
        canary = make_canary()

        content = built_for(canary.user)

        text = json.dumps(content, ensure_ascii=False).lower()
        missing = [
            mark
            for mark in (*canary.personal, *canary.said, *canary.ids)
            if mark.lower() not in text
        ]
        self.assertEqual(missing, [])
        empty = [name for name, records in content.items() if not records and name != "exports"]
        self.assertEqual(empty, [])
        self.assertEqual([entry["by_you"] for entry in content["audit_entries"]], [True, False])

    def test_says_what_was_done_by_an_administrator_in_ones_name(self) -> None:
        user, administrator = make_user(), make_user()
        with request_context(RequestContext(impersonator_id=str(administrator.pk))):
            audit_change(entity=user.profile, action="UPDATE", actor=user)

        content = built_for(user)

        [entry] = content["audit_entries"]
        self.assertFalse(entry["by_you"])
        self.assertNotIn(str(administrator.pk), json.dumps(content))

    def test_has_a_section_for_every_table_that_knows_of_people(self) -> None:
        """A new table with a reference to accounts fails here until somebody decides about it."""
        named = {
            "AuditLog": "audit_entries",
            "Comment": "comments",
            "CommentModeration": "moderations",
            "CommentVote": "comment_votes",
            "DataExport": "exports",
            "NotificationPreferences": "notification_preferences",
            "Payment": "payments",
            "PaymentIntentRecord": "checkouts",
            "Profile": "profile",
            "Purchase": "purchases",
            "Refund": "refunds",
            "Resource": "resources",
            "ResourceProgress": "progress",
            "ResourceVote": "resource_votes",
            "RoleRequest": "role_requests",
            "StripeCustomer": "stripe_customer",
            "Subscription": "subscriptions",
            "User": "account",
            "UserEvent": "activity",
            "UserInterest": "interests",
            "UserSession": "sessions",
        }

        self.assertEqual({model.__name__ for model in tables_about_people()}, set(named))
        self.assertLessEqual(set(named.values()), set(sections_about(make_user())))

    def test_has_nothing_of_others_and_no_secrets(self) -> None:
        canary, other = make_canary(), make_canary()
        foreign = make_comment(
            resource_id=canary.user.resources.get().pk, content="said by a stranger"
        )

        text = json.dumps(built_for(canary.user))

        for mark in (*other.personal, *other.said, *other.ids, foreign.content):
            self.assertNotIn(mark, text)
        for secret in (canary.user.password, str(canary.user.sessions.get().refresh_id)):
            self.assertNotIn(secret, text)

    def test_is_gathered_by_a_fixed_number_of_queries(self) -> None:
        canary = make_canary()
        UserEvent.objects.bulk_create(
            UserEvent(user=canary.user, event_type="resource.viewed") for _ in range(50)
        )

        with self.assertNumQueries(36):
            built_for(canary.user)

    def test_takes_no_more_memory_for_more_rows(self) -> None:
        """20,000 rows, a file of megabytes; measured are only the blocks that Python hands out."""
        user = make_user()
        UserEvent.objects.bulk_create(
            (
                UserEvent(user=user, event_type="resource.viewed", user_agent="x" * 200)
                for _ in range(20_000)
            ),
            batch_size=5_000,
        )
        with tempfile.TemporaryFile() as file:
            tracemalloc.start()
            size = write_export(user, file)
            _now, peak = tracemalloc.get_traced_memory()
            tracemalloc.stop()

        self.assertGreater(size, 6_000_000)
        self.assertLess(peak, size / 2)


class RequestTests(TestCase):
    def tearDown(self) -> None:
        DataExport.objects.update(expires_at=timezone.now() - timedelta(days=1))
        remove_expired_exports()

    def test_ends_with_a_file_and_a_mail(self) -> None:
        user = make_user()

        export = ask(user)
        process_outbox(20)

        export.refresh_from_db()
        self.assertEqual(export.status, ExportStatus.READY)
        with open_file(export) as file:
            content = file.read()
        self.assertEqual(len(content), export.size_bytes)
        self.assertEqual(json.loads(content)["account"][0]["email"], user.email)
        left = export.expires_at - timezone.now()
        self.assertAlmostEqual(left / timedelta(days=7), 1, places=2)
        [sent] = mail.outbox
        self.assertEqual((sent.to, sent.subject), ([user.email], "Your Ressourcefy data"))
        self.assertRegex(str(sent.body), r"\nhttp://127\.0\.0\.1:\d+/api/user/export/[\w.-]+/\n")

    def test_is_recorded_without_personal_values(self) -> None:
        user = make_user()

        export = ask(user)

        entry = AuditLog.objects.get()
        self.assertEqual(
            (entry.action, entry.actor, entry.object_id), ("CREATE", user, str(export.pk))
        )
        payload = OutboxEvent.objects.get().payload
        self.assertEqual(payload, {"user_id": str(user.pk), "export_id": str(export.pk)})

    def test_is_refused_while_another_one_is_built(self) -> None:
        user = make_user()
        ask(user)

        for _ in range(5):
            with self.assertRaises(ExportPending):
                ask(user)

        self.assertEqual(DataExport.objects.count(), 1)

    @override_settings(RATE_LIMIT_FACTOR=1)
    def test_is_refused_after_three_in_a_day(self) -> None:
        user = make_user()
        ask(user)
        # What is refused because another one is built does not count.
        with self.assertRaises(ExportPending):
            ask(user)
        for _ in range(2):
            process_outbox(20)
            ask(user)
        process_outbox(20)

        with self.assertRaises(TooManyRequests):
            ask(user)

        ask(make_user())

    def test_builds_nothing_for_somebody_who_is_shut_out(self) -> None:
        user = make_user()
        export = ask(user)
        User.objects.filter(pk=user.pk).update(is_active=False)

        process_outbox(20)

        export.refresh_from_db()
        self.assertEqual((export.status, mail.outbox), (ExportStatus.PENDING, []))

    def test_is_built_again_over_what_a_dead_worker_left(self) -> None:
        user = make_user()
        export = ask(user)
        storages["exports"].save(f"{export.pk}.json", ContentFile(b"half a file"))

        process_outbox(20)

        export.refresh_from_db()
        self.assertEqual(export.file_name, f"{export.pk}.json")
        with open_file(export) as file:
            self.assertIn("account", json.load(file))

    def test_leaves_a_file_that_only_its_owner_can_read(self) -> None:
        user = make_user()
        export = ask(user)
        process_outbox(20)

        export.refresh_from_db()
        path = settings.EXPORTS_DIR / export.file_name
        self.assertEqual(path.stat().st_mode & 0o777, 0o600)

    def test_ends_when_its_time_is_over(self) -> None:
        ready, unbuilt, fresh = (ask(make_user()) for _ in range(3))
        DataExport.objects.filter(pk__in=[unbuilt.pk]).update(status=ExportStatus.PENDING)
        process_outbox(20)
        over = timezone.now() - timedelta(seconds=1)
        DataExport.objects.filter(pk__in=[ready.pk, unbuilt.pk]).update(expires_at=over)
        ready.refresh_from_db()

        remove_expired_exports()

        self.assertEqual(DataExport.objects.get().pk, fresh.pk)
        self.assertFalse(storages["exports"].exists(ready.file_name))
        fresh.refresh_from_db()
        self.assertTrue(storages["exports"].exists(fresh.file_name))

    def test_given_up_makes_room_for_another(self) -> None:
        user = make_user()
        ask(user)
        DataExport.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

        remove_expired_exports()

        self.assertEqual(ask(user).status, ExportStatus.PENDING)


class RaceTests(TransactionTestCase):
    def test_of_many_requests_at_once_one_is_taken(self) -> None:
        user, barrier, refused = make_user(), Barrier(8), list[Exception]()

        def run() -> None:
            barrier.wait(10)
            try:
                ask(user)
            except ExportPending as refusal:
                refused.append(refusal)
            finally:
                connection.close()

        threads = [Thread(target=run) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)

        self.assertEqual((DataExport.objects.count(), len(refused)), (1, 7))
