"""How many resources were made when: the steps that triggers add, folded to a row for each time."""

from django.db import connection, transaction

# Fewer steps than this are not worth folding.
_FEW = 200
_LOCK = 0x7A111E7
# One statement: whoever reads sees the rows before it or the rows after it. Rows of other times
# stay as they are.
_FOLD = """
WITH steps AS (
    SELECT DISTINCT span, begins_at FROM resources_feedcount WHERE NOT is_folded
), gone AS (
    DELETE FROM resources_feedcount USING steps
    WHERE resources_feedcount.span = steps.span AND resources_feedcount.begins_at = steps.begins_at
    RETURNING resources_feedcount.*
)
INSERT INTO resources_feedcount (span, begins_at, free, for_sale, secret, is_folded)
SELECT span, begins_at, sum(free), sum(for_sale), sum(secret), true FROM gone
GROUP BY span, begins_at
HAVING (sum(free), sum(for_sale), sum(secret)) <> (0::numeric, 0::numeric, 0::numeric)
ORDER BY span, begins_at
"""


@transaction.atomic
def fold_feed_counts(*, few: int = _FEW) -> bool:
    """Fold the steps; False if there are `few`, or another does it now."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM"
            " (SELECT FROM resources_feedcount WHERE NOT is_folded LIMIT %s) AS found",
            [few + 1],
        )
        if cursor.fetchone()[0] <= few:
            return False
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
        if not cursor.fetchone()[0]:
            return False
        cursor.execute(_FOLD)
    return True
