"""Making tags in bulk, and the tags of a new installation."""

import unicodedata
from io import StringIO

from django.core.management import call_command
from django.db import transaction
from django.test import TestCase, TransactionTestCase

from core.management.seed_data import TAGS
from core.models import Tag
from core.services.tags import ensure_tags
from core.tests.waiting import InThread, wait_until_somebody_waits_for_us


class EnsureTagsTests(TestCase):
    def test_makes_what_is_missing_and_finds_the_rest(self) -> None:
        there = Tag.objects.create(name="Physics")

        tags = ensure_tags(["Physics", "Chemistry"])

        self.assertEqual(tags["Physics"].pk, there.pk)
        self.assertEqual(tags["Chemistry"], Tag.objects.get(name="Chemistry"))

    def test_tells_names_apart_that_differ_only_in_signs(self) -> None:
        tags = ensure_tags(["C++", "C#", "C", "c"])

        self.assertEqual(len({tag.pk for tag in tags.values()}), 4)
        self.assertEqual({tag.slug for tag in tags.values()}, {"c", "c-2", "c-3", "c-4"})

    def test_avoids_slugs_that_are_taken(self) -> None:
        Tag.objects.create(name="C")

        tags = ensure_tags(["C++"])

        self.assertEqual(tags["C++"].slug, "c-2")

    def test_takes_two_spellings_of_the_same_characters_for_one_name(self) -> None:
        composed = "Géométrie"
        decomposed = unicodedata.normalize("NFD", composed)

        tags = ensure_tags([decomposed, f" {composed} "])

        self.assertEqual(list(tags), [composed])

    def test_gives_the_name_of_a_deleted_tag_to_a_new_one(self) -> None:
        old = Tag.objects.create(name="Alchemy")
        old.delete()

        tags = ensure_tags(["Alchemy"])

        self.assertNotEqual(tags["Alchemy"].pk, old.pk)
        self.assertEqual(tags["Alchemy"].slug, "alchemy")

    def test_asks_and_holds_when_everything_is_there(self) -> None:
        ensure_tags(["Physics", "Chemistry"])

        # And a savepoint.
        with self.assertNumQueries(2 + 2):
            ensure_tags(["Physics", "Chemistry"])


class ConcurrentTagsTests(TransactionTestCase):
    def test_two_that_miss_the_same_tag_end_with_one(self) -> None:
        def make() -> str:
            with transaction.atomic():
                return ensure_tags(["Latin", "Greek"])["Latin"].slug

        with transaction.atomic():
            ensure_tags(["Greek", "Latin"])
            other = InThread(make)
            wait_until_somebody_waits_for_us()

        self.assertEqual(other.result(), "latin")
        self.assertEqual(Tag.objects.count(), 2)


class SeedTagsTests(TestCase):
    def test_adds_the_subjects_once(self) -> None:
        call_command("seed_tags", stdout=StringIO())
        output = StringIO()

        call_command("seed_tags", stdout=output)

        self.assertEqual(set(Tag.objects.values_list("name", flat=True)), set(TAGS))
        self.assertEqual(output.getvalue(), f"0 tags added, {len(TAGS)} were there.\n")

    def test_leaves_deleted_subjects_deleted(self) -> None:
        call_command("seed_tags", stdout=StringIO())
        Tag.objects.get(name="Go").delete()

        call_command("seed_tags", stdout=StringIO())

        self.assertFalse(Tag.objects.filter(name="Go").exists())
