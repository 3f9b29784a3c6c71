"""Programs that live and end together: whatever happens, none is left behind."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from unittest import TestCase

from devtools.environment import PROJECT
from devtools.supervisor import Program, Supervisor, caught_signals
from devtools.tests.factories import (
    PATIENCE_SECONDS,
    is_alive,
    make_directory,
    start_process,
    wait_until,
)

# Writes its number to a file, then does what its second argument says until it is stopped.
CHILD = """
import os, signal, subprocess, sys, time
from devtools.environment import follow_lifeline
directory, behaviour, name = sys.argv[1:]
if behaviour == "finishes":
    def finish(number, frame):
        time.sleep(0.5)
        open(f"{directory}/finished", "w").close()
        sys.exit(0)
    signal.signal(signal.SIGTERM, finish)
elif behaviour == "stays":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
elif behaviour == "has-child":
    child = subprocess.Popen(["sleep", "600"])
    open(f"{directory}/{name}-child.pid", "w").write(str(child.pid))
elif behaviour == "fails":
    print("out of order", flush=True)
    sys.exit(7)
follow_lifeline()
open(f"{directory}/{name}.pid", "w").write(str(os.getpid()))
print("ready", flush=True)
time.sleep(600)
"""

SUPERVISE = """
import os, sys
from pathlib import Path
from devtools.supervisor import Program, Supervisor
directory, *behaviours = sys.argv[1:]
supervisor = Supervisor(environment=os.environ, directory=Path.cwd(), grace_seconds=1.5)
supervisor.stop_on_signals()
child = Path(directory, "child.py")
programs = [
    Program(f"{behaviour}-{index}", [sys.executable, child, directory, behaviour, str(index)])
    for index, behaviour in enumerate(behaviours)
]
sys.exit(supervisor.run(programs, when_started=lambda: True))
"""


def wait_for_file(path: Path) -> str:
    """A program that ends once there is such a file."""
    return f"import pathlib, time\nwhile not pathlib.Path({str(path)!r}).exists(): time.sleep(0.01)"


class SupervisedPrograms:
    """A supervisor in a process of its own, with programs that behave as they are told."""

    def __init__(self, test: TestCase, *behaviours: str, under_make: bool = False) -> None:
        self.directory = make_directory(test)
        (self.directory / "child.py").write_text(CHILD)
        (self.directory / "supervise.py").write_text(SUPERVISE)
        command = [sys.executable, str(self.directory / "supervise.py"), str(self.directory)]
        command += behaviours
        environment = {**os.environ, "PYTHONPATH": str(PROJECT)}
        for name in ("MAKELEVEL", "MAKEFLAGS"):
            environment.pop(name, None)
        if under_make:
            recipe = f"run:\n\t@exec {subprocess.list2cmdline(command)}\n"
            (self.directory / "Makefile").write_text(recipe)
            command = ["make", "-C", str(self.directory), "run"]
        self.process = start_process(test, command, env=environment, cwd=PROJECT)
        test.addCleanup(self._end)
        if "fails" not in behaviours:
            expected = len(behaviours) + behaviours.count("has-child")
            wait_until(lambda: len(self.pids()) == expected, "all programs have started")

    def pids(self) -> list[int]:
        texts = [path.read_text() for path in self.directory.glob("*.pid")]
        return [int(text) for text in texts if text]

    def are_gone(self) -> bool:
        return not any(is_alive(pid) for pid in self.pids())

    def wait(self) -> tuple[int, str]:
        """The exit status and the output."""
        output, _nothing = self.process.communicate(timeout=PATIENCE_SECONDS)
        return self.process.returncode, output

    def _end(self) -> None:
        for pid in self.pids():
            if is_alive(pid):
                os.kill(pid, signal.SIGKILL)


class SupervisorTests(TestCase):
    def test_leaves_nothing_behind_when_it_is_asked_to_stop(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            with self.subTest(number=number.name):
                programs = SupervisedPrograms(self, "waits", "has-child")

                programs.process.send_signal(number)
                status, _output = programs.wait()

                self.assertEqual(status, 0)
                self.assertTrue(programs.are_gone())

    def test_lets_a_program_finish_what_it_does(self) -> None:
        programs = SupervisedPrograms(self, "finishes", "waits")

        programs.process.terminate()
        programs.wait()

        self.assertTrue((programs.directory / "finished").exists())

    def test_does_not_wait_for_ever_for_a_program_that_stays(self) -> None:
        programs = SupervisedPrograms(self, "stays")

        programs.process.terminate()
        status, _output = programs.wait()

        self.assertEqual(status, 0)
        self.assertTrue(programs.are_gone())

    def test_stops_everything_with_a_failure_when_one_program_ends(self) -> None:
        programs = SupervisedPrograms(self, "waits", "fails")

        status, output = programs.wait()

        self.assertEqual(status, 1)
        self.assertTrue(programs.are_gone())
        self.assertIn("fails-1 | out of order", output)
        self.assertIn("fails-1 ended with status 7", output)

    def test_shows_who_said_what(self) -> None:
        programs = SupervisedPrograms(self, "waits", "has-child")

        programs.process.terminate()
        _status, output = programs.wait()

        self.assertIn("waits-0     | ready\n", output)
        self.assertIn("has-child-1 | ready\n", output)

    def test_takes_its_programs_along_when_it_is_killed(self) -> None:
        programs = SupervisedPrograms(self, "waits", "finishes")

        programs.process.kill()

        wait_until(programs.are_gone, "the programs have ended")


class StepTests(TestCase):
    """Programs that end by themselves."""

    def make_supervisor(self, **options: float) -> Supervisor:
        return Supervisor(environment=os.environ, directory=make_directory(self), **options)

    def test_one_after_the_other_says_whether_it_went_well(self) -> None:
        supervisor = self.make_supervisor()

        for code, expected in (("pass", True), ("raise SystemExit(3)", False)):
            step = Program("step", [sys.executable, "-c", code])
            self.assertIs(supervisor.run_step(step), expected)

    def test_side_by_side_reports_each_as_it_ends(self) -> None:
        supervisor, directory = self.make_supervisor(), make_directory(self)
        # The first waits for the second: they do run at the same time.
        first = f"{wait_for_file(directory / 'second')}\nprint('one')"
        second = f"import pathlib; pathlib.Path({str(directory / 'second')!r}).touch(); exit(5)"
        third = "import os; print(os.environ['WHO'])"
        programs = [
            Program("first", [sys.executable, "-c", first]),
            Program("second", [sys.executable, "-c", second]),
            Program("third", [sys.executable, "-c", third], {**os.environ, "WHO": "me"}),
        ]

        outcomes = list(supervisor.run_side_by_side(programs, at_once=2))

        found = {outcome.program.name: (outcome.status, outcome.output) for outcome in outcomes}
        self.assertEqual(found, {"first": (0, "one\n"), "second": (5, ""), "third": (0, "me\n")})
        self.assertTrue(all(outcome.seconds > 0 for outcome in outcomes))

    def test_side_by_side_ends_what_runs_when_it_is_no_longer_wanted(self) -> None:
        supervisor, directory = self.make_supervisor(grace_seconds=5), make_directory(self)
        sleeper = (
            "import os, pathlib, time\n"
            f"pathlib.Path({str(directory)!r}, 'new').write_text(str(os.getpid()))\n"
            f"os.rename({str(directory / 'new')!r}, {str(directory / 'pid')!r})\n"
            "time.sleep(600)"
        )
        programs = [
            Program("sleeper", [sys.executable, "-c", sleeper]),
            Program("second", [sys.executable, "-c", wait_for_file(directory / "pid")]),
        ]
        outcomes = supervisor.run_side_by_side(programs, at_once=2)

        ended = next(outcomes)
        outcomes.close()

        self.assertEqual(ended.program.name, "second")
        self.assertFalse(is_alive(int((directory / "pid").read_text())))


class CaughtSignalsTests(TestCase):
    def test_are_all_where_the_process_is_gone(self) -> None:
        ended = subprocess.Popen([sys.executable, "-c", ""])
        ended.wait()

        self.assertEqual(caught_signals(ended.pid), -1)


class UnderMakeTests(TestCase):
    def test_leaves_nothing_behind_when_make_alone_gets_the_signal(self) -> None:
        # Left alone with SIGINT, make waits without a word; only Linux shows that it does.
        numbers = [signal.SIGTERM, signal.SIGKILL]
        if Path("/proc/self/status").exists():
            numbers += [signal.SIGINT, signal.SIGHUP]
        for number in numbers:
            with self.subTest(number=number.name):
                programs = SupervisedPrograms(self, "waits", "has-child", under_make=True)

                programs.process.send_signal(number)
                programs.process.wait(timeout=PATIENCE_SECONDS)

                wait_until(programs.are_gone, "the programs have ended")
