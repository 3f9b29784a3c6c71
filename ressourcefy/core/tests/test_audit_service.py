"""The audit service without and with a recorder."""

from unittest.mock import patch

from django.core.exceptions import ImproperlyConfigured
from django.test import SimpleTestCase

from core.models import Tag
from core.services import audit


class AuditChangeTests(SimpleTestCase):
    def test_refuses_to_lose_an_entry(self) -> None:
        with patch.object(audit, "_recorders", []), self.assertRaises(ImproperlyConfigured):
            audit.audit_change(entity=Tag(), action="CREATE", actor=None)

    def test_hands_the_change_to_the_recorder(self) -> None:
        seen: list[object] = []
        tag = Tag()

        with patch.object(audit, "_recorders", []):
            audit.register_recorder(lambda *facts: seen.extend(facts))
            audit.audit_change(entity=tag, action="UPDATE", actor=None, before={"a": 1})

        self.assertEqual(seen, [tag, "UPDATE", None, {"a": 1}, None])
