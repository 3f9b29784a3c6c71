"""Limits in Redis, and everything without it: it may be slow, silent, gone, and come back."""

import socket
import time
from datetime import timedelta
from functools import partial
from typing import Any
from unittest import mock

from django.conf import settings
from django.test import SimpleTestCase, TestCase, TransactionTestCase, override_settings

from core import shared_memory
from core.exceptions import TooManyRequests
from core.models import RateCounter
from core.services.limits import Hit, Limit, count, forget, give_back, try_count
from core.shared_memory import Availability, NoSharedMemory, ask_shared
from core.tests.races import at_once
from core.tests.redis_server import RedisServer, has_redis

LIMIT = Limit(name="test", most=5, window=timedelta(minutes=5))
SHORT = Limit(name="short", most=2, window=timedelta(milliseconds=200))
SUBJECT = "ana@example.org"


def ping(redis: Any) -> Any:
    return redis.ping()


class AvailabilityTests(SimpleTestCase):
    def setUp(self) -> None:
        self.enterContext(mock.patch.object(shared_memory, "availability", Availability()))

    def test_there_is_none_unless_one_is_named(self) -> None:
        with self.assertRaises(NoSharedMemory), self.assertNoLogs("core.shared_memory"):
            ask_shared(ping)

    def test_one_that_is_away_is_told_of_once_and_left_alone(self) -> None:
        with (
            override_settings(REDIS_URL="redis://127.0.0.1:1/0"),
            self.assertLogs("core.shared_memory") as logs,
        ):
            for _ in range(3):
                with self.assertRaises(NoSharedMemory):
                    ask_shared(ping)

        self.assertEqual([record.levelname for record in logs.records], ["WARNING"])

    def test_one_that_is_silent_is_waited_for_once(self) -> None:
        server = self.enterContext(socket.create_server(("127.0.0.1", 0)))
        server.setblocking(False)

        with (
            override_settings(REDIS_URL=f"redis://127.0.0.1:{server.getsockname()[1]}/0"),
            self.assertLogs("core.shared_memory"),
        ):
            for _ in range(3):
                with self.assertRaises(NoSharedMemory):
                    ask_shared(ping)

        server.accept()[0].close()
        with self.assertRaises(BlockingIOError):
            server.accept()

    def test_a_fault_of_the_question_is_none_of_the_server(self) -> None:
        with (
            override_settings(REDIS_URL="redis://127.0.0.1:1/0"),
            self.assertRaises(ZeroDivisionError),
        ):
            ask_shared(lambda redis: 1 // 0)


@override_settings(RATE_LIMIT_FACTOR=1)
class WithoutTests(TestCase):
    @override_settings(REDIS_URL="redis://127.0.0.1:1/0")
    def test_the_database_counts_while_redis_is_away(self) -> None:
        self.enterContext(mock.patch.object(shared_memory, "availability", Availability()))

        with self.assertLogs("core.shared_memory"):
            hits = [count(LIMIT, SUBJECT) for _ in range(5)]
            with self.assertRaises(TooManyRequests):
                count(LIMIT, SUBJECT)
            give_back(hits[:1])
            count(LIMIT, SUBJECT)
            forget(LIMIT, SUBJECT)

        self.assertEqual(RateCounter.objects.count(), 0)


@override_settings(RATE_LIMIT_FACTOR=1)
class RedisLimitTests(TransactionTestCase):
    """With a real one, where the system has one."""

    def test_counts_exactly_shares_gives_back_and_forgets(self) -> None:
        if not has_redis("counting limits in Redis"):
            return
        self.server = RedisServer(self)

        with self.assertNumQueries(0):
            hits = self.assert_is_exact_for_fifty_at_once()
            self.assert_gives_back(hits)
        self.assert_begins_anew_where_it_is_told_to()
        self.assert_forgets_after_the_window()
        self.assert_does_not_tell_whom_it_counts()
        self.assert_goes_on_without_it()

    def assert_is_exact_for_fifty_at_once(self) -> list[Hit]:
        results = at_once([partial(count, LIMIT, SUBJECT) for _ in range(50)])

        hits = [result for result in results if isinstance(result, Hit)]
        refusals = [result for result in results if isinstance(result, TooManyRequests)]
        self.assertEqual((len(hits), len(refusals), len(set(hits))), (5, 45, 5))
        for refusal in refusals:
            self.assertTrue(0 < (refusal.retry_after or 0) <= 300)
        return hits

    def assert_gives_back(self, hits: list[Hit]) -> None:
        give_back([hits[1], None, hits[3]])

        again = [try_count(LIMIT, SUBJECT) for _ in range(3)]
        self.assertEqual([counted.wait is None for counted in again], [True, True, False])

    def assert_begins_anew_where_it_is_told_to(self) -> None:
        forget(LIMIT, SUBJECT)

        self.assertIsNone(try_count(LIMIT, SUBJECT).wait)

    def assert_forgets_after_the_window(self) -> None:
        for _ in range(2):
            self.assertIsNone(try_count(SHORT, SUBJECT).wait)
        wait = try_count(SHORT, SUBJECT).wait
        self.assertTrue(wait is None or timedelta() < wait <= SHORT.window)
        deadline = time.monotonic() + 30
        while try_count(SHORT, SUBJECT).wait is not None:
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.01)

    def assert_does_not_tell_whom_it_counts(self) -> None:
        keys = str(ask_shared(lambda redis: redis.keys("*")))
        self.assertIn("ressourcefy:limit:", keys)
        self.assertNotIn("ana", keys)

    def assert_goes_on_without_it(self) -> None:
        self.server.stop()
        with self.assertLogs("core.shared_memory"):
            self.assertIsNone(try_count(LIMIT, SUBJECT).wait)
        self.assertEqual(RateCounter.objects.count(), 1)

        self.server.start()
        with (
            mock.patch.object(shared_memory.availability, "_ask_at", 0.0),
            self.assertLogs("core.shared_memory", "INFO") as logs,
        ):
            self.assertTrue(ask_shared(ping))
        self.assertEqual(logs.records[0].getMessage(), "Redis answers again")
        self.assertEqual(settings.REDIS_URL, self.server.url)
