"""Soft deletion and tags."""

import unicodedata

from django.db import IntegrityError, transaction
from django.test import SimpleTestCase, TestCase
from hypothesis import given
from hypothesis import strategies as st

from core.models import Tag
from core.models.base import new_id
from core.models.tag import free_slug, normal_name


class NewIdTests(SimpleTestCase):
    def test_is_a_uuid_of_version_7(self) -> None:
        self.assertEqual(new_id().version, 7)

    def test_later_ids_sort_later(self) -> None:
        ids = [new_id() for _ in range(1_000)]

        self.assertEqual(ids, sorted(ids))


class SoftDeleteTests(TestCase):
    def test_a_deleted_row_leaves_every_default_read(self) -> None:
        tag = Tag.objects.create(name="Python")

        tag.delete()

        self.assertFalse(Tag.objects.exists())
        self.assertFalse(Tag.objects.active().exists())
        self.assertEqual(Tag.objects.deleted().get(), tag)
        self.assertEqual(Tag.all_objects.deleted().get(), tag)

    def test_a_second_delete_keeps_the_first_time(self) -> None:
        tag = Tag.objects.create(name="Python")
        tag.delete()
        first = Tag.all_objects.get().deleted_at

        counted = tag.delete(), Tag.all_objects.all().delete()

        self.assertEqual(counted, ((0, {"core.Tag": 0}), (0, {"core.Tag": 0})))
        self.assertEqual(Tag.all_objects.get().deleted_at, first)

    def test_a_queryset_deletes_softly(self) -> None:
        Tag.objects.create(name="Python")
        Tag.objects.create(name="Django")

        count, _ = Tag.objects.filter(name="Python").delete()

        self.assertEqual(count, 1)
        self.assertEqual(Tag.objects.get().name, "Django")
        self.assertEqual(Tag.all_objects.count(), 2)

    def test_a_restored_row_is_back(self) -> None:
        tag = Tag.objects.create(name="Python")
        tag.delete()

        tag.restore()

        self.assertEqual(Tag.objects.get(), tag)
        self.assertFalse(tag.is_deleted)

    def test_a_queryset_restores(self) -> None:
        Tag.objects.create(name="Python").delete()

        count = Tag.all_objects.all().restore()

        self.assertEqual(count, 1)
        self.assertTrue(Tag.objects.exists())

    def test_a_name_is_free_after_deletion_and_blocks_the_restore(self) -> None:
        old = Tag.objects.create(name="Python")
        old.delete()
        Tag.objects.create(name="Python")

        with self.assertRaises(IntegrityError), transaction.atomic():
            old.restore()

        self.assertEqual(Tag.objects.count(), 1)


class TagTests(TestCase):
    def test_names_that_differ_in_signs_only_are_different_tags(self) -> None:
        tags = [Tag.objects.create(name=name) for name in ("C", "C++", "C#")]

        self.assertEqual([tag.slug for tag in tags], ["c", "c-2", "c-3"])

    def test_a_name_is_unique_among_live_tags(self) -> None:
        Tag.objects.create(name="Python")

        with self.assertRaises(IntegrityError), transaction.atomic():
            Tag.objects.create(name="Python")

    def test_a_name_is_stored_composed(self) -> None:
        tag = Tag.objects.create(name=unicodedata.normalize("NFD", " Données "))

        self.assertEqual(tag.name, unicodedata.normalize("NFC", "Données"))

    def test_a_slug_keeps_the_script(self) -> None:
        self.assertEqual(Tag.objects.create(name="日本語 入門").slug, "日本語-入門")

    def test_a_name_of_signs_has_a_slug(self) -> None:
        self.assertEqual(Tag.objects.create(name="+++").slug, "tag")

    def test_saving_again_keeps_the_slug(self) -> None:
        tag = Tag.objects.create(name="Python")

        tag.save()

        self.assertEqual(tag.slug, "python")
        self.assertEqual(str(tag), "Python")

    def test_a_blank_name_is_refused_by_the_database(self) -> None:
        with self.assertRaises(IntegrityError), transaction.atomic():
            Tag.objects.create(name="  ")


class FreeSlugTests(SimpleTestCase):
    @given(st.lists(st.text(min_size=1, max_size=50), max_size=20))
    def test_never_gives_the_same_slug_twice(self, names: list[str]) -> None:
        taken: list[str] = []

        for name in names:
            taken.append(free_slug(normal_name(name), taken))

        self.assertEqual(len(set(taken)), len(taken))
        self.assertLessEqual(max(map(len, taken), default=0), 60)
