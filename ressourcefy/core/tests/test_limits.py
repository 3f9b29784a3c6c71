"""Counters of limits: exact, forgetful, and silent about whom they are about."""

import io
from datetime import timedelta
from functools import partial

from django.core.management import call_command
from django.db import connection
from django.test import TestCase, TransactionTestCase, override_settings

from core.exceptions import TooManyRequests
from core.models import RateCounter
from core.services.limits import Hit, Limit, count, forget, give_back, try_count
from core.tests.limit_helpers import let_time_pass
from core.tests.races import at_once

LIMIT = Limit(name="test", most=5, window=timedelta(minutes=5))
SUBJECT = "ana@example.org"


def refusal_of(subject: str = SUBJECT) -> TooManyRequests:
    """What one more try is refused with."""
    try:
        count(LIMIT, subject)
    except TooManyRequests as error:
        return error
    raise AssertionError("The try was not refused.")


@override_settings(RATE_LIMIT_FACTOR=1)
class CountTests(TestCase):
    def use_up(self, subject: str = SUBJECT) -> list[Hit | None]:
        return [count(LIMIT, subject) for _ in range(LIMIT.most)]

    def test_allows_so_many_and_refuses_the_next(self) -> None:
        self.use_up()

        refusal = refusal_of()

        self.assertEqual((refusal.code, refusal.retry_after), ("throttled", 300))
        self.assertEqual(refusal.message, "Too many attempts. Try again in 5 min.")

    def test_takes_one_statement(self) -> None:
        for expected in ("counted", "counted", "refused"):
            with self.subTest(expected), self.assertNumQueries(1):
                try_count(Limit(name="two", most=2, window=LIMIT.window), SUBJECT)

    def test_counts_subjects_and_limits_apart(self) -> None:
        self.use_up()

        count(LIMIT, "ben@example.org")
        count(LIMIT, SUBJECT, "203.0.113.7")
        count(Limit(name="other", most=5, window=LIMIT.window), SUBJECT)

        self.assertEqual(RateCounter.objects.count(), 4)

    def test_forgets_each_try_after_the_window(self) -> None:
        """Not all at once: no stretch of five minutes has more than five."""
        count(LIMIT, SUBJECT)
        let_time_pass(timedelta(minutes=4))
        for _ in range(4):
            count(LIMIT, SUBJECT)

        self.assertLessEqual(refusal_of().retry_after or 0, 60)
        let_time_pass(timedelta(minutes=1))
        count(LIMIT, SUBJECT)
        self.assertGreater(refusal_of().retry_after or 0, 180)

    def test_does_not_count_what_it_refuses(self) -> None:
        self.use_up()
        for _ in range(20):
            refusal_of()

        let_time_pass(LIMIT.window)

        self.use_up()

    def test_gives_back_what_did_not_matter(self) -> None:
        hits = self.use_up()

        give_back([hits[1], None, hits[3]])

        count(LIMIT, SUBJECT)
        count(LIMIT, SUBJECT)
        refusal_of()

    def test_begins_anew_where_it_is_told_to(self) -> None:
        self.use_up()

        forget(LIMIT, SUBJECT)

        self.use_up()

    def test_keeps_no_more_times_than_it_needs(self) -> None:
        for _ in range(3):
            self.use_up()
            let_time_pass(LIMIT.window)
        count(LIMIT, SUBJECT)

        self.assertEqual(len(RateCounter.objects.get().hits), 1)

    def test_does_not_tell_whom_a_row_is_about(self) -> None:
        self.use_up()
        other_key = Limit(name="test.other", most=1, window=LIMIT.window)
        count(other_key, SUBJECT)

        with connection.cursor() as cursor:
            cursor.execute("SELECT counter::text FROM core_ratecounter AS counter")
            rows = " ".join(text for (text,) in cursor.fetchall())
        self.assertNotIn("ana", rows)
        self.assertNotIn("example", rows)
        with override_settings(SECRET_KEY="another key of the same kind, as long as it has to be"):
            count(LIMIT, SUBJECT)
        self.assertEqual(RateCounter.objects.count(), 3)

    @override_settings(RATE_LIMIT_FACTOR=3)
    def test_can_be_widened(self) -> None:
        for _ in range(3):
            self.use_up()

        refusal_of()

    @override_settings(RATE_LIMIT_FACTOR=0)
    def test_can_be_switched_off(self) -> None:
        with self.assertNumQueries(0):
            hits = [count(LIMIT, SUBJECT) for _ in range(50)]
            give_back(hits)

        self.assertEqual(set(hits), {None})


@override_settings(RATE_LIMIT_FACTOR=1)
class PruneCountersTests(TestCase):
    def test_removes_what_says_nothing_any_more(self) -> None:
        count(LIMIT, "old")
        let_time_pass(LIMIT.window + timedelta(days=1, minutes=1))
        count(LIMIT, "young")
        let_time_pass(timedelta(hours=23))

        call_command("prune", only="rate_counters", pause=0.0, stdout=io.StringIO())

        self.assertEqual(RateCounter.objects.count(), 1)


@override_settings(RATE_LIMIT_FACTOR=1)
class CountRaceTests(TransactionTestCase):
    def test_is_exact_for_fifty_at_once(self) -> None:
        results = at_once([partial(count, LIMIT, SUBJECT) for _ in range(50)])

        hits = [result for result in results if isinstance(result, Hit)]
        refusals = [result for result in results if isinstance(result, TooManyRequests)]
        self.assertEqual((len(hits), len(refusals)), (5, 45))
        self.assertEqual(len(set(hits)), 5)
        self.assertEqual(RateCounter.objects.get().hits, sorted(hit.at for hit in hits))
        for refusal in refusals:
            self.assertTrue(0 < (refusal.retry_after or 0) <= 300)
