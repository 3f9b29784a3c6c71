"""The one statement that reads a page of the feed.

The rows of `resources_feedrow` hold all that a card shows, so nothing is joined. What somebody sees
is a union of parts (`resources.models.access`), each of which has an index in the order of the
feed, so each part gives its first rows and stops:

    Limit
      -> Merge Append                          only where there are several parts
           -> Limit -> Index Scan using feed_free        (created_at, resource_id) < cursor
           -> Limit -> Index Scan using feed_own_secret  author_id = viewer
           ...
    InitPlan: whether the viewer is a member, and what they bought; parts that the answer
    rules out are not executed

A **cursor** is a condition on the index. A **numbered page** begins at a row that is found by
adding counts, never by walking over what comes before: by month, then by day within the month, by
hour within the day, and at last over less than an hour's rows. What is the viewer's own (`few`) is
not counted by time. There are k such rows, so the page begins at most k rows further up than in the
large part alone, and those few are passed over. With a filter there are no counts, and
numbered pages are cut with OFFSET from the index.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from functools import lru_cache

from read_models.statements import asking
from resources.models import Span
from resources.models.access import FeedParts, Part
from resources.types import Visibility

_COLUMNS = """feed.resource_id, title, excerpt, attribution, author_id, author_name, author_avatar,
    tags, comment_count, upvotes, downvotes, price_cents, visibility, feed.created_at"""
_KEY = "feed.created_at, feed.resource_id"
_ORDER = "ORDER BY created_at DESC, resource_id DESC"
# No id comes behind it.
_GREATEST = "ffffffff-ffff-ffff-ffff-ffffffffffff"

# A text may be the name of one tag and the slug of another; what is under both is found by name.
_TAGS = """tag AS MATERIALIZED (SELECT
    (SELECT id FROM core_tag WHERE deleted_at IS NULL AND name = %(tag)s) AS named,
    (SELECT id FROM core_tag
        WHERE deleted_at IS NULL AND slug = %(tag)s AND name <> %(tag)s) AS slugged)"""
_TAGGED = (
    "tagged.tag_id = (SELECT named FROM tag)",
    """tagged.tag_id = (SELECT slugged FROM tag) AND NOT EXISTS (
        SELECT FROM resources_feedtag AS other WHERE other.tag_id = (SELECT named FROM tag)
        AND other.created_at = tagged.created_at AND other.resource_id = tagged.resource_id)""",
)


class Start(Enum):
    """Where a page begins."""

    TOP = auto()
    CURSOR = auto()
    NUMBER = auto()


@dataclass(frozen=True, slots=True)
class Shape:
    """What the text of the statement depends on; everything else is a parameter of it."""

    parts: FeedParts
    start: Start
    limit: int
    by_author: bool
    by_tag: bool
    visibility: Visibility | None

    @property
    def is_filtered(self) -> bool:
        """Whether only some of the viewer's feed is asked for."""
        return self.by_author or self.by_tag or self.visibility is not None


@lru_cache(maxsize=512)
def statement(shape: Shape) -> str:
    """Parameters: viewer; at, id (CURSOR); skipped (NUMBER); author, tag."""
    match shape.start:
        case Start.TOP:
            return _page(shape, "true")
        case Start.CURSOR:
            return _page(shape, "({key}) < (%(at)s, %(id)s)")
        case Start.NUMBER if shape.is_filtered:
            return _filtered_page(shape)
        case Start.NUMBER if shape.parts.few:
            return _counted_page_with_own(shape)
        case Start.NUMBER:
            return _counted_page(shape)


def _page(shape: Shape, place: str, *named: str, skipped: str = "0") -> str:
    """The rows of all parts at `place`, but for the first of them."""
    rows = _merged(shape, shape.parts.all, place, reach=f"{skipped} + {shape.limit}")
    return f"""{_with(shape, *named)}
        SELECT {_COLUMNS}, {shape.parts.is_open} AS is_open FROM {rows}
        {_ORDER} OFFSET {skipped} LIMIT {shape.limit}"""


def _filtered_page(shape: Shape) -> str:
    """A page behind the last row of the whole feed scans nothing, however far behind it is."""
    enough = "(SELECT sum(free + for_sale + secret) FROM resources_feedcount WHERE span = 'month')"
    rows = _merged(
        shape,
        shape.parts.all,
        f"{enough} > %(skipped)s",
        columns=_KEY,
        reach=f"%(skipped)s + {shape.limit}",
    )
    cut = f"""cut AS (SELECT resource_id AS id FROM {rows} {_ORDER}
        OFFSET %(skipped)s LIMIT {shape.limit})"""
    return f"""{_with(shape, cut)}
        SELECT {_COLUMNS}, {shape.parts.is_open} AS is_open
        FROM cut JOIN resources_feedrow AS feed ON resource_id = cut.id {_ORDER}"""


def _counted_page(shape: Shape) -> str:
    return _page(
        shape,
        "{time} < (SELECT ends_at FROM hour)",
        *_spans(shape, "%(skipped)s::bigint"),
        skipped="(SELECT %(skipped)s - before FROM hour)",
    )


def _counted_page_with_own(shape: Shape) -> str:
    """`start` is the row that the page begins at if all of the viewer's own were above it."""
    parts = shape.parts
    own = " UNION ALL ".join(f"({_rows(shape, part, 'true', _KEY)})" for part in parts.few)
    many = _merged(
        shape,
        parts.many,
        "{time} < (SELECT ends_at FROM hour)",
        columns=_KEY,
        reach="(SELECT goal.skipped - before FROM goal, hour) + 1",
    )
    named = (
        f"own AS MATERIALIZED ({own})",
        """goal AS MATERIALIZED (
            SELECT greatest(%(skipped)s - (SELECT count(*) FROM own), 0) AS skipped)""",
        *_spans(shape, "(SELECT skipped FROM goal)"),
        f"""start AS MATERIALIZED (
            SELECT 'infinity'::timestamptz AS created_at, '{_GREATEST}'::uuid AS resource_id
            FROM goal WHERE skipped = 0
            UNION ALL (SELECT created_at, resource_id FROM {many}
                WHERE (SELECT skipped FROM goal) > 0
                {_ORDER} OFFSET (SELECT goal.skipped - before FROM goal, hour) LIMIT 1))""",
        """rest AS MATERIALIZED (
            SELECT %(skipped)s - goal.skipped - (SELECT count(*) FROM own, start
                WHERE (own.created_at, own.resource_id) > (start.created_at, start.resource_id)
            ) AS skipped FROM goal)""",
    )
    place = "({key}) <= ((SELECT created_at FROM start), (SELECT resource_id FROM start))"
    return _page(shape, place, *named, skipped="(SELECT skipped FROM rest)")


def _merged(
    shape: Shape, parts: tuple[Part, ...], place: str, *, reach: str, columns: str = _COLUMNS
) -> str:
    """As many of the first rows of each part as could be needed, as something to select from.

    `place` says where they begin, of a `key` or a `time`.
    """
    cut = [
        f"({_rows(shape, part, place, columns, tagged)} LIMIT {reach})"
        for part in parts
        for tagged in (_TAGGED if shape.by_tag else ("",))
    ]
    return f"({' UNION ALL '.join(cut)}) AS feed"


def _rows(shape: Shape, part: Part, place: str, columns: str, tagged: str = "") -> str:
    """The rows of one part in the order of the feed, which the index of the part or the tag has."""
    conditions = ["is_live", part.condition]
    if shape.by_author:
        conditions.append("author_id = %(author)s")
    if shape.visibility:
        # PostgreSQL would read what contradicts itself, row by row.
        may_be = shape.visibility in part.among
        conditions.append(f"visibility = '{shape.visibility}'" if may_be else "false")
    rows, key = "resources_feedrow AS feed", "feed"
    if tagged:
        rows, key = f"{rows} JOIN resources_feedtag AS tagged USING (resource_id)", "tagged"
        conditions.append(tagged)
    conditions.append(
        place.format(key=f"{key}.created_at, {key}.resource_id", time=f"{key}.created_at")
    )
    return f"""SELECT {columns} FROM {rows} WHERE {" AND ".join(conditions)}
        ORDER BY {key}.created_at DESC, {key}.resource_id DESC"""


def _spans(shape: Shape, goal: str) -> Iterator[str]:
    """The month, day and hour of the row behind `goal` others, and how many are newer than each."""
    above: Span | None = None
    for span in Span:
        inside, newer = "", "0"
        if above:
            inside = f"""AND begins_at >= (SELECT begins_at FROM {above})
                AND begins_at < (SELECT ends_at FROM {above})"""
            newer = f"(SELECT before FROM {above})"
        yield f"""{span} AS MATERIALIZED (
            SELECT begins_at, before,
                (begins_at AT TIME ZONE 'UTC' + interval '1 {span}') AT TIME ZONE 'UTC' AS ends_at
            FROM (
                SELECT begins_at, number, {newer} - number
                    + sum(number) OVER (ORDER BY begins_at DESC ROWS UNBOUNDED PRECEDING)::bigint
                    AS before
                FROM (
                    SELECT begins_at, sum({shape.parts.counted})::bigint AS number
                    FROM resources_feedcount WHERE span = '{span}' {inside} GROUP BY begins_at
                ) AS summed
            ) AS added_up WHERE {goal} >= before AND {goal} < before + number)"""
        above = span


def _with(shape: Shape, *named: str) -> str:
    return asking(shape.parts.asks, *([_TAGS] if shape.by_tag else []), *named)
