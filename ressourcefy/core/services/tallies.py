"""Maintained totals: what dashboards and long lists would otherwise count (`docs/operations.md`).

Every change of a counted table adds a row of its own to the tallies, by a trigger and in the same
transaction. A total is the sum of its rows, so it is exact at any moment, and neither writers nor
readers wait for each other. Folding keeps the rows few.
"""

from django.db import connection, transaction
from django.db.models import Sum

from core.models import Tally

# Fewer rows than this are not worth folding.
_FEW = 200
_LOCK = 0x7A111E5
# One statement: whoever reads sees the rows before it or the rows after it.
_FOLD = """
WITH gone AS (DELETE FROM core_tally RETURNING name, number)
INSERT INTO core_tally (name, number)
SELECT name, sum(number) FROM gone GROUP BY name HAVING sum(number) <> 0
"""


def totals(*groups: str) -> dict[str, int]:
    """The totals of these groups, by the rest of their names: {"public": 3} for `resources`.

    One query. A name that nothing was ever counted under is missing.
    """
    found: dict[str, int] = {}
    for name, number in Tally.objects.values_list("name").annotate(number=Sum("number")):
        group, _slash, rest = name.partition("/")
        if group in groups:
            found[rest if len(groups) == 1 else name] = int(number)
    return found


@transaction.atomic
def fold_tallies(*, few: int = _FEW) -> bool:
    """Replace the rows of each total by one; False if there are `few`, or another does it now."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM (SELECT FROM core_tally LIMIT %s) AS found", [few + 1])
        if cursor.fetchone()[0] <= few:
            return False
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
        if not cursor.fetchone()[0]:
            return False
        cursor.execute(_FOLD)
    return True
