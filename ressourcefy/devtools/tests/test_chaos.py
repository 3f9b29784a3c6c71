"""`make chaos` scaled down, and that it notices a missed bar.

R1 is in R2.
"""

import fcntl
import io
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from unittest import TestCase
from unittest.mock import patch

from django.core.management import CommandError, call_command
from django.test import SimpleTestCase, TransactionTestCase, override_settings, tag

from devtools.chaos.bars import Findings, Proof
from devtools.chaos.proofs import PROOFS
from devtools.chaos.stage import Process, Stage, wait_until
from devtools.environment import PROJECT
from devtools.postgres import cluster_for_chaos
from devtools.tests.factories import make_directory

UNSET = ("DATABASE_URL", "DJANGO_SECRET_KEY", "RESSOURCEFY_SHARED_TEST_SERVER")


def chaos(test: TestCase, *options: str) -> subprocess.CompletedProcess[str]:
    """Run the command with a database cluster of its own."""
    environment = {name: value for name, value in os.environ.items() if name not in UNSET}
    return subprocess.run(
        [sys.executable, "manage.py", "chaos", *options],
        cwd=PROJECT,
        env={
            **environment,
            "DJANGO_DEBUG": "True",
            "DJANGO_SETTINGS_MODULE": "ressourcefy.settings",
            "RESSOURCEFY_DATA_DIR": str(make_directory(test)),
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


class ScaledDownTests(TestCase):
    def assert_reaches_every_bar(self, *names: str) -> None:
        done = chaos(self, *names, "--scale=0.05")

        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        for name in names:
            self.assertIn(f"\n{name} {PROOFS[name].title}", done.stdout)
        self.assertNotIn("MISSED", done.stdout)


@tag("slow")
class WorkerProofTests(ScaledDownTests):
    def test_workers_and_the_database_can_be_killed_frozen_and_set_wrong(self) -> None:
        """R2: 50 events, 2 SIGKILL, 1 SIGTERM, 2 restarts (full: 1,000, 40, 10, 2). R5: 20 mails,
        45 min (full: 200, 6 h). R6: 8 events (full: 40). R18: 40 events, clocks 10 min off (full:
        200)."""
        self.assert_reaches_every_bar("R2", "R5", "R6", "R18")


@tag("slow")
class ServerProofTests(ScaledDownTests):
    def test_growth_a_full_disk_scarce_connections_and_a_deployment_are_survived(self) -> None:
        """R7: 50,000 finished events (full: 1,000,000). R14: 20 requests at once (full: 100), 5
        connections left. R17: 5 requests (full: 20). R19: 1 deployment under 20 requests a second
        (full: 10)."""
        self.assert_reaches_every_bar("R7", "R14", "R17", "R19")


class FindingsTests(SimpleTestCase):
    def test_are_good_where_every_bar_is_reached(self) -> None:
        findings = Findings("some load")
        findings.exactly("lost", 0, 0)
        findings.at_most("time", 10, 10, " s")
        findings.at_least("rate", 20, 20)

        self.assertTrue(findings.are_good)

    def test_are_not_good_where_one_is_missed_or_there_is_none(self) -> None:
        for miss in (
            lambda findings: findings.exactly("lost", 1, 0),
            lambda findings: findings.at_most("time", 10.1, 10),
            lambda findings: findings.at_least("rate", 19.9, 20),
        ):
            findings = Findings("some load")
            findings.exactly("stuck", 0, 0)
            miss(findings)

            self.assertFalse(findings.are_good)
        self.assertFalse(Findings("nothing measured").are_good)

    def test_judge_durations_in_full_runs_only(self) -> None:
        for is_full in (True, False):
            findings = Findings("some load", is_full=is_full)
            findings.exactly("lost", 0, 0)
            findings.in_time("time", 10.1, 10)

            self.assertEqual(findings.are_good, not is_full)


class ProcessTests(TestCase):
    def test_hits_nobody_who_got_its_number_after_it_ended(self) -> None:
        directory = make_directory(self)
        process = Process([sys.executable, "-c", ""], os.environ, directory / "log")
        process.popen.wait()
        bystander = subprocess.Popen(
            [sys.executable, "-c", "input()"], stdin=subprocess.PIPE, start_new_session=True
        )
        # What the system does once its numbers have gone round.
        process.popen.pid = bystander.pid

        process.close()

        bystander.communicate(b"\n")
        self.assertEqual(bystander.returncode, 0)

    def test_leaves_nothing_behind_that_it_started(self) -> None:
        directory = make_directory(self)
        sleeper = "import time; time.sleep(60)"
        process = Process([sys.executable, "-c", sleeper], os.environ, directory / "log")

        process.close()

        self.assertIsNotNone(process.popen.returncode)


class MissedBarTests(TransactionTestCase):
    """Proofs that end badly, played on the database of this test."""

    def play(self, run: Callable[[Stage, float], Findings]) -> tuple[str, str]:
        """What the command shows of such a proof, and what it fails with."""
        output, place = io.StringIO(), {"RESSOURCEFY_DATA_DIR": str(make_directory(self))}
        with (
            patch.dict(PROOFS, {"R0": Proof("R0", "Nothing works", run)}, clear=True),
            patch.dict(os.environ, place),
            override_settings(DEBUG=True, DATABASE_URL=cluster_for_chaos().url),
            self.assertRaises(CommandError) as failure,
        ):
            call_command("chaos", stdout=output)
        return output.getvalue(), str(failure.exception)

    def test_is_shown_and_fails_the_run(self) -> None:
        def lose_one(stage: Stage, share: float) -> Findings:
            findings = Findings("some load")
            findings.exactly("lost", 1, 0)
            findings.exactly("doubled", 0, 0)
            return findings

        shown, failure = self.play(lose_one)

        self.assertEqual(failure, "Missed: R0.")
        self.assertRegex(shown, r"MISSED lost +1 +=+ 0")
        self.assertRegex(shown, r"ok +doubled +0")

    def test_is_what_never_happens(self) -> None:
        def wait_in_vain(stage: Stage, share: float) -> Findings:
            wait_until(lambda: False, "the impossible", seconds=0.05)
            raise AssertionError

        shown, failure = self.play(wait_in_vain)

        self.assertEqual(failure, "Missed: R0.")
        self.assertIn("not within 0.05 s: the impossible", shown)


class CommandTests(SimpleTestCase):
    @override_settings(DEBUG=True, DATABASE_URL="postgres://app@db.example.com/app")
    def test_touches_no_database_but_its_own(self) -> None:
        with self.assertRaisesRegex(CommandError, "needs the embedded one"):
            call_command("chaos")

    def test_names_the_proofs_that_there_are(self) -> None:
        with self.on_its_own_cluster(), self.assertRaisesRegex(CommandError, "no R99: R1, R2"):
            call_command("chaos", "R1", "R99")

    def test_runs_once_at_a_time(self) -> None:
        with self.on_its_own_cluster():
            lock = cluster_for_chaos().place.directory / "chaos.lock"
            with lock.open("w") as other, self.assertRaisesRegex(CommandError, "runs already"):
                fcntl.flock(other, fcntl.LOCK_EX)
                call_command("chaos", "R1")

    @contextmanager
    def on_its_own_cluster(self) -> Iterator[None]:
        """As far as names and files go: no server is started."""
        place = {"RESSOURCEFY_DATA_DIR": str(make_directory(self))}
        with (
            patch.dict(os.environ, place),
            override_settings(DEBUG=True, DATABASE_URL=cluster_for_chaos().url),
        ):
            yield

    @override_settings(DEBUG=False)
    def test_does_not_exist_for_production(self) -> None:
        with self.assertRaisesRegex(CommandError, "needs the embedded one"):
            call_command("chaos")
