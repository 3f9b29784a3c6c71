"""The floors of the other reads: what each has to get, in the best statements that were found.

A floor of somebody who is signed in begins with the statement that reads account and session, as
every such request has to. Lengths of long lists come from the planner's figures, as cheaply as
they can be had.
"""

from dataclasses import dataclass
from typing import Any

import psycopg

from bench.generate import id_of
from bench.rows import ADMIN, AUTHOR, OWN_RESOURCES, READER, SUBSCRIBER

type Statement = tuple[str, list[Any]]

_SESSION = """
SELECT account.id, account.role, account.onboarding_step, account.token_version
FROM users_user AS account JOIN users_usersession AS session ON session.user_id = account.id
WHERE session.id = (SELECT id FROM users_usersession WHERE user_id = %s
        AND revoked_at IS NULL ORDER BY created_at DESC LIMIT 1)
    AND account.is_active AND account.deleted_at IS NULL AND session.revoked_at IS NULL
    AND session.expires_at > now()
"""
_TAGS = """
array_remove(ARRAY(
    SELECT (SELECT name FROM core_tag
        WHERE core_tag.id = filed.tag_id AND core_tag.deleted_at IS NULL)
    FROM resources_resource_tags AS filed WHERE filed.resource_id = {of}.id ORDER BY 1
), NULL)
"""
_DETAIL = f"""
SELECT resource.id::text, title, description, attribution, author_id::text, username, avatar_url,
    comment_count, upvotes, downvotes, price_cents, visibility, resource.created_at,
    resource.updated_at, {_TAGS.format(of="resource")},
    ARRAY(SELECT json_build_array(version_number, file_url, created_at)
        FROM resources_resourceversion WHERE resource_id = resource.id
        ORDER BY version_number DESC)::text[]
FROM resources_resource AS resource
JOIN users_profile AS profile ON profile.user_id = resource.author_id
WHERE resource.id = %s AND resource.deleted_at IS NULL
"""
_AUTHOR = """
SELECT account.id::text, username, bio, avatar_url,
    (SELECT count(*) FROM resources_resource WHERE author_id = account.id
        AND deleted_at IS NULL AND visibility = 'public' AND price_cents IS NULL)
FROM users_user AS account JOIN users_profile AS profile ON profile.user_id = account.id
WHERE account.id = %s AND account.deleted_at IS NULL AND is_active AND is_activated
"""
_RECENT = """
SELECT id::text, title, created_at FROM resources_resource
WHERE author_id = %s AND deleted_at IS NULL AND visibility = 'public' AND price_cents IS NULL
ORDER BY created_at DESC, id DESC LIMIT 5
"""
_COMMENTED = """
SELECT visibility, price_cents, comment_count FROM resources_resource
WHERE id = %s AND deleted_at IS NULL
"""
_COMMENTS = """
SELECT page.id::text, content, parent_id::text, author_id::text, username, avatar_url, upvotes,
    downvotes, page.created_at, page.updated_at, edited_at
FROM (
    SELECT * FROM interactions_comment
    WHERE resource_id = %s AND deleted_at IS NULL AND hidden_at IS NULL
    ORDER BY created_at DESC, id DESC LIMIT 20
) AS page JOIN users_profile AS profile ON profile.user_id = page.author_id
ORDER BY page.created_at DESC, page.id DESC
"""
_OWN_NUMBER = """
SELECT count(*) FROM resources_resource WHERE author_id = %s AND deleted_at IS NULL
"""
_OWN = f"""
SELECT page.id::text, title, description, visibility, price_cents, comment_count, upvotes,
    downvotes, created_at, updated_at, {_TAGS.format(of="page")}
FROM (
    SELECT * FROM resources_resource WHERE author_id = %s AND deleted_at IS NULL
    ORDER BY created_at DESC, id DESC LIMIT 20
) AS page ORDER BY created_at DESC, page.id DESC
"""
_KNOWN = "resource.deleted_at IS NULL AND (visibility <> 'private' OR author_id = progress.user_id)"
_PROGRESS_NUMBERS = f"""
SELECT status, count(*) FROM resources_resourceprogress AS progress
JOIN resources_resource AS resource ON resource.id = resource_id
WHERE user_id = %s AND {_KNOWN} GROUP BY status
"""
_PROGRESS = f"""
SELECT progress.id::text, resource_id::text, title, username, avatar_url, status, started_at,
    last_accessed_at, completed_at
FROM resources_resourceprogress AS progress
JOIN resources_resource AS resource ON resource.id = resource_id
JOIN users_profile AS profile ON profile.user_id = author_id
WHERE progress.user_id = %s AND {_KNOWN}
ORDER BY last_accessed_at DESC, progress.id DESC LIMIT 20
"""
_OWN_PAYMENTS_NUMBER = "SELECT count(*) FROM monetization_payment WHERE user_id = %s"
_OWN_PAYMENTS = """
SELECT payment.id::text, resource_id::text, title, amount_cents, amount_refunded, currency, status,
    paid_at, receipt_url
FROM monetization_payment AS payment
LEFT JOIN resources_resource AS resource ON resource.id = resource_id
WHERE user_id = %s ORDER BY payment.created_at DESC, payment.id DESC LIMIT 20
"""
_ALL_TAGS = """
SELECT id::text, name, slug, created_at, updated_at FROM core_tag
WHERE deleted_at IS NULL ORDER BY name, id
"""
_LENGTH = "SELECT reltuples::bigint FROM pg_class WHERE oid = %s::regclass"
_USERS = """
SELECT account.id::text, email, username, bio, avatar_url, role, is_active, is_staff, is_superuser,
    is_activated, onboarding_step, account.created_at, account.updated_at
FROM (SELECT * FROM users_user WHERE deleted_at IS NULL ORDER BY id DESC LIMIT 20) AS account
JOIN users_profile AS profile ON profile.user_id = account.id ORDER BY account.id DESC
"""
_RESOURCES = """
SELECT page.id::text, title, description, author_id::text, email, visibility, price_cents,
    page.created_at, page.updated_at, page.deleted_at,
    ARRAY(SELECT (SELECT json_build_array(id, name, slug) FROM core_tag
            WHERE core_tag.id = filed.tag_id AND core_tag.deleted_at IS NULL)
        FROM resources_resource_tags AS filed WHERE filed.resource_id = page.id)::text[],
    ARRAY(SELECT json_build_array(id, version_number, file_url, created_at)
        FROM resources_resourceversion AS version WHERE version.resource_id = page.id)::text[]
FROM (
    SELECT * FROM resources_resource WHERE deleted_at IS NULL
    ORDER BY created_at DESC, id DESC LIMIT 20
) AS page JOIN users_user AS author ON author.id = page.author_id
ORDER BY page.created_at DESC, page.id DESC
"""
_SUBSCRIPTIONS = """
SELECT page.id::text, user_id::text, email, plan, status, source, stripe_status, started_at,
    ends_at, page.created_at, page.updated_at, ended_at, suspended_at, cancel_at,
    current_period_end, past_due_since
FROM (
    SELECT * FROM monetization_subscription ORDER BY created_at DESC, id DESC LIMIT 20
) AS page JOIN users_user AS payer ON payer.id = page.user_id
ORDER BY page.created_at DESC, page.id DESC
"""
_PAYMENTS = """
SELECT page.id::text, user_id::text, email, amount_cents, amount_refunded, currency, status,
    provider_reference, page.created_at, page.updated_at
FROM (
    SELECT * FROM monetization_payment ORDER BY created_at DESC, id DESC LIMIT 20
) AS page JOIN users_user AS payer ON payer.id = page.user_id
ORDER BY page.created_at DESC, page.id DESC
"""
_TAG_PAGE = """
SELECT id::text, name, slug, created_at, updated_at, deleted_at FROM core_tag
WHERE deleted_at IS NULL ORDER BY name, id LIMIT 20
"""
_ROLE_REQUESTS = """
SELECT page.id::text, page.user_id::text, asker.email, username, asker.role, held_role,
    requested_role, reason, status, decided_by_id::text, decider.email, decided_at,
    decision_reason, page.created_at
FROM (SELECT * FROM users_rolerequest ORDER BY id DESC LIMIT 20) AS page
JOIN users_user AS asker ON asker.id = page.user_id
JOIN users_profile AS profile ON profile.user_id = page.user_id
LEFT JOIN users_user AS decider ON decider.id = page.decided_by_id ORDER BY page.id DESC
"""
_ALL_PROGRESS = """
SELECT page.id::text, page.user_id::text, reader.email, username, avatar_url, page.status,
    started_at, last_accessed_at, completed_at, resource_id::text, title, author_id::text,
    author.email
FROM (
    SELECT * FROM resources_resourceprogress ORDER BY last_accessed_at DESC, id DESC LIMIT 20
) AS page
JOIN users_user AS reader ON reader.id = page.user_id
JOIN users_profile AS profile ON profile.user_id = page.user_id
JOIN resources_resource AS resource ON resource.id = page.resource_id
JOIN users_user AS author ON author.id = resource.author_id
ORDER BY last_accessed_at DESC, page.id DESC
"""


@dataclass(frozen=True)
class Read:
    """One read of the product: its address, who asks, and its floor."""

    name: str
    path: str
    caller: int | None
    statements: list[Statement]


def reads(connection: psycopg.Connection, size: int) -> list[Read]:
    """All of them with the ids of a database of so many resources."""
    resource = str(id_of(connection, "resource", size))
    # The author's own are at every `size / OWN_RESOURCES`, and the last one has many comments.
    plain = str(id_of(connection, "resource", size - size // OWN_RESOURCES))
    author, reader, payer = (
        str(id_of(connection, "person", number)) for number in (AUTHOR, READER, SUBSCRIBER)
    )
    admin = str(id_of(connection, "person", ADMIN))

    def administration(name: str, table: str, statement: str) -> Read:
        statements: list[Statement] = [
            (_SESSION, [admin]),
            (_LENGTH, [table]),
            (statement, []),
        ]
        return Read(f"admin: {name}", f"/api/admin/{name}/", ADMIN, statements)

    return [
        Read("detail", f"/api/resources/{plain}/detail/", None, [(_DETAIL, [plain])]),
        Read("author", f"/api/authors/{author}/", None, [(_AUTHOR, [author]), (_RECENT, [author])]),
        Read(
            "comments",
            f"/api/resources/{resource}/comments/",
            None,
            [(_COMMENTED, [resource]), (_COMMENTS, [resource])],
        ),
        Read("tags", "/api/tags/", None, [(_ALL_TAGS, [])]),
        Read(
            "own resources",
            "/api/user/resources/",
            AUTHOR,
            [(_SESSION, [author]), (_OWN_NUMBER, [author]), (_OWN, [author])],
        ),
        Read(
            "own progress",
            "/api/user/progress/",
            READER,
            [(_SESSION, [reader]), (_PROGRESS_NUMBERS, [reader]), (_PROGRESS, [reader])],
        ),
        Read(
            "own payments",
            "/api/billing/payments/",
            SUBSCRIBER,
            [(_SESSION, [payer]), (_OWN_PAYMENTS_NUMBER, [payer]), (_OWN_PAYMENTS, [payer])],
        ),
        administration("users", "users_user", _USERS),
        administration("resources", "resources_resource", _RESOURCES),
        administration("subscriptions", "monetization_subscription", _SUBSCRIPTIONS),
        administration("payments", "monetization_payment", _PAYMENTS),
        administration("tags", "core_tag", _TAG_PAGE),
        administration("role-requests", "users_rolerequest", _ROLE_REQUESTS),
        administration("progress", "resources_resourceprogress", _ALL_PROGRESS),
    ]


#: Constant cost is all that is asked of them.
DASHBOARDS = ("overview", "activity", "system-health")
