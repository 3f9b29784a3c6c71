"""The two database roles of production in tests, under names of their own."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from unittest import TestCase
from urllib.parse import quote, urlsplit

from django.conf import settings
from django.db import connection

from devtools.postgres import CHECKOUT

_ROLES = CHECKOUT / "deploy" / "roles.sql"
PRIVILEGES = CHECKOUT / "deploy" / "privileges.sql"


@dataclass(frozen=True)
class Roles:
    """An owner, an application's role and a database, all made by `deploy/roles.sql`."""

    owner: str
    app: str
    database: str
    password: str

    def url(self, role: str) -> str:
        """The address of the database for one of the two."""
        given = urlsplit(settings.DATABASE_URL)
        place = given.netloc.rpartition("@")[2]
        who = f"{role}:{quote(self.password, safe='')}"
        return given._replace(netloc=f"{who}@{place}", path=f"/{self.database}").geturl()


def make_roles(test: TestCase) -> Roles:
    """Run `deploy/roles.sql` under new names; all is dropped after the test."""
    suffix = secrets.token_hex(4)
    roles = Roles(
        owner=f"ressourcefy_owner_{suffix}",
        app=f"ressourcefy_app_{suffix}",
        database=f"ressourcefy_{suffix}",
        password=secrets.token_urlsafe(16),
    )
    text = "\n".join(line for line in _ROLES.read_text().splitlines() if not line.startswith("--"))
    text = text.replace("ressourcefy_owner", roles.owner).replace("ressourcefy_app", roles.app)
    text = text.replace("DATABASE ressourcefy ", f"DATABASE {roles.database} ")
    test.addCleanup(_drop, roles)
    with connection.cursor() as cursor:
        for statement in filter(str.strip, text.split(";")):
            cursor.execute(statement)
        for role in (roles.owner, roles.app):
            cursor.execute(f"ALTER ROLE {role} PASSWORD '{roles.password}'")
    return roles


def _drop(roles: Roles) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {roles.database} WITH (FORCE)")
        for role in (roles.app, roles.owner):
            cursor.execute(f"DROP ROLE IF EXISTS {role}")


@contextmanager
def connected_to(**changed: Any) -> Iterator[None]:
    """The default connection with other settings (USER, PASSWORD, NAME) inside the block."""
    before = dict(connection.settings_dict)
    connection.close()
    connection.settings_dict.update(changed)
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.update(before)
