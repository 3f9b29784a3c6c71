"""Fills a development database with people and content, and prints how to sign in."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from devtools.demo.accounts import DEMO_ACCOUNTS, DEMO_PASSWORD
from devtools.demo.seeding import seed_demo


class Command(BaseCommand):
    help = "Add demo accounts of every role and demo content. What is there stays as it is."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEBUG:
            raise CommandError(
                "seed_demo makes accounts whose password everybody knows: it needs "
                "DJANGO_DEBUG=True."
            )
        seeded = seed_demo()
        self.stdout.write(
            f"{seeded.accounts} demo accounts and {seeded.resources} demo resources added.\n"
        )
        if seeded.is_older:
            self.stdout.write(
                "There are demo accounts of an older version: the examples of /api/docs/ name "
                "others. To begin anew: make db-reset\n"
            )
        rows = [("E-mail", "Password", "Role", "What the account does")]
        for account in DEMO_ACCOUNTS:
            user = seeded.people[account.username]
            password = DEMO_PASSWORD if user.check_password(DEMO_PASSWORD) else "(changed)"
            rows.append((account.email, password, user.role, account.shows))
        widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
        for row in rows:
            cells = [f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)]
            self.stdout.write("  " + "  ".join(cells).rstrip())
