"""Drift between the feed that is kept ready and the tables it is made of.

Triggers keep it exact on every path of writing, so drift means that a trigger was switched off.
Both sides are read by one statement, which sees one moment of them; a repair holds writers up.
"""

from django.db import connection, transaction

_COLUMNS = """resource_id, created_at, author_id, price_cents, comment_count, upvotes, downvotes,
    is_live, visibility, title, excerpt, attribution, author_name, author_avatar, tags"""

_TRUTH = """
SELECT resource.id AS resource_id, resource.created_at, resource.author_id, price_cents,
    comment_count, upvotes, downvotes, resource.deleted_at IS NULL, visibility, title,
    left(description, 200), attribution, profile.username, profile.avatar_url, ARRAY(
        SELECT tag.name FROM resources_resource_tags AS filed
        JOIN core_tag AS tag ON tag.id = filed.tag_id
        WHERE filed.resource_id = resource.id AND tag.deleted_at IS NULL
        ORDER BY tag.name, tag.id)
FROM resources_resource AS resource
LEFT JOIN users_profile AS profile ON profile.user_id = resource.author_id
"""

# Rows that are wrong, missing or left over.
_ROW_DRIFT = f"""
SELECT resource_id FROM (
    (({_TRUTH}) EXCEPT SELECT {_COLUMNS} FROM resources_feedrow)
    UNION ALL
    (SELECT {_COLUMNS} FROM resources_feedrow EXCEPT ({_TRUTH}))
) AS different GROUP BY resource_id
"""  # noqa: S608 - constants only

_ROW_REPAIR = f"""
INSERT INTO resources_feedrow ({_COLUMNS})
SELECT * FROM ({_TRUTH}) AS truth WHERE truth.resource_id = ANY (%s)
"""  # noqa: S608 - constants only

_PLACE_DRIFT = """
SELECT truth.tag_id, truth.created_at, truth.resource_id, place.id AS left_over
FROM (
    SELECT tag_id, created_at, resource_id
    FROM resources_resource_tags JOIN resources_feedrow USING (resource_id)
) AS truth
FULL JOIN resources_feedtag AS place USING (tag_id, created_at, resource_id)
WHERE truth.tag_id IS NULL OR place.id IS NULL
"""

_PLACE_REPAIR = f"""
WITH wrong AS MATERIALIZED ({_PLACE_DRIFT}),
gone AS (DELETE FROM resources_feedtag WHERE id IN (SELECT left_over FROM wrong))
INSERT INTO resources_feedtag (tag_id, created_at, resource_id)
SELECT tag_id, created_at, resource_id FROM wrong WHERE left_over IS NULL
"""  # noqa: S608 - constants only

_COUNTED = """
SELECT span, date_trunc(span, created_at, 'UTC') AS begins_at,
    count(*) FILTER (WHERE visibility = 'public' AND price_cents IS NULL) AS free,
    count(*) FILTER (WHERE visibility <> 'private'
        AND (visibility <> 'public' OR price_cents IS NOT NULL)) AS for_sale,
    count(*) FILTER (WHERE visibility = 'private') AS secret
FROM resources_feedrow, unnest(ARRAY['month', 'day', 'hour']) AS span WHERE is_live GROUP BY 1, 2
"""

# What has to be added to each count; they are sums of steps, so adding repairs them.
_COUNT_DRIFT = f"""
SELECT span, begins_at, sum(free) AS free, sum(for_sale) AS for_sale, sum(secret) AS secret
FROM (
    {_COUNTED}
    UNION ALL SELECT span, begins_at, -free, -for_sale, -secret FROM resources_feedcount
) AS both_sides GROUP BY span, begins_at
HAVING (sum(free), sum(for_sale), sum(secret)) <> (0::numeric, 0::numeric, 0::numeric)
"""  # noqa: S608 - constants only

_COUNT_REPAIR = f"""
INSERT INTO resources_feedcount (span, begins_at, free, for_sale, secret, is_folded)
SELECT *, false FROM ({_COUNT_DRIFT}) AS missing
"""  # noqa: S608 - constants only


@transaction.atomic
def recount_feed(*, repair: bool) -> dict[str, int]:
    """How many rows of the feed, places under tags and counts are wrong; set right if `repair`."""
    with connection.cursor() as cursor:
        if repair:
            cursor.execute(
                "LOCK TABLE resources_resource, resources_resource_tags, core_tag, users_profile"
                " IN EXCLUSIVE MODE"
            )
        cursor.execute(_ROW_DRIFT)
        wrong = [resource_id for (resource_id,) in cursor.fetchall()]
        if repair and wrong:
            # Apart, because one statement does not see what another part of it removed.
            cursor.execute("DELETE FROM resources_feedrow WHERE resource_id = ANY (%s)", [wrong])
            cursor.execute(_ROW_REPAIR, [wrong])
        cursor.execute(_PLACE_DRIFT)
        places = cursor.rowcount
        if repair and places:
            cursor.execute(_PLACE_REPAIR)
        cursor.execute(_COUNT_REPAIR if repair else _COUNT_DRIFT)
        return {"feed rows": len(wrong), "feed places": places, "feed counts": cursor.rowcount}
