"""What administrators read, with 30,000 rows in each table: few queries, each from an index.

RESSOURCEFY_ADMIN_ROWS says another number of rows; a million does as well.
"""

import os
import random
from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test import TestCase, TransactionTestCase, tag
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from core.services.tallies import fold_tallies
from core.tests.many_rows import analyze
from interactions.services.recount_totals import recount_totals
from monetization.models import Subscription
from read_models.administration.dashboard import get_overview, get_system_health
from read_models.administration.histories import get_recent_changes, get_user_activity
from read_models.administration.users import SEARCH_LIMIT, UserFilters, get_user, get_users
from read_models.pagination import PageRequest
from read_models.tests.plans import plans_of
from users.models import User
from users.tests.factories import make_user

ROWS = int(os.environ.get("RESSOURCEFY_ADMIN_ROWS", "30000"))
#: What may be read from end to end: it has a row for each total; or it is empty here, and its plans
#: are in `test_outbox_backlog`.
SMALL = ("core_tally", "core_outboxevent", "django_content_type")

_FILL = """
INSERT INTO users_user (id, created_at, updated_at, password, email, auth_provider, role, is_staff,
    is_superuser, is_active, is_activated, onboarding_step, language, token_version,
    activation_generation, reset_generation)
SELECT md5('u' || n)::uuid, now() - n * interval '1 minute', now(), '!',
    md5(n::text) || '@example.org', 'local', CASE WHEN n % 100 = 0 THEN 'MODERATOR' ELSE 'USER' END,
    false, false, n % 500 <> 0, n % 300 <> 0, 'completed', 'en', 0, 0, 0
FROM generate_series(1, {rows}) AS n;
INSERT INTO users_profile (id, created_at, updated_at, user_id, username, bio)
SELECT md5('p' || n)::uuid, now(), now(), md5('u' || n)::uuid, 'Name' || md5('n' || n), ''
FROM generate_series(1, {rows}) AS n;
INSERT INTO audit_auditlog (id, created_at, content_type_id, object_id, entity_name, action,
    actor_id, request_id)
SELECT md5('a' || n)::uuid, now() - n * interval '1 second', {content_type},
    md5('u' || (n % 1000 + 1))::uuid::text, 'User', 'UPDATE', md5('u' || (n % 700 + 1))::uuid, ''
FROM generate_series(1, {rows}) AS n;
INSERT INTO analytics_userevent (id, created_at, user_id, event_type, event_data)
SELECT md5('e' || n)::uuid, now() - n * interval '1 second', md5('u' || (n % 1000 + 1))::uuid,
    'user.signed_in', '{{}}'
FROM generate_series(1, {rows}) AS n;
INSERT INTO monetization_subscription (id, created_at, updated_at, user_id, plan, status, source,
    started_at, stripe_status, price_id, item_id, cancel_at_period_end, is_duplicate,
    pause_collection, latest_invoice, latest_paid_invoice, failed_invoice, hosted_invoice_url,
    applied_key, ended_at)
SELECT md5('s' || n)::uuid, now(), now(), md5('u' || n)::uuid, 'premium', 'active', 'manual', now(),
    '', '', '', false, false, '', '', '', '', '', '[]', CASE WHEN n % 10 <> 0 THEN now() END
FROM generate_series(1, {rows}) AS n;
"""


@tag("slow")
class CostTests(TestCase):
    """30,000 accounts, audit entries, deeds and subscriptions."""

    person: User

    @classmethod
    def setUpTestData(cls) -> None:
        content_type = ContentType.objects.get_for_model(User).pk
        with connection.cursor() as cursor:
            cursor.execute(_FILL.format(rows=ROWS, content_type=content_type))
        cls.person = make_user(username="ZoeQuux", email="zoe.quux@example.com")
        fold_tallies(few=0)
        analyze()

    def assert_cost(self, read: Callable[[], Any], *, queries: int) -> Any:
        """So many queries, none of which reads a big table from end to end."""
        results: list[Any] = []
        plans = plans_of(lambda: results.append(read()))
        self.assertEqual(len(plans), queries)
        for plan in plans:
            self.assertEqual(plan.scanned - set(SMALL), set(), plan.statement)
        return results[0]

    def test_the_list_of_accounts(self) -> None:
        for filters, count in (
            (UserFilters(), ROWS + 1),
            (UserFilters(role="MODERATOR"), ROWS // 100),
            (UserFilters(active="false"), ROWS // 500),
            (UserFilters(activated="false"), ROWS // 300),
            (UserFilters(role="USER", active="true"), None),
        ):
            for page in (PageRequest(), PageRequest(page=2)):
                with self.subTest(filters=filters, page=page.page):
                    listing = self.assert_cost(partial(get_users, filters, page=page), queries=1)

                    if count is not None:
                        self.assertEqual(listing.count, count)
                    self.assertEqual(
                        len(listing.items), max(0, min(20, listing.count - page.offset))
                    )

    def test_a_page_past_the_end(self) -> None:
        page = PageRequest(page=10**9, page_size=100)

        self.assertEqual(self.assert_cost(lambda: get_users(page=page), queries=1).items, [])

    def test_filters_that_nobody_meets(self) -> None:
        found = self.assert_cost(lambda: get_users(UserFilters(role="OWNER")), queries=0)

        self.assertEqual((found.count, found.items), (0, []))

    def test_a_search(self) -> None:
        for search, count in (
            ("quux", 1),
            ("zo", 1),
            ("e.quux@ex", 1),
            ("zoequux", 1),
            ("no such thing", 0),
        ):
            with self.subTest(search):
                queries = 3 if count else 2
                listing = self.assert_cost(
                    partial(get_users, UserFilters(search=search)), queries=queries
                )

                self.assertEqual(listing.count, count)

    def test_a_search_that_finds_nearly_everybody_stops(self) -> None:
        for filters in (UserFilters(search="example"), UserFilters(search="name", role="USER")):
            with self.subTest(filters):
                listing = self.assert_cost(partial(get_users, filters), queries=3)

                self.assertEqual(listing.count, SEARCH_LIMIT)

    def test_one_account(self) -> None:
        self.assert_cost(lambda: get_user(self.person.id), queries=1)

    def test_what_one_person_did(self) -> None:
        busy = User.objects.exclude(pk=self.person.pk).order_by("-created_at")[5]

        for limit in (1, 100):
            found = self.assert_cost(partial(get_user_activity, busy.id, limit=limit), queries=4)

            self.assertLessEqual(len(found.activities), limit)
        times = [item.timestamp for item in found.activities]
        self.assertEqual(times, sorted(times, reverse=True))
        self.assertTrue(times)

    def test_the_newest_changes(self) -> None:
        for limit in (1, 100):
            changes = self.assert_cost(partial(get_recent_changes, limit=limit), queries=1)

            self.assertEqual(len(changes), limit)

    def test_the_overview(self) -> None:
        overview = self.assert_cost(get_overview, queries=2)

        self.assertEqual(overview.total_users, ROWS + 1)
        self.assertEqual(overview.total_subscriptions, ROWS)
        self.assertEqual(overview.active_premium_subscriptions, ROWS // 10)
        self.assertEqual(recount_totals(repair=False), {})

    def test_how_the_outbox_does(self) -> None:
        self.assert_cost(get_system_health, queries=5)


class PremiumCountTests(TransactionTestCase):
    """5,000 subscriptions, vacuumed as a running database does by itself."""

    def test_reads_the_index_alone_and_stops_somewhere(self) -> None:
        users = User.objects.bulk_create(User(email=f"{n}@example.org") for n in range(5_000))
        # In another order than the people came in, as it is in life.
        random.Random(1).shuffle(users)
        Subscription.objects.bulk_create(
            Subscription(user=user, ended_at=None if number % 10 == 0 else timezone.now())
            for number, user in enumerate(users)
        )
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE monetization_subscription")

        with CaptureQueriesContext(connection) as captured:
            self.assertEqual(get_overview().active_premium_subscriptions, 500)

        [statement] = [q["sql"] for q in captured if "monetization_subscription" in q["sql"]]
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN {statement}")
            plan = "\n".join(line for (line,) in cursor.fetchall())
        self.assertIn("Index Only Scan using subscription_granting", plan)
        self.assertIn("LIMIT 100000", statement)
