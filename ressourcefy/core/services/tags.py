"""Making the tags that do not exist yet, many at a time."""

from collections.abc import Iterable

from django.db import connection, models

from core.models import Tag
from core.models.tag import free_slug, normal_name
from core.services.audit import audit_change

# The key of the advisory lock under which tags are made in bulk: "tags" in ASCII.
_MAKING_TAGS = 0x74616773


def ensure_tags(names: Iterable[str], *, actor: models.Model | None = None) -> dict[str, Tag]:
    """The live tags of `names`, by normal name; missing ones are made, and audited as `actor`'s.

    Needs a transaction. Two callers that miss the same tag wait for each other; a caller that makes
    none waits for nobody. A deleted tag stays deleted: its name belongs to a new one.
    """
    wanted = {normal_name(name) for name in names}
    tags = _live_tags(wanted)
    if wanted <= tags.keys():
        return tags

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_MAKING_TAGS])
    tags = _live_tags(wanted)
    slugs = set(Tag.objects.values_list("slug", flat=True))
    missing = []
    for name in sorted(wanted - tags.keys()):
        slug = free_slug(name, slugs)
        slugs.add(slug)
        missing.append(Tag(name=name, slug=slug))
    for tag in Tag.objects.bulk_create(missing):
        tags[tag.name] = tag
        audit_change(entity=tag, action="CREATE", actor=actor, after={"slug": tag.slug})
    return tags


def _live_tags(names: set[str]) -> dict[str, Tag]:
    return {tag.name: tag for tag in Tag.objects.filter(name__in=names)}
