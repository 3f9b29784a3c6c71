"""Migrations go forward, change nothing the second time, and go back without leaving a trace."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
from django.conf import settings
from django.db import connection
from django.test import TransactionTestCase, tag
from psycopg.conninfo import make_conninfo

PROJECT = Path(__file__).resolve().parents[2]

# Whatever a migration can leave in a schema.
CATALOGUE = """
SELECT 'table', relname::text, pg_get_expr(relpartbound, oid) FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'S', 'v')
UNION ALL SELECT 'index', indexname::text, indexdef FROM pg_indexes WHERE schemaname = 'public'
UNION ALL SELECT 'constraint', conname::text, pg_get_constraintdef(oid) FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace
UNION ALL SELECT 'trigger', tgname::text, pg_get_triggerdef(oid) FROM pg_trigger
    WHERE NOT tgisinternal
UNION ALL SELECT 'function', proname::text, prosrc FROM pg_proc
    WHERE pronamespace = 'public'::regnamespace
ORDER BY 1, 2, 3
"""


@tag("slow")
class MigrationTests(TransactionTestCase):
    """In a database of their own, through the real command."""

    def setUp(self) -> None:
        self.name = f"migrations_{uuid4().hex[:12]}"
        with connection.cursor() as cursor:
            cursor.execute(f'CREATE DATABASE "{self.name}"')
        self.addCleanup(self.drop)

    def drop(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f'DROP DATABASE "{self.name}" WITH (FORCE)')

    def migrate(self, *arguments: str) -> str:
        here = connection.settings_dict
        host, port = here["HOST"].replace("/", "%2F"), here["PORT"] or ""
        account = ":".join(filter(None, (here["USER"], here["PASSWORD"])))
        outcome = subprocess.run(
            [sys.executable, "manage.py", "migrate", *arguments],
            cwd=PROJECT,
            env=os.environ
            | {
                "DJANGO_DEBUG": "True",
                "DJANGO_SETTINGS_MODULE": "ressourcefy.settings",
                "DATABASE_URL": f"postgres://{account}@{host}:{port}/{self.name}",
            },
            capture_output=True,
            text=True,
            check=False,
        )
        self.assertEqual(outcome.returncode, 0, outcome.stderr)
        return outcome.stdout

    def connect(self) -> "psycopg.Connection[tuple[Any, ...]]":
        parameters = connection.get_connection_params()
        known = {
            key: parameters[key]
            for key in ("host", "port", "user", "password")
            if key in parameters
        }
        return psycopg.connect(make_conninfo(**known, dbname=self.name))

    def catalogue(self) -> list[tuple[Any, ...]]:
        with self.connect() as fresh:
            return fresh.execute(CATALOGUE).fetchall()

    def accounts(self) -> int:
        with self.connect() as fresh:
            (count,) = fresh.execute("SELECT count(*) FROM users_user").fetchone() or (-1,)
            return int(count)

    def test_forward_twice_back_and_forward_again(self) -> None:
        self.migrate()
        complete = self.catalogue()
        self.assertTrue(any(kind == "trigger" for kind, *_ in complete))
        self.assertEqual(self.accounts(), 0, "nobody has an account that nobody made")

        self.assertIn("No migrations to apply", self.migrate())
        self.assertEqual(self.catalogue(), complete)

        # The first takes along whatever depends on it.
        for app in settings.DOMAIN_APPS:
            if any(name.startswith(f"{app}_") for _kind, name, _definition in self.catalogue()):
                self.migrate(app, "zero")
        ours = tuple(f"{app}_" for app in settings.DOMAIN_APPS)
        left = [entry for entry in self.catalogue() if entry[1].startswith(ours)]
        self.assertEqual(left, [])
        self.assertEqual(
            [entry for entry in self.catalogue() if entry[0] in ("trigger", "function")], []
        )

        self.migrate()
        self.assertEqual(self.catalogue(), complete)
