"""Drift between the counters that lists show and the rows they count.

Triggers keep the counters exact on every path of writing, so drift means that a trigger was
switched off. The rows are locked while they are compared: nothing changes in between.
"""

from django.db import connection, transaction

_VOTES = """
    SELECT count(*) FILTER (WHERE value = 1), count(*) FILTER (WHERE value = -1)
    FROM {votes} WHERE {key} = counted.id
"""

_COMMENTS = """
    SELECT count(*) FROM interactions_comment
    WHERE resource_id = counted.id AND deleted_at IS NULL AND hidden_at IS NULL
"""

# name: (table, columns, the query that gives their true values)
_COUNTERS = {
    "resource votes": (
        "resources_resource",
        "upvotes, downvotes",
        _VOTES.format(votes="resources_resourcevote", key="resource_id"),
    ),
    "resource comments": ("resources_resource", "comment_count", _COMMENTS),
    "comment votes": (
        "interactions_comment",
        "upvotes, downvotes",
        _VOTES.format(votes="interactions_commentvote", key="comment_id"),
    ),
}


@transaction.atomic
def recount(*, repair: bool) -> dict[str, int]:
    """The number of rows with wrong counters, by what they count; set right if `repair`."""
    drift = {}
    # Only the constants above are put together to statements.
    with connection.cursor() as cursor:
        # Votes and comments update the counted rows, so they wait until this is over.
        cursor.execute("LOCK TABLE resources_resource, interactions_comment IN EXCLUSIVE MODE")
        for name, (table, columns, truth) in _COUNTERS.items():
            if repair:
                action = f"UPDATE {table} AS counted SET ({columns}) = ({truth})"  # noqa: S608
            else:
                action = f"SELECT 1 FROM {table} AS counted"  # noqa: S608
            cursor.execute(f"{action} WHERE ({columns}) <> ({truth})")
            drift[name] = cursor.rowcount
    return drift
