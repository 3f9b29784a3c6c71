"""Keeping tags: making the missing ones, many at a time, and naming one by hand."""

from collections.abc import Iterable
from uuid import UUID

from django.db import connection, models
from django.utils.translation import gettext as _

from core.exceptions import Conflict, InvalidInput, NotFound
from core.models import Tag
from core.models.tag import free_slug, normal_name
from core.services.audit import audit_change

# The key of the advisory lock under which tags are made in bulk: "tags" in ASCII.
_MAKING_TAGS = 0x74616773
_NAME_LENGTH = 50


class TagNotFound(NotFound):
    """No such tag, or not in the state that was asked for."""

    code = "tag_not_found"
    message = "Tag not found."


class TagTaken(Conflict):
    """A live tag has this name, or this slug."""

    code = "tag_taken"
    message = "There is a tag of this name already."


def ensure_tags(names: Iterable[str], *, actor: models.Model | None = None) -> dict[str, Tag]:
    """The live tags of `names`, by normal name; missing ones are made, and audited as `actor`'s.

    Needs a transaction. Two callers that miss the same tag wait for each other; a caller that makes
    none waits for nobody. A deleted tag stays deleted: its name belongs to a new one.
    """
    wanted = {normal_name(name) for name in names}
    tags = _live_tags(wanted)
    if wanted <= tags.keys():
        return tags

    _wait_for_others()
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


def create_tag(name: str) -> Tag:
    """A new tag. Raises InvalidInput for a name that is none, and TagTaken. Needs a transaction."""
    name = _checked(name)
    _wait_for_others()
    if _live_tags({name}):
        raise TagTaken
    tag = Tag(name=name)
    tag.save(force_insert=True)
    return tag


def rename_tag(tag: Tag, name: str) -> bool:
    """Give the tag another name; its slug stays, because addresses hold it. False for the same one.

    Raises as `create_tag` does. Needs a transaction.
    """
    name = _checked(name)
    if name == tag.name:
        return False
    _wait_for_others()
    if _live_tags({name}):
        raise TagTaken
    tag.name = name
    tag.save(update_fields=["name", "updated_at"])
    return True


def restore_tag(tag: Tag) -> None:
    """Bring a deleted tag back. Raises TagTaken where a live one took its name or slug.

    Needs a transaction.
    """
    _wait_for_others()
    same = models.Q(name=tag.name) | models.Q(slug=tag.slug)
    if Tag.objects.filter(same).exists():
        raise TagTaken
    tag.restore()


def lock_tag(tag_id: UUID, *, is_deleted: bool = False) -> Tag:
    """The live or the deleted tag of that id, locked. Raises TagNotFound. Needs a transaction."""
    tag = (
        Tag.all_objects.filter(pk=tag_id, deleted_at__isnull=not is_deleted)
        .select_for_update(no_key=True)
        .first()
    )
    if not isinstance(tag, Tag):
        raise TagNotFound
    return tag


def _checked(name: str) -> str:
    name = normal_name(name)
    if not name:
        raise InvalidInput("A tag needs a name.", details={"name": [_("Write a name.")]})
    if len(name) > _NAME_LENGTH:
        text = _("A name has at most %(most)d characters.") % {"most": _NAME_LENGTH}
        raise InvalidInput(text, details={"name": [text]})
    return name


def _wait_for_others() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_MAKING_TAGS])


def _live_tags(names: set[str]) -> dict[str, Tag]:
    return {tag.name: tag for tag in Tag.objects.filter(name__in=names)}
