"""The floor: the least that an answer can cost in Python on the product's own tables.

Bare psycopg, one prepared statement, orjson; no framework, no check of anything. Each statement is
the best that was found for the tables as the product's pages describe them; the answers are the
product's, item by item. `work` runs in a subject, `application` under a server.
"""

import os
import threading
from collections.abc import Callable
from typing import Any

import orjson
import psycopg
from psycopg.rows import tuple_row

PAGE = 20

# The page is cut before anything is joined. A tag's name is a subquery of its own: as a join the
# planner reads all tags for each resource.
FEED = """
SELECT page.id::text, page.title, left(page.description, 200), page.attribution,
    page.author_id::text, profile.username, profile.avatar_url,
    array_remove(ARRAY(
        SELECT (SELECT name FROM core_tag
            WHERE core_tag.id = filed.tag_id AND core_tag.deleted_at IS NULL)
        FROM resources_resource_tags AS filed WHERE filed.resource_id = page.id ORDER BY 1
    ), NULL),
    page.comment_count, page.upvotes, page.downvotes, page.price_cents, page.visibility,
    page.created_at
FROM (
    SELECT * FROM resources_resource
    WHERE deleted_at IS NULL AND visibility = 'public' AND price_cents IS NULL {behind}
    ORDER BY created_at DESC, id DESC LIMIT 21
) AS page
JOIN users_profile AS profile ON profile.user_id = page.author_id
ORDER BY page.created_at DESC, page.id DESC
"""
FIRST_PAGE = FEED.format(behind="")
BEHIND = FEED.format(behind="AND (created_at, id) < (%s, %s)")


def card(row: tuple[Any, ...]) -> dict[str, Any]:
    """An item of the feed from a row of FEED."""
    return {
        "id": row[0],
        "title": row[1],
        "excerpt": row[2],
        "attribution": row[3],
        "author_id": row[4],
        "author_name": row[5],
        "author_avatar": row[6],
        "tags": row[7],
        "stats": {
            "comment_count": row[8],
            "upvotes": row[9],
            "downvotes": row[10],
            "total_votes": row[9] + row[10],
        },
        "price_cents": row[11],
        "visibility": row[12],
        "created_at": row[13],
        "locked": False,
    }


def feed_body(rows: list[tuple[Any, ...]], *, first: bool) -> dict[str, Any]:
    """The product's answer but for the cursor, which is that of the product."""
    shown = rows[:PAGE]
    return {
        "status": "ok",
        "data": [card(row) for row in shown],
        "pagination": {
            "page": 1 if first else None,
            "page_size": PAGE,
            "has_next": len(rows) > PAGE,
            "has_previous": not first,
            "next_cursor": f"{shown[-1][13].timestamp()}/{shown[-1][0]}" if shown else None,
        },
    }


def connect(url: str) -> psycopg.Cursor[tuple[Any, ...]]:
    """A cursor that gets values as PostgreSQL has them and prepares what it is told."""
    connection = psycopg.connect(url, autocommit=True, prepare_threshold=0, row_factory=tuple_row)
    # The plan is right for every place in the list, so it is made once.
    connection.execute("SET plan_cache_mode = force_generic_plan")
    return connection.cursor(binary=True)


def work() -> Callable[[dict[str, Any]], bytes]:
    """What a subject does: the rows of some `statements` as objects, or else a page of the feed."""
    cursor = connect(os.environ["DATABASE_URL"])

    def found(statement: str, parameters: list[Any]) -> list[dict[str, Any]]:
        rows = cursor.execute(statement, parameters).fetchall()
        names = [column.name for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in rows]

    def do(wanted: dict[str, Any]) -> bytes:
        if "statements" in wanted:
            data = [found(*statement) for statement in wanted["statements"]]
            return orjson.dumps({"status": "ok", "data": data}, option=orjson.OPT_UTC_Z)
        behind = wanted.get("behind")
        rows = cursor.execute(BEHIND if behind else FIRST_PAGE, behind or None).fetchall()
        return orjson.dumps(feed_body(rows, first=not behind), option=orjson.OPT_UTC_Z)

    return do


_here = threading.local()


def application(
    environ: dict[str, Any], start_response: Callable[[str, list[tuple[str, str]]], object]
) -> list[bytes]:
    """The first page of the feed as a WSGI application; every thread has a connection."""
    if not hasattr(_here, "cursor"):
        _here.cursor = connect(os.environ["DATABASE_URL"])
    rows = _here.cursor.execute(FIRST_PAGE).fetchall()
    body = orjson.dumps(feed_body(rows, first=True), option=orjson.OPT_UTC_Z)
    start_response(
        "200 OK",
        [("Content-Type", "application/json"), ("Content-Length", str(len(body)))],
    )
    return [body]
