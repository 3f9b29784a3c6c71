"""Plans of the reads that are one statement each, on 50,000 rows of everything."""

import re
from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test import TestCase

from core.tests.many_rows import made_at_once
from monetization.tests.factories import make_subscription
from read_models.billing.own_payments import get_own_payments
from read_models.pagination import DEFAULT_PAGE_SIZE, PageRequest
from read_models.resources.own_progress import get_own_progress
from read_models.resources.own_resources import get_own_resources
from read_models.resources.resource_comments import get_resource_comments
from read_models.resources.resource_detail import get_resource_detail
from read_models.tests.plans import plans_of
from read_models.users.author_profile import get_author_profile
from users.models import User
from users.tests.factories import make_contributor, make_user
from users.types import Role

ROWS = 50_000
# What somebody has of each, and a resource of comments: one row in fifty.
OWN = ROWS // 50
# The deepest page of what is somebody's own.
LAST = PageRequest(page=OWN // DEFAULT_PAGE_SIZE)

_FILL = f"""
CREATE FUNCTION pg_temp.id_of(what text, n integer) RETURNS uuid LANGUAGE sql AS
    $$ SELECT md5(what || n)::uuid $$;
CREATE FUNCTION pg_temp.at(n integer) RETURNS timestamptz LANGUAGE sql AS
    $$ SELECT now() - n * interval '1 minute' $$;

INSERT INTO users_user (id, created_at, updated_at, email, password, auth_provider, role, is_staff,
    is_superuser, is_active, is_activated, onboarding_step, language, token_version,
    activation_generation, reset_generation)
SELECT pg_temp.id_of('user', n), now(), now(), n || '@example.org', '!', 'local', 'USER', false,
    false, true, true, 'completed', 'en', 0, 0, 0
FROM generate_series(1, 20000) AS n;
INSERT INTO users_profile (id, created_at, updated_at, user_id, username, bio)
SELECT pg_temp.id_of('profile', n), now(), now(), pg_temp.id_of('user', n), 'name' || n, ''
FROM generate_series(1, 20000) AS n;

INSERT INTO resources_resource (id, created_at, updated_at, title, description, attribution,
    visibility, author_id, comment_count, upvotes, downvotes)
SELECT pg_temp.id_of('resource', n), pg_temp.at(n), pg_temp.at(n), 'Lesson ' || n, 'All of it.', '',
    CASE n %% 10 WHEN 0 THEN 'premium' WHEN 1 THEN 'private' ELSE 'public' END,
    CASE WHEN n %% 50 = 7 THEN %(user)s ELSE pg_temp.id_of('user', 1 + n %% 20000) END,
    CASE n WHEN 2 THEN {OWN} ELSE 1 END, 0, 0
FROM generate_series(1, {ROWS}) AS n;
INSERT INTO resources_feedrow (resource_id, created_at, author_id, price_cents, comment_count,
    upvotes, downvotes, is_live, visibility, title, excerpt, attribution, author_name, tags)
SELECT id, created_at, author_id, price_cents, comment_count, upvotes, downvotes, true, visibility,
    title, description, attribution, 'name', ARRAY['One', 'Two'] FROM resources_resource;
INSERT INTO resources_resourceversion
    (id, created_at, updated_at, resource_id, version_number, file_url)
SELECT pg_temp.id_of('version', n), now(), now(), pg_temp.id_of('resource', n), 1,
    'https://files.example.org/' || n FROM generate_series(1, {ROWS}) AS n;
INSERT INTO interactions_comment
    (id, created_at, updated_at, resource_id, author_id, content, hidden_reason, upvotes, downvotes)
SELECT pg_temp.id_of('comment', n), pg_temp.at(n), pg_temp.at(n),
    pg_temp.id_of('resource', CASE WHEN n %% 50 = 7 THEN 2 ELSE n END),
    pg_temp.id_of('user', 1 + n %% 20000), 'Why?', '', 0, 0
FROM generate_series(1, {ROWS}) AS n;
INSERT INTO resources_resourceprogress
    (id, created_at, updated_at, resource_id, user_id, status, started_at, last_accessed_at)
SELECT pg_temp.id_of('progress', n), now(), now(), pg_temp.id_of('resource', n),
    CASE WHEN n %% 50 = 7 THEN %(user)s ELSE pg_temp.id_of('user', 1 + n %% 20000) END,
    'IN_PROGRESS', pg_temp.at(n), pg_temp.at(n) FROM generate_series(1, {ROWS}) AS n;
INSERT INTO monetization_payment (id, created_at, updated_at, user_id, amount_cents, currency,
    provider_reference, status, charge, amount_refunded, dispute_status, paid_at, receipt_url)
SELECT pg_temp.id_of('payment', n), pg_temp.at(n), pg_temp.at(n),
    CASE WHEN n %% 50 = 7 THEN %(user)s ELSE pg_temp.id_of('user', 1 + n %% 20000) END,
    900, 'EUR', 'in_' || n, 'completed', '', 0, 'none', now(), ''
FROM generate_series(1, {ROWS}) AS n
"""


class PlanTests(TestCase):
    """Each planned for its values, and for any, as prepared statements are in the end."""

    user: User
    member: User
    admin: User
    resource_id: UUID

    @classmethod
    def setUpTestData(cls) -> None:
        cls.user, cls.member = make_contributor(), make_user()
        cls.admin = make_user(role=Role.ADMIN)
        make_subscription(cls.member)
        with made_at_once(re.findall(r"INSERT INTO (\w+)", _FILL)) as cursor:
            for statement in _FILL.split(";\n"):
                cursor.execute(statement, {"user": cls.user.pk})
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_temp.id_of('resource', 2)")
            (cls.resource_id,) = cursor.fetchone()

    def assert_plan(self, read: Callable[[], Any], *indexes: str, reads: int) -> None:
        """One statement that looks into `indexes`, sorts a page at most and reads so many rows."""
        for is_generic in (False, True):
            with self.subTest(is_generic=is_generic):
                (plan,) = plans_of(read, is_generic=is_generic)

                self.assertLessEqual(set(indexes), plan.indexes)
                self.assertEqual(plan.scanned_beyond(DEFAULT_PAGE_SIZE), set())
                self.assertLessEqual(plan.most_sorted, DEFAULT_PAGE_SIZE)
                self.assertLessEqual(plan.most_read, reads)

    def test_detail_reads_rows_by_key(self) -> None:
        for viewer in (AnonymousUser(), self.member, self.user, self.admin):
            self.assert_plan(
                partial(get_resource_detail, viewer, self.resource_id),
                "resources_feedrow_pkey",
                "resources_resource_pkey",
                reads=1,
            )

    def test_comments_read_their_page(self) -> None:
        for viewer in (AnonymousUser(), self.member, self.admin):
            self.assert_plan(
                partial(get_resource_comments, viewer, self.resource_id),
                "resources_feedrow_pkey",
                "comment_of_resource",
                reads=DEFAULT_PAGE_SIZE,
            )

    def test_an_authors_page_counts_what_is_theirs(self) -> None:
        for viewer in (AnonymousUser(), self.member, self.user, self.admin):
            self.assert_plan(
                partial(get_author_profile, viewer, self.user.pk),
                "users_user_pkey",
                "feed_of_author",
                reads=OWN,
            )

    def test_ones_own_is_read_from_its_index(self) -> None:
        for read, index in (
            (get_own_resources, "feed_of_author"),
            (get_own_progress, "progress_of_user"),
            (get_own_payments, "payment_of_user"),
        ):
            with self.subTest(read=read):
                self.assert_plan(partial(read, self.user), index, reads=OWN)

    def test_the_last_page_reads_no_more_than_is_ones_own(self) -> None:
        for read in (get_own_resources, get_own_progress, get_own_payments):
            for is_generic in (False, True):
                with self.subTest(read=read, is_generic=is_generic):
                    (plan,) = plans_of(partial(read, self.user, page=LAST), is_generic=is_generic)

                    self.assertEqual(plan.scanned_beyond(DEFAULT_PAGE_SIZE), set())
                    self.assertLessEqual(plan.most_read, OWN)
