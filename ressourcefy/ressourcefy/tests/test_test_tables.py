"""What a test leaves behind that committed: nothing, and what migrations had put there."""

import os
import sys
import unittest
from typing import Any
from unittest.mock import patch

from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test import TestCase, TransactionTestCase, tag

from core.models import Tag
from resources.models import ResourceVersion
from resources.tests.factories import make_resource, make_version
from ressourcefy import test_tables
from ressourcefy.test_runner import SLOW, SlowestFirstSuite
from ressourcefy.test_tables import empty_tables
from users.models import User
from users.tests.factories import make_tag


def file_of(table: str) -> int:
    """The number of the file that holds a table; truncating makes a new one."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_relation_filenode(%s)", [table])
        return int(cursor.fetchone()[0])


class EmptyTablesTests(TransactionTestCase):
    def test_deletes_what_even_triggers_protect_and_makes_no_new_files(self) -> None:
        make_version(make_resource(), "https://files.example.org/a")
        before = file_of("users_user")

        empty_tables(self)

        self.assertFalse(User.all_objects.exists() or ResourceVersion.objects.exists())
        self.assertEqual(file_of("users_user"), before)

    def test_gives_a_table_that_became_large_a_new_file(self) -> None:
        make_tag()
        before = file_of("core_tag")

        with patch.object(test_tables, "LARGE_BYTES", 0):
            empty_tables(self)

        self.assertFalse(Tag.objects.exists())
        self.assertNotEqual(file_of("core_tag"), before)

    def test_brings_back_what_migrations_had_put_there(self) -> None:
        before = sorted(ContentType.objects.values_list("app_label", "model"))
        ContentType.objects.filter(app_label="users").delete()

        empty_tables(self)

        self.assertEqual(sorted(ContentType.objects.values_list("app_label", "model")), before)

    def test_works_for_a_role_that_may_not_switch_triggers_off(self) -> None:
        make_version(make_resource(), "https://files.example.org/a")
        role, owner = f"plain_{os.getpid()}", connection.settings_dict["USER"]
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE ROLE {role}; GRANT {owner} TO {role}; SET ROLE {role}")

        empty_tables(self)

        with connection.cursor() as cursor:
            cursor.execute(f"RESET ROLE; DROP ROLE {role}")
        self.assertFalse(ResourceVersion.objects.exists())


class RollsBack(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        make_tag()

    def passes(self) -> None:
        """Run by the tests below, never by discovery."""


class LargeFilesTests(TransactionTestCase):
    def run_class_that_rolls_back(self) -> None:
        result = unittest.TestResult()
        unittest.TestSuite([RollsBack("passes")]).run(result)
        self.assertTrue(result.wasSuccessful(), result.errors)

    def test_go_with_the_rows_that_a_class_rolls_back(self) -> None:
        before = {table: file_of(table) for table in ("core_tag", "django_content_type")}

        with patch.object(test_tables, "LARGE_BYTES", 0):
            self.run_class_that_rolls_back()

        self.assertNotEqual(file_of("core_tag"), before["core_tag"])
        self.assertEqual(file_of("django_content_type"), before["django_content_type"])
        self.assertTrue(ContentType.objects.exists())

    def test_are_those_above_a_size(self) -> None:
        before = file_of("core_tag")

        self.run_class_that_rolls_back()

        self.assertEqual(file_of("core_tag"), before)


class Quick(unittest.TestCase):
    def passes(self) -> None:
        """Run by nobody."""


@tag(SLOW)
class Slow(Quick):
    pass


class SlowestFirstSuiteTests(unittest.TestCase):
    def test_begins_with_classes_that_are_tagged(self) -> None:
        quick, other, slow = (unittest.TestSuite([kind("passes")]) for kind in (Quick, Quick, Slow))

        self.assertEqual(list(SlowestFirstSuite([quick, slow, other], 2)), [slow, quick, other])

    def test_keeps_classes_together_that_their_module_prepares_something_for(self) -> None:
        first, second = unittest.TestSuite([Quick("passes")]), unittest.TestSuite([Slow("passes")])

        with patch.object(sys.modules[__name__], "setUpModule", create=True):
            suites: list[Any] = list(SlowestFirstSuite([first, second], 2))

        self.assertEqual([list(suite) for suite in suites], [[Quick("passes"), Slow("passes")]])
