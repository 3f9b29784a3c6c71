"""The rows of the benchmarks as SQL that computes them from their numbers.

Row `n` of a kind always has the same id, so a row that refers to another one computes it instead
of looking it up. Uniform on purpose: skewed data was not tried.
"""

from collections.abc import Callable
from dataclasses import dataclass

PEOPLE = 50_000
TAGS = 500
CONTRIBUTORS = 5_000

# People by number. The others below FIRST_CONTRIBUTOR moderate.
SUPERADMIN, ADMIN = 1, 2
AUTHOR = 13
FIRST_CONTRIBUTOR = 14
SUBSCRIBER, READER = 20_001, 20_002

# The same in every size: what the author and the reader have to do with resources.
OWN_RESOURCES, OWN_PROGRESS, OWN_PAYMENTS, MANY_COMMENTS = 50, 50, 25, 200

#: Functions that the statements share. {size} resources spread over two years; a person and a tag
#: are older than all of them.
FUNCTIONS = """
CREATE SCHEMA bench;
CREATE FUNCTION bench.id(at timestamptz, kind text, n bigint) RETURNS uuid
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7'
        || substr(md5(kind || n), 1, 3) || '8' || substr(md5(kind || n), 4, 15))::uuid
$$;
CREATE FUNCTION bench.person_at(n bigint) RETURNS timestamptz LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$ SELECT timestamptz '{newest}' - interval '1000 days' + n * interval '1 minute' $$;
CREATE FUNCTION bench.person(n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$ SELECT bench.id(bench.person_at(n), 'person', n) $$;
CREATE FUNCTION bench.tag(n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$ SELECT bench.id(bench.person_at(n), 'tag', n) $$;
CREATE FUNCTION bench.at(n bigint) RETURNS timestamptz LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$ SELECT timestamptz '{newest}' - ({size} - n) * (interval '700 days' / {size}) $$;
CREATE FUNCTION bench.resource(n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$ SELECT bench.id(bench.at(n), 'resource', n) $$;
CREATE FUNCTION bench.author_of(n bigint) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$ SELECT CASE WHEN n % ({size} / {own_resources}) = 0 THEN {author}
        ELSE {first_contributor} + n % {contributors} END $$;
CREATE FUNCTION bench.state_of(n bigint) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$ SELECT CASE WHEN n % ({size} / {own_resources}) = 0 OR n % 100 < 88 THEN 'public'
        WHEN n % 100 < 95 THEN 'premium' WHEN n % 100 < 99 THEN 'private' ELSE 'deleted' END $$;
"""


@dataclass(frozen=True)
class Rows:
    """A statement that adds the rows of the numbers from {first} to {last}."""

    what: str
    #: How many numbers there are beside so many resources.
    number: Callable[[int], int]
    statement: str


def _people(size: int) -> int:
    return PEOPLE


def _tags(size: int) -> int:
    return TAGS


def _one_in(many: int) -> Callable[[int], int]:
    return lambda size: size // many


EVERYTHING = [
    Rows(
        "people",
        _people,
        """
        INSERT INTO users_user (id, created_at, updated_at, email, password, auth_provider, role,
            is_staff, is_superuser, is_active, is_activated, onboarding_step, language,
            accepted_terms_at, token_version, activation_generation, reset_generation)
        SELECT bench.person(n), bench.person_at(n), bench.person_at(n),
            'person' || n || '@bench.example', '{password}', 'local',
            CASE WHEN n = {superadmin} THEN 'SUPERADMIN' WHEN n = {admin} THEN 'ADMIN'
                WHEN n < {author} THEN 'MODERATOR'
                WHEN n < {first_contributor} + {contributors} THEN 'CONTRIBUTOR' ELSE 'USER' END,
            n <= {admin}, n = {superadmin}, true, true, 'completed', 'en',
            bench.person_at(n), 0, 0, 0
        FROM generate_series({first}::bigint, {last}) AS n
        """,
    ),
    Rows(
        "profiles",
        _people,
        """
        INSERT INTO users_profile (id, created_at, updated_at, user_id, username, bio, avatar_url)
        SELECT bench.id(bench.person_at(n), 'profile', n), bench.person_at(n), bench.person_at(n),
            bench.person(n), 'person_' || n, 'Teaches and learns since ' || 1980 + n % 40 || '.',
            'https://files.bench.example/faces/' || n || '.jpg'
        FROM generate_series({first}::bigint, {last}) AS n
        """,
    ),
    Rows(
        "tags",
        _tags,
        """
        INSERT INTO core_tag (id, created_at, updated_at, name, slug)
        SELECT bench.tag(n), bench.person_at(n), bench.person_at(n),
            'Subject ' || n, 'subject-' || n
        FROM generate_series({first}::bigint, {last}) AS n
        """,
    ),
    Rows(
        "requests for roles",
        _one_in(100),
        """
        INSERT INTO users_rolerequest (id, created_at, updated_at, user_id, requested_role, reason,
            status, decided_at, decided_by_id, held_role, decision_reason)
        SELECT bench.id(bench.at(n * 100), 'request', n), bench.at(n * 100), bench.at(n * 100),
            bench.person({reader} + n), 'CONTRIBUTOR', 'I teach.', 'rejected',
            bench.at(n * 100), bench.person({admin}), 'USER', 'Tell more.'
        FROM generate_series({first}::bigint, {last}) AS n
        """,
    ),
    Rows(
        "resources",
        _one_in(1),
        """
        INSERT INTO resources_resource (id, created_at, updated_at, deleted_at, title, description,
            attribution, visibility, price_cents, author_id, comment_count, upvotes, downvotes)
        SELECT bench.resource(n), bench.at(n), bench.at(n),
            CASE state WHEN 'deleted' THEN bench.at(n) END,
            'Lesson ' || n || ': ' || (ARRAY['fractions', 'the French revolution', 'photosynthesis',
                'irregular verbs', 'supply and demand', 'the periodic table', 'perspective'
                ])[1 + n % 7] || ' for class ' || 1 + n % 12,
            repeat('Introduction, worked examples and exercises with solutions, sheet '
                || n || '. ', 4 + (n % 3)::int),
            CASE WHEN n % 10 = 0 THEN 'After a lesson by Maria Nowak' ELSE '' END,
            CASE state WHEN 'deleted' THEN 'public' ELSE state END,
            CASE state WHEN 'premium' THEN 500 + n % 1000 END,
            bench.person(bench.author_of(n)),
            3 + CASE WHEN n = {size} THEN {many_comments} ELSE 0 END,
            (n % 4 > 0)::int, (n % 4 = 0)::int
        FROM (SELECT n, bench.state_of(n) AS state
            FROM generate_series({first}::bigint, {last}) AS n) AS numbered
        """,
    ),
    Rows(
        "files",
        _one_in(1),
        """
        INSERT INTO resources_resourceversion
            (id, created_at, updated_at, resource_id, version_number, file_url)
        SELECT bench.id(bench.at(n), 'version' || k, n), bench.at(n), bench.at(n),
            bench.resource(n), k, 'https://files.bench.example/' || n || '/' || k || '.pdf'
        FROM generate_series({first}::bigint, {last}) AS n, generate_series(1, 1 + n % 2) AS k
        """,
    ),
    Rows(
        "tags of resources",
        _one_in(1),
        """
        WITH
            resource AS MATERIALIZED (
                SELECT n, bench.resource(n) AS id FROM generate_series({first}::bigint, {last}) AS n
            ),
            tag AS MATERIALIZED (
                SELECT n, bench.tag(1 + n) AS id FROM generate_series(0, {tags} - 1) AS n
            )
        INSERT INTO resources_resource_tags (resource_id, tag_id)
        SELECT resource.id, tag.id FROM resource
            CROSS JOIN generate_series(0, 4) AS k
            JOIN tag ON tag.n = (resource.n * 7 + k * 101) % {tags}
        ORDER BY resource.n, k
        """,
    ),
    Rows(
        "votes",
        _one_in(1),
        """
        INSERT INTO resources_resourcevote (id, created_at, updated_at, resource_id, user_id, value)
        SELECT bench.id(bench.at(n), 'vote', n), bench.at(n), bench.at(n), bench.resource(n),
            bench.person(1 + (n * 13) % {people}), CASE WHEN n % 4 > 0 THEN 1 ELSE -1 END
        FROM generate_series({first}::bigint, {last}) AS n
        """,
    ),
    Rows(
        "comments",
        _one_in(1),
        """
        INSERT INTO interactions_comment (id, created_at, updated_at, resource_id, author_id,
            content, hidden_reason, upvotes, downvotes)
        SELECT bench.id(bench.at(n) + k * interval '1 second', 'comment' || k, n),
            bench.at(n) + k * interval '1 second', bench.at(n) + k * interval '1 second',
            resource, bench.person(1 + (n * 3 + k) % {people}),
            'Question ' || k || ' about lesson ' || n || ': how is the second example solved?',
            '', (k = 1)::int, 0
        FROM (SELECT n, bench.resource(n) AS resource
                FROM generate_series({first}::bigint, {last}) AS n OFFSET 0) AS numbered,
            generate_series(1, 3 + CASE WHEN n = {size} THEN {many_comments} ELSE 0 END) AS k
        """,
    ),
    Rows(
        "votes on comments",
        _one_in(1),
        """
        INSERT INTO interactions_commentvote
            (id, created_at, updated_at, comment_id, user_id, value)
        SELECT bench.id(bench.at(n), 'comment vote', n), bench.at(n), bench.at(n),
            bench.id(bench.at(n) + interval '1 second', 'comment1', n),
            bench.person(1 + (n * 11) % {people}), 1
        FROM generate_series({first}::bigint, {last}) AS n
        """,
    ),
    Rows(
        "progress",
        _one_in(1),
        """
        INSERT INTO resources_resourceprogress (id, created_at, updated_at, resource_id, user_id,
            status, started_at, last_accessed_at, completed_at)
        SELECT bench.id(bench.at(n), 'progress', n), bench.at(n), bench.at(n), bench.resource(n),
            bench.person(CASE WHEN n % ({size} / {own_progress}) = 1 THEN {reader}
                ELSE {reader} + 1 + (n * 17) % 20000 END),
            CASE WHEN n % 3 = 0 THEN 'COMPLETED' ELSE 'IN_PROGRESS' END,
            bench.at(n), bench.at(n), CASE WHEN n % 3 = 0 THEN bench.at(n) END
        FROM generate_series({first}::bigint, {last}) AS n
        """,
    ),
    Rows(
        "subscriptions",
        _one_in(10),
        """
        INSERT INTO monetization_subscription (id, created_at, updated_at, user_id, plan, status,
            source, started_at, ends_at, stripe_subscription_id, stripe_status, price_id, item_id,
            current_period_start, current_period_end, ended_at, cancel_at_period_end, is_duplicate,
            pause_collection, latest_invoice, latest_paid_invoice, failed_invoice,
            hosted_invoice_url, applied_key)
        SELECT bench.id(bench.at(n * 10), 'subscription', n), bench.at(n * 10), bench.at(n * 10),
            bench.person(whose), 'premium', CASE WHEN lasts THEN 'active' ELSE 'expired' END,
            'stripe', bench.at(n * 10),
            CASE WHEN lasts THEN timestamptz '{newest}' + interval '10 years'
                ELSE bench.at(n * 10) + interval '30 days' END,
            'sub_' || n, CASE WHEN lasts THEN 'active' ELSE 'canceled' END, 'price_monthly',
            'si_' || n, bench.at(n * 10),
            CASE WHEN lasts THEN timestamptz '{newest}' + interval '10 years'
                ELSE bench.at(n * 10) + interval '30 days' END,
            CASE WHEN NOT lasts THEN bench.at(n * 10) + interval '30 days' END,
            false, false, '', '', '', '', '', '[]'
        FROM (
            SELECT n, CASE WHEN n = 1 THEN {subscriber}
                    ELSE {reader} + 1 + n % ({people} - {reader} - 1) END AS whose,
                n = 1 OR n % 20 = 0 AS lasts
            FROM generate_series({first}::bigint, {last}) AS n
        ) AS numbered
        """,
    ),
    Rows(
        "payments",
        _one_in(1),
        """
        INSERT INTO monetization_payment (id, created_at, updated_at, user_id, amount_cents,
            currency, provider_reference, status, charge, amount_refunded, dispute_status, paid_at,
            receipt_url)
        SELECT bench.id(bench.at(n), 'payment', n), bench.at(n), bench.at(n),
            bench.person(CASE WHEN n % ({size} / {own_payments}) = 1 THEN {subscriber}
                ELSE {reader} + 1 + n % ({people} - {reader} - 1) END),
            900 + n % 100, 'USD', 'in_' || n, 'completed', '', 0, 'none', bench.at(n), ''
        FROM generate_series({first}::bigint, {last}) AS n
        """,
    ),
    Rows(
        "audit entries",
        _one_in(1),
        """
        INSERT INTO audit_auditlog (id, created_at, content_type_id, object_id, entity_name, action,
            actor_id, after_state, request_id)
        SELECT bench.id(bench.at(n), 'entry', n), bench.at(n),
            (SELECT id FROM django_content_type
                WHERE (app_label, model) = ('resources', 'resource')),
            bench.resource(n)::text, 'Resource', 'CREATE', bench.person(bench.author_of(n)),
            '{{"visibility": "public"}}', ''
        FROM generate_series({first}::bigint, {last}) AS n
        """,
    ),
    Rows(
        "what people did",
        _one_in(1),
        """
        INSERT INTO analytics_userevent (id, created_at, user_id, event_type, event_data)
        SELECT bench.id(bench.at(n), 'event', n), bench.at(n), bench.person(1 + n % {people}),
            'resource.viewed', '{{}}'
        FROM generate_series({first}::bigint, {last}) AS n
        """,
    ),
]
