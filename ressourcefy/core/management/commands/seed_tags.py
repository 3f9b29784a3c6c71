"""Gives a new installation its tags: onboarding cannot be finished without any."""

from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from core.management.seed_data import TAGS
from core.models import Tag
from core.services.tags import ensure_tags


class Command(BaseCommand):
    help = "Add the usual subjects as tags. Those that exist, or were deleted, stay as they are."

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        known = set(Tag.all_objects.filter(name__in=TAGS).values_list("name", flat=True))
        missing = [name for name in TAGS if name not in known]
        ensure_tags(missing)
        self.stdout.write(f"{len(missing)} tags added, {len(known)} were there.")
