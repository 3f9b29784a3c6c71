"""The two database roles: what `migrate` does with them, and what the application's may."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import DatabaseError, connection, models, transaction
from django.test import TransactionTestCase, tag
from django.utils import timezone

from application.dto.commands import EraseAccountsCommand
from application.tests.canary import hits, make_canary
from application.use_cases.erase_accounts import EraseAccounts
from audit.models import AuditLog
from core.services.audit import audit_change
from devtools.tests.roles import PRIVILEGES, Roles, connected_to, make_roles
from devtools.tests.servers import make_environment, run_manage
from monetization.models import Dispute, Payment, Refund, StripeCharge
from monetization.tests.factories import make_payment
from monetization.types import PaymentStatus, RefundStatus
from resources.models import ResourceVersion
from resources.tests.factories import make_resource, make_version
from users.models import User
from users.tests.factories import make_user

REFUSED = "42501"  # insufficient_privilege


def execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def refusal(act: Callable[[], object]) -> str:
    """The SQLSTATE that ended it; empty if it went through."""
    try:
        with transaction.atomic():
            act()
    except DatabaseError as error:
        return str(getattr(error.__cause__, "sqlstate", ""))
    return ""


class AppRoleTests(TransactionTestCase):
    """On the test's own database, with the role that `deploy/roles.sql` makes."""

    @contextmanager
    def as_app_role(self) -> Iterator[Roles]:
        roles = make_roles(self)
        self.addCleanup(execute, f"DROP OWNED BY {roles.app}")
        name = connection.settings_dict["NAME"]
        execute(f'REVOKE ALL ON DATABASE "{name}" FROM PUBLIC')
        execute(f'GRANT CONNECT ON DATABASE "{name}" TO {roles.app}')
        execute(PRIVILEGES.read_text().replace(':"app"', roles.app))
        with connected_to(USER=roles.app, PASSWORD=roles.password):
            yield roles

    def make_rows(self) -> tuple[AuditLog, Payment, Refund, ResourceVersion]:
        user = make_user()
        audit_change(entity=user, action=AuditLog.Action.UPDATE, actor=user)
        payment = make_payment(user)
        refund = Refund.objects.create(payment=payment, amount_cents=100)
        make_version(make_resource())
        return AuditLog.objects.get(), payment, refund, ResourceVersion.objects.get()

    def test_no_path_changes_or_removes_what_was_promised_to_stay(self) -> None:
        entry, payment, refund, version = self.make_rows()
        columns: dict[models.Model, tuple[str, object]] = {
            entry: ("entity_name", "Forged"),
            payment: ("amount_cents", 1),
            refund: ("amount_cents", 1),
            version: ("file_url", "https://evil.example/forged.pdf"),
        }
        with self.as_app_role():
            for row, (column, forged) in columns.items():
                manager, table = type(row)._base_manager, type(row)._meta.db_table
                setattr(row, column, forged)
                paths: dict[str, Callable[[], object]] = {
                    "save": row.save,
                    "update": lambda: manager.update(**{column: forged}),  # noqa: B023
                    "bulk_update": lambda: manager.bulk_update([row], [column]),  # noqa: B023
                    "update in SQL": lambda: execute(f"UPDATE {table} SET {column} = {column}"),  # noqa: B023
                    "delete": row.delete,
                    "queryset delete": lambda: manager.all().delete(),  # noqa: B023
                    "delete in SQL": lambda: execute(f"DELETE FROM {table}"),  # noqa: B023
                    "truncate": lambda: execute(f"TRUNCATE {table} CASCADE"),  # noqa: B023
                    "without triggers": lambda: execute(f"ALTER TABLE {table} DISABLE TRIGGER ALL"),  # noqa: B023
                    "drop": lambda: execute(f"DROP TABLE {table} CASCADE"),  # noqa: B023
                }
                for name, path in paths.items():
                    with self.subTest(table=table, path=name):
                        self.assertEqual(refusal(path), REFUSED)

        for row, (column, forged) in columns.items():
            kept = type(row)._base_manager.get(pk=row.pk)
            self.assertNotEqual(getattr(kept, column), forged)

    def test_has_no_way_around_the_triggers_and_no_ddl(self) -> None:
        with self.as_app_role() as roles:
            for statement in (
                "SET session_replication_role = replica",
                "CREATE TABLE mine (id int)",
                "CREATE TEMPORARY TABLE mine (id int)",
                "CREATE SCHEMA mine",
                "CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
                "ALTER TABLE users_user ADD COLUMN mine int",
                "CREATE INDEX mine ON users_user (email)",
                "DROP TRIGGER audit_log_immutable ON audit_auditlog",
                "CREATE ROLE mine",
                "UPDATE django_migrations SET name = name",
                "COPY users_user TO PROGRAM 'cat'",
            ):
                with self.subTest(statement=statement):
                    self.assertEqual(refusal(lambda: execute(statement)), REFUSED)  # noqa: B023
            # PostgreSQL answers this one with a warning.
            execute(f"GRANT UPDATE ON audit_auditlog TO {roles.app}")
            self.assertEqual(refusal(lambda: AuditLog.objects.update(object_id="")), REFUSED)

    def test_may_write_new_rows_and_how_a_payment_stands(self) -> None:
        user = make_user()
        with self.as_app_role():
            audit_change(entity=user, action=AuditLog.Action.UPDATE, actor=user)
            payment = make_payment(user)
            with transaction.atomic():
                Payment.objects.select_for_update().get(id=payment.id)
            payment.status = PaymentStatus.REFUNDED
            payment.receipt_url = "https://pay.stripe.com/receipts/1"
            payment.save(update_fields=["status", "receipt_url", "updated_at"])
            StripeCharge.objects.create(payment_intent="pi_1").save()
            Dispute.objects.create(stripe_dispute_id="du_1", payment_intent="pi_1").save()
            refund = Refund.objects.create(payment=payment, amount_cents=900)
            Refund.objects.filter(id=refund.id).update(status=RefundStatus.SUCCEEDED)
            make_version(make_resource())
            User.objects.filter(id=user.id).update(language="fr")

        self.assertEqual(Payment.objects.get().status, PaymentStatus.REFUNDED)
        self.assertEqual(AuditLog.objects.count(), 1)

    def test_may_erase_an_account_and_keeps_the_ledger(self) -> None:
        canary = make_canary()
        User.objects.filter(id=canary.user.id).update(deleted_at=timezone.now())
        with self.as_app_role():
            EraseAccounts().execute(EraseAccountsCommand(user_id=canary.user.id))

        self.assertEqual(hits(canary.personal), set())
        self.assertEqual(Payment.objects.get().user_id, canary.user.id)

    def test_every_statement_has_a_limit(self) -> None:
        with self.as_app_role(), connection.cursor() as cursor:
            cursor.execute(
                "SELECT name FROM pg_settings WHERE source = 'client' AND setting <> '0' "
                "AND name IN ('statement_timeout', 'lock_timeout', "
                "'idle_in_transaction_session_timeout')"
            )
            limits = cursor.fetchall()

        self.assertEqual(len(limits), 3)


@tag("slow")
class MigrateTests(TransactionTestCase):
    def test_migrates_and_prunes_as_the_owner_and_works_as_the_other(self) -> None:
        roles = make_roles(self)
        environment = make_environment(
            DATABASE_URL=roles.url(roles.app), DATABASE_OWNER_URL=roles.url(roles.owner)
        )

        migrated = run_manage(environment, "migrate", "--verbosity", "0")
        seeded = run_manage(environment, "seed_tags")
        pruned = run_manage(environment, "prune")
        again = run_manage(environment, "migrate")

        self.assertIn(f"The role {roles.app} has its privileges.", migrated)
        self.assertIn("No migrations to apply.", again)
        self.assertIn("tags", seeded)
        self.assertIn("outbox_events: 0 rows", pruned)
        with connected_to(NAME=roles.database), connection.cursor() as cursor:
            cursor.execute("SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'")
            self.assertEqual(cursor.fetchall(), [(roles.owner,)])
            cursor.execute(
                "SELECT has_table_privilege(%s, 'audit_auditlog', 'INSERT'), "
                "has_table_privilege(%s, 'audit_auditlog', 'UPDATE'), "
                "has_table_privilege(%s, 'users_user', 'UPDATE')",
                [roles.app] * 3,
            )
            self.assertEqual(cursor.fetchone(), (True, False, True))

    def test_without_an_owner_it_is_django_s_own(self) -> None:
        output = run_manage(make_environment(), "migrate")

        self.assertIn("No migrations to apply.", output)
        self.assertNotIn("privileges", output)
