"""Keeping tags: making the missing ones, many at a time, naming one by hand, merging two."""

from collections.abc import Iterable
from uuid import UUID

from django.db import connection, models, transaction
from django.utils.translation import gettext as _

from core.exceptions import Conflict, FieldRefused, InvalidAction, InvalidInput, NotFound
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


class TagNameTaken(FieldRefused, InvalidAction):
    """A live tag has this name."""

    message = "There is a tag of this name already."
    field = "name"


class TagTaken(Conflict):
    """A live tag took the name or the slug of a deleted one."""

    code = "tag_taken"
    message = "There is a tag of this name already."


def ensure_tags(names: Iterable[str], *, actor: models.Model | None = None) -> dict[str, Tag]:
    """The live tags of `names`, by normal name; missing ones are made, and audited as `actor`'s.

    Needs a transaction, to the end of which they are held (`hold_tags`). Two callers that miss the
    same tag wait for each other; a caller that makes none waits for nobody. A deleted tag stays
    deleted: its name belongs to a new one.
    """
    wanted = {normal_name(name) for name in names}
    while True:
        with transaction.atomic():
            tags = _ensured(wanted, actor=actor)
            if len(hold_tags(tag.pk for tag in tags.values())) == len(tags):
                return tags
            # One was merged into another meanwhile. Nothing is held while we wait for our turn.
            transaction.set_rollback(True)


def hold_tags(tag_ids: Iterable[UUID]) -> list[Tag]:
    """The live tags of these ids, which nobody merges into others before the transaction ends.

    Nor does anybody change their names, which the feed shows. Whoever files something under a tag
    holds it first, before any row of the feed: what is filed is then moved by a merge that comes
    later, and sees the one that came before.
    """
    wanted = sorted(set(tag_ids))
    if not wanted:
        return []
    return list(
        Tag.objects.raw(
            f"SELECT * FROM {Tag._meta.db_table}"  # noqa: S608 - the name of our own table
            " WHERE id = ANY(%s) AND deleted_at IS NULL ORDER BY id FOR SHARE",
            [wanted],
        )
    )


def _ensured(wanted: set[str], *, actor: models.Model | None) -> dict[str, Tag]:
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
    """A new tag. Raises InvalidInput for a name that is none or taken. Needs a transaction."""
    name = _checked(name)
    _wait_for_others()
    if _live_tags({name}):
        raise TagNameTaken
    tag = Tag(name=name)
    tag.save(force_insert=True)
    return tag


def rename_tag(tag: Tag, name: str) -> bool:
    """Give the tag another name, and the slug that goes with it. False for the same name.

    Raises as `create_tag` does. Needs a transaction.
    """
    name = _checked(name)
    if name == tag.name:
        return False
    _wait_for_others()
    if _live_tags({name}):
        raise TagNameTaken
    others = Tag.objects.exclude(pk=tag.pk).filter(slug__startswith=free_slug(name, ()))
    tag.name = name
    tag.slug = free_slug(name, others.values_list("slug", flat=True))
    tag.save(update_fields=["name", "slug", "updated_at"])
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
    """The live or the deleted tag of that id, locked. Raises TagNotFound. Needs a transaction.

    The turn comes before the row: others have theirs when they wait for rows.
    """
    _wait_for_others()
    tag = (
        Tag.all_objects.filter(pk=tag_id, deleted_at__isnull=not is_deleted)
        .select_for_update(no_key=True)
        .first()
    )
    if not isinstance(tag, Tag):
        raise TagNotFound
    return tag


def lock_tags_to_merge(*, source_id: UUID, target_id: UUID) -> tuple[Tag, Tag]:
    """Source and target, locked: nothing new is filed under them before the transaction ends.

    Raises InvalidAction for twice the same or a deleted target, TagNotFound for an unknown one and
    a deleted source. Needs a transaction.
    """
    if source_id == target_id:
        raise InvalidAction(_("A tag cannot be merged into itself."))
    # By id, so that two merges of the same tags wait for each other instead of for ever.
    rows = Tag.all_objects.filter(pk__in=[source_id, target_id]).order_by("pk")
    locked = {tag.pk: tag for tag in rows.select_for_update()}
    source, target = locked.get(source_id), locked.get(target_id)
    if source is None or source.is_deleted or target is None:
        raise TagNotFound
    if target.is_deleted:
        raise InvalidAction(_("A tag cannot be merged into a deleted one."))
    return source, target


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
