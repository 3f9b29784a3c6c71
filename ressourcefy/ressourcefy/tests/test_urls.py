"""The address space: what is only there where it is meant to be."""

import runpy
from pathlib import Path

from django.test import SimpleTestCase, override_settings

PROJECT = Path(__file__).resolve().parents[2]
URLS, API_URLS = PROJECT / "ressourcefy" / "urls.py", PROJECT / "api" / "urls.py"


class AddressSpaceTests(SimpleTestCase):
    def roots(self, urls: Path = URLS) -> set[str]:
        """What addresses begin with under the present settings."""
        return {str(entry.pattern) for entry in runpy.run_path(str(urls))["urlpatterns"]}

    def test_the_administration_is_there_only_where_it_is_enabled(self) -> None:
        with override_settings(ADMIN_ENABLED=True, DEBUG=False):
            self.assertIn("admin/", self.roots())
        with override_settings(ADMIN_ENABLED=False, DEBUG=False):
            pages = {"unsubscribe/<str:token>/", "restore-account/<str:token>/"}
            self.assertEqual(self.roots(), {"api", "api/", "health/"} | pages)

    def test_the_description_of_the_api_is_there_unless_it_is_closed(self) -> None:
        for public in (True, False):
            with self.subTest(public=public), override_settings(API_DOCS_PUBLIC=public):
                roots = self.roots(API_URLS)

                self.assertEqual(
                    {"docs/", "schema/"} & roots, {"docs/", "schema/"} if public else set()
                )
                self.assertIn("feed/", roots)
