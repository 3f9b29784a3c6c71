"""Drift between the maintained totals and the rows they count.

Triggers keep the totals exact on every path of writing, so drift means that a trigger was switched
off. Truth and totals are read by one statement, which sees one moment of both; nothing is locked.
"""

from django.db import connection, transaction

_LOCK = 0x7A111E6

_TRUTH = """
SELECT users_tally_name(role, is_active, is_activated) AS name, count(*) AS number
FROM users_user WHERE deleted_at IS NULL GROUP BY 1
UNION ALL
SELECT 'resources/' || visibility, count(*)
FROM resources_resource WHERE deleted_at IS NULL GROUP BY 1
UNION ALL
SELECT 'subscriptions/all', count(*) FROM monetization_subscription
UNION ALL
SELECT 'role-requests/all', count(*) FROM users_rolerequest
UNION ALL
SELECT 'revenue/' || currency, sum(monetization_kept(status, amount_cents, amount_refunded))
FROM monetization_payment GROUP BY 1
"""

# What has to be added to each total; the totals are sums of steps, so adding repairs them.
_DRIFT = f"""
SELECT name, sum(number) AS number FROM (
    {_TRUTH} UNION ALL SELECT name, -number FROM core_tally
    WHERE split_part(name, '/', 1) IN
        ('users', 'resources', 'subscriptions', 'role-requests', 'revenue')
) AS both_sides GROUP BY name HAVING sum(number) <> 0
"""  # noqa: S608 - constants only

_REPAIR = f"INSERT INTO core_tally (name, number) {_DRIFT} RETURNING name, number"


@transaction.atomic
def recount_totals(*, repair: bool) -> dict[str, int]:
    """The totals that are wrong, and what each lacks; set right if `repair`."""
    with connection.cursor() as cursor:
        if repair:
            # Of two repairs the later one has to see what the earlier one did.
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        cursor.execute(_REPAIR if repair else _DRIFT)
        return {name: int(number) for name, number in cursor.fetchall()}
