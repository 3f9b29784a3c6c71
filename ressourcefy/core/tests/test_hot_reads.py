"""Reads that are kept: for a moment, made by one, and made all the same without the cache."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any
from unittest import mock

from django.conf import settings
from django.core.cache import caches
from django.core.cache.backends.redis import RedisCache
from django.test import SimpleTestCase, override_settings

from core import shared_memory
from core.services import hot_reads
from core.services.hot_reads import forget_hot_reads, kept_bytes
from core.shared_memory import Availability
from core.tests.races import at_once
from core.tests.redis_server import RedisServer, has_redis


class Source:
    """Says how often it was asked; while `gate` is closed it takes its time."""

    def __init__(self) -> None:
        self.times = 0
        self.asked, self.gate = threading.Event(), threading.Event()
        self.gate.set()

    def make(self) -> bytes:
        self.times += 1
        self.asked.set()
        self.gate.wait(30)
        return str(self.times).encode()


@override_settings(HOT_READ_SECONDS=2)
class HotReadTestCase(SimpleTestCase):
    def setUp(self) -> None:
        self.source = Source()
        # Whatever other tests have changed.
        self.enterContext(mock.patch.object(hot_reads, "_changed_at", 0.0))
        caches["hot"].clear()
        self.addCleanup(caches["hot"].clear)

    def ask(self) -> bytes:
        return kept_bytes("key", self.source.make)

    def let_time_pass(self, seconds: float) -> None:
        """Make what is kept so much older."""
        entry = caches["hot"].get("key")
        made_at = hot_reads._MADE_AT.unpack_from(entry)[0] - seconds
        rest = entry[hot_reads._MADE_AT.size :]
        caches["hot"].set("key", hot_reads._MADE_AT.pack(made_at) + rest, 60)


class AgeTests(HotReadTestCase):
    def test_is_made_once_for_a_moment(self) -> None:
        self.assertEqual([self.ask() for _ in range(3)], [b"1", b"1", b"1"])

    def test_is_made_anew_after_that(self) -> None:
        self.ask()
        self.let_time_pass(2)

        self.assertEqual([self.ask(), self.ask()], [b"2", b"2"])

    def test_keys_are_apart(self) -> None:
        self.ask()

        self.assertEqual(kept_bytes("other", self.source.make), b"2")

    @override_settings(HOT_READ_SECONDS=0)
    def test_is_made_each_time_where_it_is_switched_off(self) -> None:
        self.assertEqual([self.ask(), self.ask()], [b"1", b"2"])

    def test_what_this_process_has_changed_is_seen_in_it_at_once(self) -> None:
        self.ask()
        forget_hot_reads()

        self.assertEqual([self.ask(), self.ask()], [b"2", b"2"])

    def test_what_changed_while_it_was_made_is_not_given_again(self) -> None:
        def make() -> bytes:
            forget_hot_reads()
            return self.source.make()

        self.assertEqual(kept_bytes("key", make), b"1")
        self.assertEqual(self.ask(), b"2")

    def test_a_clock_that_was_set_back_switches_nothing_off(self) -> None:
        with mock.patch.object(time, "time", return_value=time.time() + 3_600):
            forget_hot_reads()

        self.assertEqual([self.ask(), self.ask()], [b"1", b"1"])

    def test_what_could_not_be_made_can_be_made_by_the_next(self) -> None:
        with self.assertRaises(ZeroDivisionError):
            kept_bytes("key", lambda: bytes(1 // 0))

        self.assertEqual(self.ask(), b"1")


class StampedeTests(HotReadTestCase):
    def test_thirty_who_find_none_wait_for_one(self) -> None:
        answers = at_once([self.ask] * 30)

        self.assertEqual(set(answers), {b"1"})

    def test_while_one_makes_it_anew_the_others_get_the_old_one(self) -> None:
        self.ask()
        self.let_time_pass(2)
        with self.being_made():
            self.assertEqual([self.ask() for _ in range(5)], [b"1"] * 5)

        self.assertEqual(self.ask(), b"2")

    def test_after_a_change_one_makes_it_anew_and_the_others_wait(self) -> None:
        with ThreadPoolExecutor(1) as beside:
            with self.being_made():
                forget_hot_reads()
                answers = beside.submit(at_once, [self.ask] * 10)

            self.assertEqual(set(answers.result()), {b"2"})

    def test_nobody_gets_what_is_twice_as_old(self) -> None:
        self.ask()
        self.let_time_pass(4)
        self.enterContext(mock.patch.object(hot_reads, "_PATIENCE_SECONDS", 0.05))
        with self.being_made():
            threading.Timer(0.1, self.source.gate.set).start()

            self.assertEqual(self.ask(), b"3")

    @contextmanager
    def being_made(self) -> Iterator[None]:
        """By somebody who does not get on with it inside the block."""
        self.source.asked.clear()
        self.source.gate.clear()
        maker = threading.Thread(target=self.ask)
        maker.start()
        self.assertTrue(self.source.asked.wait(30))
        try:
            yield
        finally:
            self.source.gate.set()
            maker.join()


class RedisTests(HotReadTestCase):
    """The cache that REDIS_URL brings, as settings/api.py makes it."""

    def use(self, address: str) -> None:
        options = {"serializer": "core.shared_memory.Bytes"} | settings.REDIS_OPTIONS
        cache: Any = RedisCache(address, {"OPTIONS": options, "KEY_PREFIX": "ressourcefy:hot"})
        self.enterContext(mock.patch.object(shared_memory, "availability", Availability()))
        self.enterContext(mock.patch.object(hot_reads, "caches", {"hot": cache}))

    def test_one_that_is_away_does_no_harm(self) -> None:
        self.use("redis://127.0.0.1:1/0")

        with self.assertLogs("core.shared_memory") as logs:
            answers = [self.ask() for _ in range(3)]

        self.assertEqual(answers, [b"1", b"2", b"3"])
        self.assertEqual(len(logs.records), 1)

    def test_keeps_bytes_for_all_processes(self) -> None:
        if not has_redis("keeping answers in Redis"):
            return
        server = RedisServer(self)
        self.use(server.url)

        answers = at_once([self.ask] * 20)
        self.use(server.url)
        answers += [self.ask()]

        self.assertEqual(set(answers), {b"1"})
        server.stop()
        with self.assertLogs("core.shared_memory"):
            self.assertEqual(self.ask(), b"2")
