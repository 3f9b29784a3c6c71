"""The audit log: complete, free of personal data, and unchangeable."""

from collections.abc import Callable
from uuid import uuid4

from django.db import IntegrityError, connection, transaction
from django.test import TestCase

from audit.models import AuditLog
from audit.services.record import PersonalDataInAudit
from core.models import Tag
from core.request_context import RequestContext, request_context
from core.services.audit import audit_change
from users.tests.factories import make_tag, make_user


def recorded() -> AuditLog:
    """One entry."""
    audit_change(entity=make_tag(), action="CREATE", actor=make_user(), after={"role": "USER"})
    return AuditLog.objects.get()


class RecordingTests(TestCase):
    def test_an_entry_says_who_did_what_to_which_object_in_which_request(self) -> None:
        tag, actor, reference = make_tag(), make_user(), uuid4()

        with request_context(RequestContext(request_id="abc-1")):
            audit_change(
                entity=tag,
                action="UPDATE",
                actor=actor,
                before={"role": "USER"},
                after={"role": "ADMIN", "reference": reference},
            )

        entry = AuditLog.objects.get()
        self.assertEqual(entry.content_object, tag)
        self.assertEqual((entry.entity_name, entry.action), ("Tag", AuditLog.Action.UPDATE))
        self.assertEqual((entry.actor, entry.request_id), (actor, "abc-1"))
        self.assertEqual(entry.before_state, {"role": "USER"})
        self.assertEqual(entry.after_state, {"role": "ADMIN", "reference": str(reference)})
        self.assertIn(str(tag.pk), str(entry))

    def test_an_entry_stands_or_falls_with_the_change(self) -> None:
        try:
            with transaction.atomic():
                audit_change(entity=make_tag(), action="CREATE", actor=None)
                raise ValueError("roll back")  # noqa: TRY301
        except ValueError:
            pass

        self.assertFalse(AuditLog.objects.exists())

    def test_refuses_personal_fields_and_secrets(self) -> None:
        for field in ("email", "password", "refresh_token", "username", "bio", "ip_address"):
            with self.subTest(field=field), self.assertRaises(PersonalDataInAudit):
                audit_change(entity=make_tag(), action="UPDATE", actor=None, after={field: "x"})

        self.assertFalse(AuditLog.objects.exists())

    def test_refuses_an_unknown_action(self) -> None:
        with self.assertRaises(ValueError):
            audit_change(entity=make_tag(), action="LOOK", actor=None)

    def test_refuses_an_actor_that_is_no_user(self) -> None:
        with self.assertRaises(TypeError):
            audit_change(entity=make_tag(), action="CREATE", actor=Tag())


class ImmutabilityTests(TestCase):
    def test_no_path_changes_an_entry(self) -> None:
        entry = recorded()
        entry.entity_name = "Forged"

        def by_sql() -> None:
            with connection.cursor() as cursor:
                cursor.execute("UPDATE audit_auditlog SET actor_id = NULL")

        paths: dict[str, Callable[[], object]] = {
            "save": entry.save,
            "update": lambda: AuditLog.objects.update(entity_name="Forged"),
            "bulk_update": lambda: AuditLog.objects.bulk_update([entry], ["entity_name"]),
            "sql": by_sql,
        }
        for name, path in paths.items():
            with self.subTest(path=name):
                with self.assertRaises(IntegrityError), transaction.atomic():
                    path()

                self.assertEqual(AuditLog.objects.get().entity_name, "Tag")
