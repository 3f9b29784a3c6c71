"""The OpenAPI document and its page."""

import re

from django.conf import settings
from django.test import override_settings

from api.renderers import MEDIA_TYPE
from api.tests.base import ApiTestCase


class SchemaTests(ApiTestCase):
    def test_is_openapi_3_1_in_json(self) -> None:
        response = self.client.get("/api/schema/")

        self.assertEqual(response.status_code, 200)
        self.assertTrue(response.json()["openapi"].startswith("3.1"))

    def test_every_operation_documents_its_refusals(self) -> None:
        document = self.client.get("/api/schema/").json()

        without = [
            f"{method} {path}"
            for path, operations in document["paths"].items()
            for method, operation in operations.items()
            if "default" not in operation["responses"]
        ]

        self.assertTrue(document["paths"])
        self.assertEqual(without, [])

    def test_says_what_pages_there_are(self) -> None:
        document = self.client.get("/api/schema/").json()

        for path in ("/api/feed/", "/api/user/resources/"):
            schemas = {
                parameter["name"]: parameter["schema"]
                for parameter in document["paths"][path]["get"]["parameters"]
            }
            for name in ("page", "page_size"):
                self.assertEqual(schemas[name], {"type": "integer", "minimum": 1}, path)

    def test_says_which_texts_may_not_be_blank(self) -> None:
        document = self.client.get("/api/schema/").json()
        properties = document["components"]["schemas"]["CreateResourceInputRequest"]["properties"]

        for blank in ("", " ", "\t\n\x0b\x0c\r", "\x1c\x1d\x1e\x1f", "\x85\xa0\u2003\u3000"):
            self.assertEqual(blank.strip(), "")
            self.assertNotRegex(blank, properties["title"]["pattern"])
        self.assertRegex(" a ", properties["title"]["pattern"])
        self.assertNotIn("pattern", properties["file_url"])
        self.assertEqual(properties["file_url"]["oneOf"][0]["type"], ["string", "null"])


class DocsPageTests(ApiTestCase):
    def test_needs_nothing_from_elsewhere_and_no_inline_code(self) -> None:
        page = self.client.get("/api/docs/").content.decode()

        self.assertNotRegex(page, r"https?://")
        self.assertNotRegex(page, r"<style|style=|\son\w+=")
        self.assertFalse(re.findall(r"<script>", page))

    def test_refusals_are_in_the_envelope_whatever_the_page_speaks(self) -> None:
        for address in ("/api/docs/", "/api/schema/"):
            for method in ("post", "delete", "options"):
                with self.subTest(address=address, method=method):
                    response = getattr(self.client, method)(address)

                    self.assert_error(response, 405, "method_not_allowed")
                    self.assertEqual(response["Content-Type"], MEDIA_TYPE)
        refused = self.client.get("/api/docs/", headers={"accept": "application/json"})
        self.assert_error(refused, 406, "not_acceptable")

    @override_settings(
        STATIC_ROOT="/nowhere",
        STORAGES={
            **settings.STORAGES,
            "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
        },
    )
    def test_without_collected_files_it_is_unavailable_in_the_envelope(self) -> None:
        self.client.raise_request_exception = False

        self.assert_error(self.client.get("/api/docs/"), 500, "server_error")

    def test_its_script_lies_at_an_address_of_its_own(self) -> None:
        page = self.client.get("/api/docs/").content.decode()
        [address] = re.findall(r'src="(/api/docs/[^"]+)"', page)

        response = self.client.get(address)

        self.assertEqual(response.status_code, 200)
        self.assertIn("javascript", response["Content-Type"])
