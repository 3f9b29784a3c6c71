"""The feed of what was there before; a few thousand rows at a time, beside running writes."""

from typing import Any

from django.db import migrations, transaction

_AT_ONCE = 5_000

# Writers wait for the moment that one batch takes, so that nothing changes while it is read.
_LOCK = """
LOCK TABLE resources_resource, resources_resource_tags, core_tag, users_profile
    IN SHARE ROW EXCLUSIVE MODE
"""
_FILL = """
WITH batch AS (
    SELECT * FROM resources_resource WHERE id > %s ORDER BY id LIMIT %s
), filled AS (
    INSERT INTO resources_feedrow (
        resource_id, created_at, author_id, price_cents, comment_count, upvotes, downvotes,
        is_live, visibility, title, excerpt, attribution, author_name, author_avatar, tags)
    SELECT batch.id, batch.created_at, batch.author_id, price_cents, comment_count, upvotes,
        downvotes, batch.deleted_at IS NULL, visibility, title, left(description, 200),
        attribution, profile.username, profile.avatar_url, ARRAY(
            SELECT tag.name FROM resources_resource_tags AS filed
            JOIN core_tag AS tag ON tag.id = filed.tag_id
            WHERE filed.resource_id = batch.id AND tag.deleted_at IS NULL
            ORDER BY tag.name, tag.id)
    FROM batch LEFT JOIN users_profile AS profile ON profile.user_id = batch.author_id
    ON CONFLICT (resource_id) DO NOTHING
    RETURNING created_at, resource_id
), filed AS (
    INSERT INTO resources_feedtag (tag_id, created_at, resource_id)
    SELECT tag_id, filled.created_at, resource_id
    FROM filled JOIN resources_resource_tags USING (resource_id)
)
SELECT id FROM batch ORDER BY id DESC LIMIT 1
"""


def fill(apps: Any, schema_editor: Any) -> None:
    connection = schema_editor.connection
    last = "00000000-0000-0000-0000-000000000000"
    while last:
        with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
            cursor.execute(_LOCK)
            cursor.execute(_FILL, [last, _AT_ONCE])
            (last,) = cursor.fetchone() or (None,)


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("resources", "0008_feed_triggers")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
