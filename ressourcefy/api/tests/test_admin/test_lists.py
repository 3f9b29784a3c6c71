"""Lists of big tables: few queries, every one from an index, on every page, filter and search.

The load: 50,000 rows in each table, or as many as RESSOURCEFY_ADMIN_ROWS says.
"""

import os
from collections.abc import Iterator
from functools import partial
from itertools import chain
from typing import Any

from django.db import connection, models
from django.test import Client, tag
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from api.admin.base import TableAdmin
from api.admin.listing import StateFilter
from api.admin.site import site
from api.tests.base import access_token
from api.tests.test_admin.base import AdminTestCase, address, make_rows
from core.models import OutboxEvent, Tag
from core.tests.many_rows import made_at_once
from read_models.long_lists import MOST_COUNTED
from read_models.tests.plans import Plan, plans_of
from resources.models import Resource
from users.models import User
from users.tests.factories import make_tag, make_user
from users.types import Role

ROWS = int(os.environ.get("RESSOURCEFY_ADMIN_ROWS", "50000"))
MOST_QUERIES = 6
# A few rows where the worker runs, and read whole; here there are as many as of everything else.
FOLDED = {"core_tally"}
# What a search finds in an index of parts has to be put in order, up to what is counted.
MOST_SORTED = 20
#: Tables that hold a handful of rows or one session are read as the planner likes.
SMALL = ("django_",)


def id_of(model: type[models.Model], number: str = "n") -> str:
    """The id of row `number` of a table, as SQL; so rows can point to each other."""
    return f"md5('{model._meta.db_table}' || {number})::uuid"


# Ids of other tables without a foreign key.
_NAMED_IDS: dict[str, type[models.Model]] = {"resource_id": Resource, "tag_id": Tag}


def multiply(row: models.Model, count: int) -> None:
    """Insert `count` rows like `row`, each pointing to the rows of its number in other tables."""
    options = row._meta
    assert options.pk is not None
    unique = {field.name for field in options.fields if field.unique}
    for constraint in options.constraints:
        if isinstance(constraint, models.UniqueConstraint):
            unique |= set(constraint.fields)
    values: dict[str, str] = {}
    for field in options.concrete_fields:
        column = str(field.column)
        if column == "seq" or isinstance(field, models.AutoField):
            continue
        if field.primary_key:
            values[column] = id_of(type(row))
        elif field.is_relation and getattr(row, field.attname) is not None:
            related = field.related_model
            assert isinstance(related, type)
            is_ours = related._meta.app_label != "contenttypes"
            values[column] = id_of(related) if is_ours else f"t.{column}"
        elif column in _NAMED_IDS and not field.is_relation:
            values[column] = id_of(_NAMED_IDS[column])
        elif column in ("username", "object_id") or (
            column in unique and isinstance(field, models.CharField) and not field.choices
        ):
            values[column] = f"left(t.{column}, 20) || n"
        elif column == "version_number":
            values[column] = "n + 1"
        else:
            values[column] = f"t.{column}"
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {options.db_table} ({', '.join(values)}) "
            f"SELECT {', '.join(values.values())} "
            f"FROM {options.db_table} AS t, generate_series(1, {count}) AS n "
            f"WHERE t.{options.pk.column} = %s",
            [row.pk],
        )


def scanned_by(plan: Plan) -> set[str]:
    """The big tables that were read from end to end, by the planner's own choice."""
    return {table for table in plan.scanned if not table.startswith(SMALL)}


@tag("slow")
class BigListTests(AdminTestCase):
    """50,000 rows in each table."""

    admin: User
    rows: dict[type[models.Model], Any]

    @classmethod
    def setUpTestData(cls) -> None:
        cls.admin = make_user(role=Role.ADMIN)
        cls.rows = make_rows()
        tables = [model._meta.db_table for model in cls.rows]
        with made_at_once([*tables, "resources_resource_tags"]) as cursor:
            for row in cls.rows.values():
                multiply(row, ROWS)
            cursor.execute(
                "INSERT INTO resources_resource_tags (resource_id, tag_id) "
                f"SELECT {id_of(Resource)}, {id_of(Tag)} FROM generate_series(1, {ROWS}) AS n"
            )

    def pages(self, table: TableAdmin, row: Any) -> Iterator[str]:
        """Every way to ask for a part of a list."""
        path = address(type(row))
        yield path
        middle = "80000000-0000-7000-8000-000000000000"
        yield f"{path}?older={middle}"
        yield f"{path}?newer={middle}"
        for name in table.list_filter:
            if isinstance(name, str):
                for value, _ in row._meta.get_field(name).choices:
                    yield f"{path}?{name}__exact={value}"
                    yield f"{path}?{name}__exact={value}&older={middle}"
            elif isinstance(name, type) and issubclass(name, StateFilter):
                for state in name.conditions:
                    yield f"{path}?state={state}"
        yield f"{path}?q={row.pk}"
        for column in table.search_ids:
            yield f"{path}?q={getattr(row, column)}"
        for word in ("some", "user123@example.org", "cus_", "nothing like that"):
            yield f"{path}?q={word}"

    def test_every_list_takes_few_queries_and_no_sequential_scan(self) -> None:
        browser = self.browser(self.admin)
        tried = 0

        for model, row in self.rows.items():
            table = site.get_model_admin(model)
            assert isinstance(table, TableAdmin)
            for path in self.pages(table, row):
                with self.subTest(path):
                    plans = plans_of(partial(self.get, browser, path))

                    self.assertLessEqual(len(plans), MOST_QUERIES)
                    for plan in plans:
                        self.assertEqual(scanned_by(plan), set(), plan.statement)
                        self.assertNotIn("COUNT(", plan.statement)
                        self.assertNotIn("OFFSET", plan.statement)
                    tried += 1
        self.assertGreater(tried, 150)

    def test_lists_over_http_scan_nothing_that_they_do_not_answer(self) -> None:
        """But for `status=expired`, which looks through all that are stored as active."""
        client = APIClient(headers={"Authorization": f"Bearer {access_token(self.admin)}"})
        user, resource, tag = (self.rows[model].pk for model in (User, Resource, Tag))
        deep = ROWS // 40
        for path, filters in {
            "tags": ("search=some", "search=thing", "search=zz", "include_deleted=true"),
            "resources": (
                f"author_id={user}",
                "visibility=public",
                "visibility=private",
                "has_price=true",
                "has_price=false",
                "search=some",
                "search=nothing like that",
                "search=zz",
                f"tag_ids={tag}",
                "include_deleted=true",
            ),
            "subscriptions": (
                f"user_id={user}",
                "status=active",
                "status=canceled",
                "plan=premium",
                "plan=free",
            ),
            "payments": (f"user_id={user}", "status=completed", "status=failed"),
            "progress": (f"user_id={user}", f"resource_id={resource}"),
            "users": ("role=ADMIN", "is_active=false", "activated=true"),
            "role-requests": ("status=PENDING", f"user_id={user}"),
        }.items():
            for query in ("", f"page={deep}", "page=1000000000", *filters):
                with self.subTest(path=path, query=query):
                    plans = plans_of(partial(self.get, client, f"/api/admin/{path}/?{query}"))

                    self.assertLessEqual(len(plans), 5)
                    for plan in plans:
                        # Where there is much to count, counting ends early.
                        scanned = plan.scanned_beyond(MOST_COUNTED + 1) - FOLDED
                        self.assertEqual(scanned, set(), plan.statement)
                        self.assertLessEqual(plan.most_sorted, MOST_SORTED, plan.statement)

    def get(self, client: Client, path: str, *, most_bytes: int = 1_000_000) -> None:
        response = client.get(path)
        self.assertEqual(response.status_code, 200)
        self.assertLess(len(response.content), most_bytes)

    def test_pages_of_single_rows_hold_no_list_of_another_table(self) -> None:
        browser = self.browser(make_user(role=Role.SUPERADMIN))

        for model, row in self.rows.items():
            for page in ("change", "history"):
                path = address(model, page, row.pk)
                with self.subTest(path):
                    for plan in plans_of(partial(self.get, browser, path, most_bytes=40_000)):
                        self.assertEqual(scanned_by(plan), set(), plan.statement)


class PagingTests(AdminTestCase):
    def titles(self, page: Any) -> list[str]:
        return [row.name for row in page.context["cl"].result_list]

    def test_goes_down_to_the_end_and_back_up(self) -> None:
        tags = [make_tag(f"Tag {number:03}") for number in range(120)]
        expected = [tag.name for tag in reversed(tags)]
        browser = self.browser(make_user(role=Role.ADMIN))
        path = address(Tag)

        page = browser.get(path)
        self.assertIsNone(page.context["cl"].newer_url)
        down = [self.titles(page)]
        while url := page.context["cl"].older_url:
            page = browser.get(path + url)
            down.append(self.titles(page))
        up = [down[-1]]
        while url := page.context["cl"].newer_url:
            page = browser.get(path + url)
            up.insert(0, self.titles(page))

        self.assertEqual(list(chain(*down)), expected)
        self.assertEqual([len(titles) for titles in down], [50, 50, 20])
        self.assertEqual(list(chain(*up)), expected)

    def test_keeps_filter_and_search(self) -> None:
        for number in range(60):
            make_tag(f"Maths {number:02}")
        make_tag("Other")
        browser = self.browser(make_user(role=Role.ADMIN))

        page = browser.get(f"{address(Tag)}?q=Maths&state=live")
        page = browser.get(address(Tag) + page.context["cl"].older_url)

        self.assertEqual(len(self.titles(page)), 10)
        self.assertNotIn("Other", self.titles(page))

    def test_shows_what_is_deleted_as_well(self) -> None:
        live, deleted = make_tag("Live"), make_tag("Deleted")
        deleted.delete()
        browser = self.browser(make_user(role=Role.ADMIN))
        path = address(Tag)

        self.assertEqual(self.titles(browser.get(path)), [deleted.name, live.name])
        self.assertEqual(self.titles(browser.get(f"{path}?state=live")), [live.name])
        self.assertEqual(self.titles(browser.get(f"{path}?state=deleted")), [deleted.name])

    def test_finds_accounts_by_address_name_and_id(self) -> None:
        user = make_user(username="Ada_Lovelace", email="ada@example.org")
        browser = self.browser(make_user(role=Role.ADMIN))

        for term in ("ADA@", "ada@example.org", "ada_lovelace", "Ada_Lovelace", user.pk):
            with self.subTest(term):
                page = browser.get(address(User), {"q": str(term)})

                self.assertEqual(list(page.context["cl"].result_list), [user])
        page = browser.get(address(User), {"q": "%"})
        self.assertEqual(list(page.context["cl"].result_list), [])

    def test_long_texts_and_documents_stay_in_the_table(self) -> None:
        browser = self.browser(make_user(role=Role.ADMIN))
        make_rows("canary")

        for model, columns in ((Resource, ("description",)), (OutboxEvent, ("payload", "client"))):
            with CaptureQueriesContext(connection) as queries:
                browser.get(address(model))

            (statement,) = (
                query["sql"]
                for query in queries
                if f'FROM "{model._meta.db_table}"' in query["sql"]
            )
            for column in columns:
                self.assertNotIn(f'"{column}"', statement)
