"""The French texts: all of them there, and compiled."""

import ast
import gettext
import re
import string
from pathlib import Path

from django.conf import settings
from django.test import SimpleTestCase
from django.utils import timezone, translation

from application.services.letters import (
    Letter,
    activation_letter,
    new_device_letter,
    password_changed_letter,
    password_reset_letter,
    session_ended_letter,
    welcome_letter,
)
from application.services.staff_letters import invitation_letter, staff_password_letter

PROJECT = Path(__file__).resolve().parents[2]
CATALOGUES = sorted(PROJECT.glob("locale/*/LC_MESSAGES/django.po"))
LINK = "https://app.example.com/auth"


def entries_of(catalogue: Path) -> dict[str, str]:
    """The messages of a .po file without plurals; GNU gettext's manual describes the format."""
    entries: dict[str, str] = {}
    for block in re.split(r"\n\s*\n", catalogue.read_text(encoding="utf-8")):
        values = {"msgid": "", "msgstr": ""}
        keyword = ""
        for line in block.splitlines():
            if line.startswith("#"):
                continue
            if match := re.match(r"(msgid|msgstr) ", line):
                keyword = match[1]
            values[keyword] += ast.literal_eval(line.removeprefix(f"{keyword} "))
        if keyword:
            entries[values["msgid"]] = values["msgstr"]
    return entries


def compiled_entries_of(catalogue: Path) -> dict[str, str]:
    """The messages of the .mo file beside a .po file."""
    with catalogue.with_suffix(".mo").open("rb") as file:
        translations = gettext.GNUTranslations(file)
    return {message: translations.gettext(message) for message in translations._catalog}  # type: ignore[attr-defined]


def all_letters() -> list[Letter]:
    """Each letter once, in the language that is active."""
    now = timezone.now()
    return [
        activation_letter(username="zoé", registered_at=now, link=LINK, expires_at=now),
        welcome_letter(username="zoé", link=LINK),
        password_reset_letter(username="zoé", requested_at=now, link=LINK, expires_at=now),
        password_changed_letter(username="zoé", changed_at=now, link=LINK),
        new_device_letter(
            username="zoé", device="", ip_address="203.0.113.7", signed_in_at=now, link=LINK
        ),
        session_ended_letter(username="zoé", device="Safari (iPad)", ended_at=now, link=LINK),
        invitation_letter(username="zoé", made_at=now, link=LINK, expires_at=now),
        *(
            staff_password_letter(
                username="zoé", password="ab-cd", changed_at=now, link=LINK, expires_at=end
            )
            for end in (now, None)
        ),
    ]


def sentences_of(letter: Letter) -> set[str]:
    """What a reader reads, without the link."""
    return {line for line in letter.as_text().splitlines() if line} - {LINK, "-- ", "Ressourcefy"}


class CatalogueTests(SimpleTestCase):
    def test_exists_for_every_language_but_the_first(self) -> None:
        languages = {catalogue.parts[-3] for catalogue in CATALOGUES}

        self.assertEqual(languages | {settings.LANGUAGE_CODE}, dict(settings.LANGUAGES).keys())

    def test_is_compiled_as_it_is_written(self) -> None:
        for catalogue in CATALOGUES:
            with self.subTest(catalogue=catalogue.parts[-3]):
                self.assertEqual(
                    compiled_entries_of(catalogue),
                    entries_of(catalogue),
                    "run: python manage.py compilemessages (needs GNU gettext)",
                )

    def test_has_a_translation_with_the_same_placeholders_for_every_message(self) -> None:
        for catalogue in CATALOGUES:
            for message, translated in entries_of(catalogue).items():
                with self.subTest(catalogue=catalogue.parts[-3], message=message):
                    self.assertTrue(translated)
                    self.assertNotIn("#, fuzzy", catalogue.read_text(encoding="utf-8"))
                    if message:
                        placeholders = re.compile(r"%\(\w+\)s")
                        self.assertEqual(
                            sorted(placeholders.findall(message)),
                            sorted(placeholders.findall(translated)),
                        )


class LetterTests(SimpleTestCase):
    def test_is_translated_to_its_last_sentence(self) -> None:
        with translation.override("en"):
            english = [sentences_of(letter) for letter in all_letters()]
        with translation.override("fr"):
            french = [sentences_of(letter) for letter in all_letters()]

        for ours, theirs in zip(english, french, strict=True):
            self.assertEqual(len(ours), len(theirs))
            self.assertEqual(ours & theirs, set())

    def test_says_the_same_in_both_forms(self) -> None:
        for letter in all_letters():
            html = letter.as_html()
            for text in (letter.subject, letter.button, *letter.paragraphs, *letter.notes):
                with self.subTest(text=text):
                    self.assertIn(text, html)

    def test_loads_nothing_from_anywhere(self) -> None:
        for letter in all_letters():
            with self.subTest(letter=letter.subject):
                html = letter.as_html()

                self.assertNotRegex(html, r"(?i)<(img|script|link|iframe|style)|url\(|src=")
                self.assertEqual(set(re.findall(r'https?://[^"<\s]+', html)), {LINK})

    def test_has_a_subject_of_one_line(self) -> None:
        for language, _name in settings.LANGUAGES:
            with translation.override(language):
                for letter in all_letters():
                    self.assertTrue(set(letter.subject) <= {*string.printable[:95], "é", "ç", "à"})
