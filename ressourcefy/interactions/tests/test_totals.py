"""Totals of dashboards are exact, whatever path wrote, and under concurrent writes and folds."""

import random
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from io import StringIO

from django.core.management import call_command
from django.db import connection, connections
from django.test import TestCase, TransactionTestCase
from django.utils import timezone

from core.models import Tally
from core.services.tallies import fold_tallies, totals
from core.tests.races import at_once
from interactions.services.recount_totals import recount_totals
from monetization.models import Payment, Subscription
from monetization.tests.factories import make_payment, make_subscription
from monetization.types import PaymentStatus
from resources.models import Resource
from resources.tests.factories import make_resource
from resources.types import Visibility
from users.models import RoleRequest, User
from users.tests.factories import make_user
from users.types import Role, RoleRequestStatus


def users() -> dict[str, int]:
    """The totals of accounts that are not 0."""
    return {name: number for name, number in totals("users").items() if number}


class TotalsTests(TestCase):
    def test_follow_accounts_on_every_path(self) -> None:
        first, second = make_user(), make_user()
        self.assertEqual(users(), {"USER/active/activated": 2})

        User.objects.filter(pk=first.pk).update(is_activated=False)
        self.assertEqual(users(), {"USER/active/activated": 1, "USER/active/unactivated": 1})

        second.assign_role(Role.ADMIN)
        second.save()
        self.assertEqual(users(), {"ADMIN/active/activated": 1, "USER/active/unactivated": 1})

        first.delete()
        with connection.cursor() as cursor:
            cursor.execute("UPDATE users_user SET is_active = false WHERE id = %s", [second.pk])
        self.assertEqual(users(), {"ADMIN/inactive/activated": 1})

        User.all_objects.filter(pk=first.pk).update(deleted_at=None)
        self.assertEqual(users(), {"ADMIN/inactive/activated": 1, "USER/active/unactivated": 1})

        User.objects.bulk_create(User(email=f"{n}@example.org") for n in range(3))
        self.assertEqual(users()["USER/active/unactivated"], 4)
        self.assertEqual(recount_totals(repair=False), {})

    def test_what_totals_do_not_tell_apart_adds_no_row(self) -> None:
        user, resource = make_user(), make_resource()
        before = Tally.objects.count()

        User.objects.filter(pk=user.pk).update(last_login=timezone.now(), token_version=3)
        Resource.objects.filter(pk=resource.pk).update(title="Another", upvotes=5)

        self.assertEqual(Tally.objects.count(), before)

    def test_follow_resources(self) -> None:
        resource = make_resource()
        make_resource(author=resource.author, visibility=Visibility.PRIVATE)
        Resource.objects.filter(pk=resource.pk).update(
            visibility=Visibility.PREMIUM, price_cents=900
        )
        self.assertEqual(totals("resources"), {"public": 0, "premium": 1, "private": 1})

        resource.refresh_from_db()
        resource.delete()
        self.assertEqual(totals("resources"), {"public": 0, "premium": 0, "private": 1})
        self.assertEqual(recount_totals(repair=False), {})

    def test_follow_money_by_currency_and_net_of_refunds(self) -> None:
        user = make_user()
        payment = make_payment(user, amount_cents=2_000)
        make_payment(user, amount_cents=700, currency="EUR")
        make_payment(user, amount_cents=5_000, status=PaymentStatus.PENDING)
        self.assertEqual(totals("revenue"), {"USD": 2_000, "EUR": 700})

        Payment.objects.filter(pk=payment.pk).update(amount_refunded=500)
        self.assertEqual(totals("revenue")["USD"], 1_500)

        Payment.objects.filter(pk=payment.pk).update(
            amount_refunded=2_000, status=PaymentStatus.REFUNDED
        )
        Payment.objects.filter(status=PaymentStatus.PENDING).update(status=PaymentStatus.FAILED)
        self.assertEqual(totals("revenue"), {"USD": 0, "EUR": 700})
        self.assertEqual(recount_totals(repair=False), {})

    def test_follow_requests_for_roles(self) -> None:
        user = make_user()
        requests = [
            RoleRequest.objects.create(
                user=user, requested_role=Role.CONTRIBUTOR, status=RoleRequestStatus.REJECTED
            )
            for _ in range(3)
        ]
        RoleRequest.objects.filter(pk=requests[0].pk).delete()
        RoleRequest.objects.filter(pk=requests[1].pk).update(reason="Please.")

        self.assertEqual(totals("role-requests"), {"all": 2})
        self.assertEqual(recount_totals(repair=False), {})

    def test_follow_subscriptions(self) -> None:
        user = make_user()
        for _ in range(2):
            make_subscription(user)
        Subscription.objects.filter(pk=make_subscription(user).pk).delete()

        self.assertEqual(totals("subscriptions"), {"all": 2})

    def test_folding_changes_no_total(self) -> None:
        for _ in range(5):
            make_user()
        make_payment(make_user(), amount_cents=900)
        before = totals("users", "revenue")

        self.assertTrue(fold_tallies(few=0))

        self.assertEqual(totals("users", "revenue"), before)
        self.assertEqual(Tally.objects.filter(name__startswith="users/").count(), 1)
        self.assertFalse(fold_tallies(), "a few rows are left alone")


class RecountTotalsTests(TestCase):
    def test_reports_and_repairs_drift(self) -> None:
        make_user()
        Tally.objects.create(name="users/USER/active/activated", number=4)
        Tally.objects.create(name="revenue/EUR", number=-100)

        reported, screen = recount_totals(repair=False), StringIO()
        with self.assertRaises(SystemExit):
            call_command("recount", "--repair", stdout=screen)

        self.assertEqual(reported, {"users/USER/active/activated": -4, "revenue/EUR": 100})
        self.assertIn("total users/USER/active/activated: off by 4, repaired", screen.getvalue())
        self.assertEqual(users(), {"USER/active/activated": 1})
        self.assertEqual(recount_totals(repair=False), {})

    def test_the_command_is_content_without_drift(self) -> None:
        make_user()
        screen = StringIO()

        call_command("recount", stdout=screen)

        self.assertIn("totals: 0 wrong", screen.getvalue())


class ConcurrentTotalsTests(TransactionTestCase):
    """6 writers with 30 writes each, while two fold."""

    def test_no_drift_after_a_storm_of_writes_and_folds(self) -> None:
        author = make_user()

        def write(number: int) -> None:
            choose = random.Random(number)
            mine = [make_user() for _ in range(2)]
            try:
                for _ in range(30):
                    self.write_once(choose, choose.choice(mine), author)
            finally:
                connections.close_all()

        def fold(_number: int) -> None:
            try:
                for _ in range(40):
                    fold_tallies(few=0)
            finally:
                connections.close_all()

        with ThreadPoolExecutor(8) as pool:
            jobs = [pool.submit(write, number) for number in range(6)]
            jobs += [pool.submit(fold, number) for number in range(2)]
            for job in jobs:
                job.result()

        self.assertEqual(recount_totals(repair=False), {})
        self.assertEqual(sum(users().values()), User.objects.count())

    def write_once(self, choose: random.Random, user: User, author: User) -> None:
        match choose.randrange(5):
            case 0:
                active = choose.random() < 0.5
                User.all_objects.filter(pk=user.pk).update(is_active=active)
            case 1:
                User.all_objects.filter(pk=user.pk).update(
                    deleted_at=choose.choice([None, timezone.now()])
                )
            case 2:
                make_resource(author=author)
            case 3:
                resource = Resource.objects.order_by("?").first()
                if resource is not None:
                    resource.delete()
            case 4:
                make_payment(user, amount_cents=choose.randrange(1, 1_000))

    def test_two_that_repair_at_once_do_not_repair_twice(self) -> None:
        make_user()
        fold_tallies(few=0)
        Tally.objects.create(name="users/USER/active/activated", number=5)

        at_once([partial(recount_totals, repair=True) for _ in range(2)])

        self.assertEqual(users(), {"USER/active/activated": 1})
