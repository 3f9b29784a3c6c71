"""The rules for titles, descriptions, prices and addresses of files."""

from django.test import SimpleTestCase, override_settings

from core.exceptions import InvalidAction, InvalidInput
from resources.services.content import (
    MAX_PRICE_CENTS,
    checked_file_url,
    checked_price,
    clean_description,
    clean_title,
)
from resources.types import Visibility

FILE = "https://files.example.org/a.pdf"


class ContentTests(SimpleTestCase):
    def test_a_title_is_one_line_in_any_script(self) -> None:
        for title in ("C++", "  C#  ", "مقدمة في بايثون", "計算機", "👩\u200d💻 Code"):
            self.assertEqual(clean_title(title), title.strip())

    def test_refuses_a_title_that_is_blank_long_or_broken(self) -> None:
        for title in (
            "",
            "  ",
            "\u200b",
            "x" * 201,
            "a\nb",
            "a\rb",
            "a\x00b",
            "a\ud800",
            "a\u2028b",
        ):
            with self.subTest(title=title), self.assertRaises(InvalidInput) as refusal:
                clean_title(title)
            self.assertEqual(list(refusal.exception.details), ["title"])

    def test_a_description_may_have_many_lines(self) -> None:
        self.assertEqual(clean_description(" One.\r\n\tTwo. "), "One.\r\n\tTwo.")

    def test_refuses_a_description_that_is_blank_long_or_broken(self) -> None:
        for description in ("", " \n ", "x" * 50_001, "a\x00b", "a\udfffb"):
            with self.assertRaises(InvalidInput) as refusal:
                clean_description(description)
            self.assertEqual(list(refusal.exception.details), ["description"])

    def test_premium_needs_a_price_and_nothing_else_has_one(self) -> None:
        self.assertEqual(checked_price(Visibility.PREMIUM, 900), 900)
        self.assertIsNone(checked_price(Visibility.PUBLIC, None))
        self.assertIsNone(checked_price(Visibility.PRIVATE, 0))
        for visibility, price in (
            (Visibility.PREMIUM, None),
            (Visibility.PREMIUM, 0),
            (Visibility.PUBLIC, 1),
            (Visibility.PRIVATE, 1),
        ):
            with self.subTest(visibility=visibility), self.assertRaises(InvalidAction):
                checked_price(visibility, price)

    def test_refuses_a_price_that_nobody_can_pay(self) -> None:
        for price in (-1, MAX_PRICE_CENTS + 1):
            with self.assertRaises(InvalidInput):
                checked_price(Visibility.PREMIUM, price)

    def test_a_file_lies_at_a_web_address(self) -> None:
        for url in (FILE, "http://127.0.0.1:9000/a?b=c#d", "https://é.fr/ü", "https://[::1]/a"):
            self.assertEqual(checked_file_url(f" {url} "), url)

    def test_refuses_other_addresses(self) -> None:
        for url in (
            "",
            "a.pdf",
            "javascript:alert(1)",
            "ftp://example.org/a",
            "file:///etc/passwd",
            "//example.org/a",
            "https://user:password@example.org/a",
            "https://user@example.org/a",
            "https://example.org\\@evil.example/a",
            "https://example.org:99999/a",
            "https://example.org/a\u202egpj.exe",
            "https://example.org/a b",
            "https://example.org/a\nb",
            "https://[::1/a",
            "https://example.org/" + "a" * 2_048,
        ):
            with self.subTest(url=url[:60]), self.assertRaises(InvalidInput) as refusal:
                checked_file_url(url)
            self.assertEqual(list(refusal.exception.details), ["file_url"])

    @override_settings(FILE_URL_HOSTS=["files.example.org"])
    def test_an_allow_list_names_the_hosts(self) -> None:
        for url in (FILE, "https://FILES.example.org./a", "http://files.example.org:8080/a"):
            self.assertEqual(checked_file_url(url), url)
        for url in (
            "https://example.org/a",
            "https://files.example.org.evil.example/a",
            "https://evil.example/files.example.org",
        ):
            with self.assertRaises(InvalidInput):
                checked_file_url(url)
