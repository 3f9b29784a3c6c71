"""Audit entries go after five years, and not before."""

from django.core.management import call_command
from django.db import connection
from django.test import TestCase

from audit.models import AuditLog
from core.models.base import new_id

# The ORM sets the time of an entry itself, and a trigger refuses to change it.
_INSERT = """
INSERT INTO audit_auditlog (id, created_at, object_id, entity_name, action, request_id)
VALUES (%s, now() - %s * interval '1 day', '1', 'User', 'UPDATE', '')
"""


class PruneAuditLogTests(TestCase):
    def test_removes_what_is_past_its_time_and_nothing_else(self) -> None:
        with connection.cursor() as cursor:
            cursor.executemany(_INSERT, [(new_id(), days) for days in (1, 1_825, 1_827, 2_000)])

        call_command("prune", only="audit_log", pause=0, batch=1, verbosity=0)

        self.assertEqual(AuditLog.objects.count(), 2)
