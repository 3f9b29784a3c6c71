"""The address space: what is only there where it is meant to be."""

import runpy
from pathlib import Path

from django.test import SimpleTestCase, override_settings

URLS = Path(__file__).resolve().parents[1] / "urls.py"


class AddressSpaceTests(SimpleTestCase):
    def roots(self) -> set[str]:
        """What addresses begin with under the present settings."""
        return {str(entry.pattern) for entry in runpy.run_path(str(URLS))["urlpatterns"]}

    def test_the_administration_is_there_only_where_it_is_enabled(self) -> None:
        with override_settings(ADMIN_ENABLED=True, DEBUG=False):
            self.assertIn("admin/", self.roots())
        with override_settings(ADMIN_ENABLED=False, DEBUG=False):
            pages = {"unsubscribe/<str:token>/"}
            self.assertEqual(self.roots(), {"api", "api/", "health/"} | pages)
