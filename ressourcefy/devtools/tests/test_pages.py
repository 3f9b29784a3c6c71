"""The pages under /dev/."""

import re
import tempfile
from html.parser import HTMLParser
from pathlib import Path

from django.contrib.staticfiles import finders
from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.filebased import EmailBackend
from django.test import SimpleTestCase, override_settings

from devtools.demo.accounts import DEMO_ACCOUNTS, DEMO_PASSWORD
from devtools.mailbox import mails_in

PAGES = (
    "",
    "register",
    "activate",
    "activate?token=abc",
    "reset",
    "reset?token=abc",
    "account",
    "mailbox/",
)


class Page(HTMLParser):
    """What the tests look at in a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.assets: list[str] = []
        self.inline: list[str] = []
        self.fields: dict[str, str] = {}
        self.labelled: set[str] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self.inline += [name for name in values if name == "style" or name.startswith("on")]
        if tag == "a":
            self.links.append(values["href"])
        elif tag == "label":
            self.labelled.add(values["for"])
        elif tag in {"input", "textarea"} and values.get("type") != "hidden":
            self.fields[values["id"]] = values.get("name", "")
        elif tag == "script" or (tag == "link" and values["rel"] in {"stylesheet", "icon"}):
            self.assets.append(values.get("src") or values.get("href", ""))
        elif tag == "style":
            self.inline.append(tag)


@override_settings(ROOT_URLCONF="devtools.tests.dev_urls")
class PageTests(SimpleTestCase):
    def setUp(self) -> None:
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.mailbox = Path(directory.name)
        settings = override_settings(MAILBOX_DIR=self.mailbox)
        settings.enable()
        self.addCleanup(settings.disable)

    def get(self, address: str) -> str:
        response = self.client.get(f"/dev/{address}")
        self.assertEqual(response.status_code, 200, address)
        return response.content.decode()

    def make_mail(self, *, html: str = "") -> str:
        """Returns the address of the page of a new mail."""
        mail = EmailMultiAlternatives(
            "<b>Hello</b>", "See https://example.org/?a=1&b=2", to=["reader@example.org"]
        )
        if html:
            mail.attach_alternative(html, "text/html")
        mailer = EmailBackend(alias="default", file_path=str(self.mailbox))
        mailer.send_messages([mail])
        newest = mails_in(self.mailbox)[0]
        return f"mailbox/{newest.file}/{newest.number}/"

    def test_hold_nothing_that_the_content_security_policy_forbids(self) -> None:
        for address in PAGES:
            with self.subTest(address):
                page = Page(self.get(address))

                self.assertEqual(page.inline, [])
                self.assertTrue(all(asset.startswith("/static/") for asset in page.assets))

    def test_load_files_that_exist(self) -> None:
        assets = {asset for address in PAGES for asset in Page(self.get(address)).assets}

        self.assertGreaterEqual(len(assets), 5)
        for asset in assets:
            self.assertIsNotNone(finders.find(asset.removeprefix("/static/")), asset)

    def test_load_scripts_that_import_files_that_exist(self) -> None:
        for name in ("forms.js", "account.js", "mailbox.js"):
            script = Path(str(finders.find(f"devtools/{name}"))).read_text()
            for imported in re.findall(r'from "\./([^"]+)"', script):
                self.assertIsNotNone(finders.find(f"devtools/{imported}"), imported)

    def test_link_to_pages_that_exist(self) -> None:
        for address in PAGES:
            for link in Page(self.get(address)).links:
                if link.startswith("/dev/"):
                    self.get(link.removeprefix("/dev/"))

    def test_label_every_field(self) -> None:
        for address in PAGES:
            with self.subTest(address):
                page = Page(self.get(address))

                self.assertLessEqual(set(page.fields), page.labelled)

    def test_start_page_names_the_demo_accounts(self) -> None:
        html = self.get("")

        for account in DEMO_ACCOUNTS:
            self.assertIn(account.email, html)
        self.assertIn(DEMO_PASSWORD, html)

    def test_forms_have_the_fields_of_the_api(self) -> None:
        fields = {
            "register": {"username", "email", "password", "accepted_terms"},
            "reset?token=abc": {"new_password", "email"},
            "activate?token=abc": {"email"},
        }
        for address, names in fields.items():
            with self.subTest(address):
                self.assertEqual(set(Page(self.get(address)).fields.values()), names)

    def test_put_the_token_into_the_form_and_nowhere_else_escaped(self) -> None:
        for page in ("activate", "reset"):
            with self.subTest(page):
                html = self.get(f"{page}?token=%22%3E%3Cscript%3Ealert(1)%3C/script%3E")

                self.assertIn('value="&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;"', html)
                self.assertNotIn("<script>alert", html)

    def test_ask_for_the_mail_where_the_token_is_missing(self) -> None:
        self.assertIn("needs the link from the activation mail", self.get("activate"))
        self.assertIn("Forgotten password", self.get("reset"))

    def test_answer_to_reading_only(self) -> None:
        for address in PAGES:
            self.assertEqual(self.client.post(f"/dev/{address}").status_code, 405)

    def test_mailbox_says_that_it_is_empty(self) -> None:
        self.assertIn("There are no mails yet", self.get("mailbox/"))

    def test_mailbox_lists_mails_and_leads_to_them(self) -> None:
        address = self.make_mail()

        html = self.get("mailbox/")

        self.assertIn(f'href="/dev/{address}"', html)
        self.assertIn("&lt;b&gt;Hello&lt;/b&gt;", html)

    def test_mail_shows_its_text_with_links(self) -> None:
        html = self.get(self.make_mail())

        self.assertIn("https://example.org/?a=1&b=2", [*map(str, Page(html).links)])
        self.assertNotIn("<iframe", html)

    def test_mail_shows_its_html_in_a_frame_without_rights(self) -> None:
        address = self.make_mail(html="<html><head></head><body>Hi</body></html>")

        response = self.client.get(f"/dev/{address}")

        self.assertContains(
            response, 'sandbox="allow-popups allow-top-navigation-by-user-activation"'
        )
        self.assertIn("frame-src 'self'", response["Content-Security-Policy"])

    def test_html_of_a_mail_cannot_run_or_load_anything(self) -> None:
        address = self.make_mail(html="<html><head></head><body>Hi</body></html>")

        response = self.client.get(f"/dev/{address}html")

        policy = response["Content-Security-Policy"]
        self.assertIn("sandbox allow-popups allow-top-navigation-by-user-activation", policy)
        self.assertIn("default-src 'none'", policy)
        self.assertNotIn("script-src", policy)
        self.assertEqual(response["X-Frame-Options"], "SAMEORIGIN")

    def test_links_in_the_html_of_a_mail_open_outside_the_frame(self) -> None:
        whole = self.make_mail(html='<html><head lang="en"></head><body>Hi</body></html>')
        self.assertIn('<head lang="en"><base target="_top">', self.get(f"{whole}html"))

    def test_html_without_a_head_gets_the_same(self) -> None:
        bare = self.make_mail(html="<p>Hi</p>")

        self.assertTrue(self.get(f"{bare}html").startswith('<base target="_top"><p>Hi'))

    def test_unknown_mails_are_not_found(self) -> None:
        for name in ("20260101-000000-1.log/0/", "20260101-000000-1.log/0/html", "..%2Fsecret/0/"):
            self.assertEqual(self.client.get(f"/dev/mailbox/{name}").status_code, 404)


class ProductionTests(SimpleTestCase):
    @override_settings(DEBUG=False)
    def test_have_no_pages_of_development(self) -> None:
        for address in PAGES:
            self.assertEqual(self.client.get(f"/dev/{address}").status_code, 404)
