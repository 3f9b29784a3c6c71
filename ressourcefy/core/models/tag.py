"""Subjects that resources and interests are filed under."""

import unicodedata
from collections.abc import Iterable
from typing import Any

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.text import slugify

from core.models.base import SoftDeleteModel

_SLUG_LENGTH = 60


def normal_name(name: str) -> str:
    """The form in which a tag's name is stored and compared: trimmed, NFC (Unicode annex 15)."""
    return unicodedata.normalize("NFC", name).strip()


def free_slug(name: str, taken: Iterable[str]) -> str:
    """A unicode slug for `name` that is not in `taken`: `c`, then `c-2`, `c-3`.

    Names that differ only in signs (C, C++, C#) have the same stem. A name of signs alone has the
    stem `tag`.
    """
    stem = slugify(name, allow_unicode=True)[:50] or "tag"
    occupied = set(taken)
    slug, number = stem, 1
    while slug in occupied:
        number += 1
        slug = f"{stem}-{number}"
    return slug


class Tag(SoftDeleteModel):
    """A subject. Names are compared exactly; live names and slugs are unique."""

    name = models.CharField(max_length=50)
    slug = models.SlugField(max_length=_SLUG_LENGTH, allow_unicode=True, db_index=False)

    class Meta:
        ordering = ("name", "id")
        constraints = [
            models.UniqueConstraint(
                fields=["name"], condition=Q(deleted_at__isnull=True), name="tag_live_name_unique"
            ),
            models.UniqueConstraint(
                fields=["slug"], condition=Q(deleted_at__isnull=True), name="tag_live_slug_unique"
            ),
            models.CheckConstraint(condition=~Q(name=""), name="tag_name_not_blank"),
        ]
        indexes = [
            # What the administration filters and searches by.
            models.Index(fields=["-id"], name="tag_deleted", condition=Q(deleted_at__isnull=False)),
            models.Index(
                fields=["name"], name="tag_name_beginning", opclasses=["varchar_pattern_ops"]
            ),
            models.Index(fields=["name", "id"], name="tag_by_name"),
            GinIndex(
                OpClass(Lower("name"), name="gin_trgm_ops"),
                name="tag_name_parts",
                fastupdate=False,
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Store the name in its normal form and, for a new tag, find it a free slug."""
        self.name = normal_name(self.name)
        if not self.slug:
            stem = free_slug(self.name, ())
            taken = Tag.objects.filter(slug__startswith=stem).values_list("slug", flat=True)
            self.slug = free_slug(self.name, taken)
        super().save(*args, **kwargs)
