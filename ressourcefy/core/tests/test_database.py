"""The database backend: kept connections, prepared statements, querysets as text."""

from typing import Any
from uuid import UUID

from django.db import connection
from django.test import SimpleTestCase, TransactionTestCase

from core.database.compiled import in_sql
from core.models import Tag
from core.tests.outbox_helpers import wait_until


def answer(here: Any, statement: str, *values: Any) -> Any:
    with here.cursor() as cursor:
        cursor.execute(statement, values)
        row = cursor.fetchone()
    return row and row[0]


class KeptConnectionTests(TransactionTestCase):
    def setUp(self) -> None:
        self.kept: Any = connection.copy()
        self.addCleanup(self.kept.close)
        self.pid = answer(self.kept, "SELECT pg_backend_pid()")

    def test_one_that_the_server_ended_is_replaced_before_the_next_statement(self) -> None:
        answer(connection, "SELECT pg_terminate_backend(%s)", self.pid)
        gone = "SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE pid = %s)"
        wait_until(lambda: answer(connection, gone, self.pid))

        # What Django does between two requests.
        self.kept.close_if_unusable_or_obsolete()

        self.assertNotEqual(answer(self.kept, "SELECT pg_backend_pid()"), self.pid)

    def test_one_that_is_silent_is_asked_nothing(self) -> None:
        answer(self.kept, "SELECT 'the last statement'")

        self.kept.close_if_unusable_or_obsolete()
        self.kept.close_if_health_check_failed()

        last = answer(connection, "SELECT query FROM pg_stat_activity WHERE pid = %s", self.pid)
        self.assertEqual(last, "SELECT 'the last statement'")
        self.assertTrue(self.kept.health_check_done)

    def test_statements_are_prepared_once_they_are_repeated(self) -> None:
        for number in range(4):
            with self.kept.prepared_cursor() as cursor:
                cursor.execute("SELECT %(number)s::int + 1", {"number": number})
                self.assertEqual(cursor.fetchone(), (number + 1,))

        count = answer(self.kept, "SELECT count(*) FROM pg_prepared_statements")
        self.assertEqual(count, 1)


class CompiledQuerysetTests(SimpleTestCase):
    def test_names_what_changes_and_writes_out_the_rest(self) -> None:
        somebody = UUID(int=5)
        tags = Tag.objects.filter(pk=somebody, name="100 % of 'C'").values("pk")

        text = in_sql(tags, tag=somebody)

        self.assertIn('"id" = %(tag)s', text)
        self.assertIn("\"name\" = '100 %% of ''C'''", text)
