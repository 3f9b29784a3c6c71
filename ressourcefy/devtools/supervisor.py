"""Runs several programs in one terminal, and leaves none of them behind; standard library only."""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import IO, cast

from devtools.environment import LIFELINE

GRACE_SECONDS = 15.0
POLL_SECONDS = 0.2
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True)
class Program:
    """A command, what to call it, and environment and directory if it needs others of its own."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] | None = None
    directory: Path | None = None


@dataclass(frozen=True)
class Outcome:
    """How a program ended, and what it printed until then."""

    program: Program
    status: int
    output: str
    seconds: float


class Supervisor:
    """Programs that live and end together.

    SIGINT, SIGTERM, a closed terminal, the death of make, or the end of any program stops all:
    each gets SIGTERM and `grace_seconds` to finish, then SIGKILL, with whatever it has started.
    Should the supervisor itself be killed, those of `run` see their lifeline's other end close.
    Each runs in a session of its own, so that Ctrl-C reaches only the supervisor.
    """

    def __init__(
        self,
        *,
        environment: Mapping[str, str],
        directory: Path,
        grace_seconds: float = GRACE_SECONDS,
    ) -> None:
        self._environment = environment
        self._directory = directory
        self._grace_seconds = grace_seconds
        self._stopping = threading.Event()
        self._readers: list[threading.Thread] = []
        self._make = Make.that_started_us()
        self._lifeline, self._our_end = os.pipe()

    @property
    def is_stopping(self) -> bool:
        """Whether something asked for the end; looks anew at each call."""
        if self._make is not None and self._make.has_ended():
            self._stopping.set()
        return self._stopping.is_set()

    def stop_on_signals(self) -> None:
        """From here on a signal ends things in order, also where SIGINT was ignored so far."""

        def ask_to_stop(number: int, frame: FrameType | None) -> None:
            self._stopping.set()

        for number in STOP_SIGNALS:
            signal.signal(number, ask_to_stop)

    def run_step(self, step: Program) -> bool:
        """Run one program to its end, with our own output; False if it failed or was stopped."""
        process = self._start(step)
        while process.poll() is None and not self.is_stopping:
            self._stopping.wait(POLL_SECONDS / 4)
        self._end([process])
        return process.returncode == 0 and not self.is_stopping

    def run_side_by_side(
        self, programs: Sequence[Program], *, at_once: int
    ) -> Generator[Outcome, None, None]:
        """Run programs that end by themselves, a few at a time; each one's outcome as it ends."""
        waiting = list(programs)
        running: list[tuple[Program, subprocess.Popen[bytes], IO[bytes], float]] = []
        with contextlib.ExitStack() as files:
            try:
                while (waiting or running) and not self.is_stopping:
                    while waiting and len(running) < at_once:
                        program = waiting.pop(0)
                        output = files.enter_context(tempfile.TemporaryFile())
                        process = self._start(program, output)
                        running.append((program, process, output, time.monotonic()))
                    for one in [one for one in running if one[1].poll() is not None]:
                        running.remove(one)
                        yield _outcome(*one)
                    self._stopping.wait(POLL_SECONDS / 4)
            finally:
                self._end([process for _program, process, _output, _began in running])

    def run(self, programs: Sequence[Program], *, when_started: Callable[[], bool]) -> int:
        """Run the programs until the end of all; returns an exit status.

        `when_started` is called again and again until it returns True. The status is 0 if we were
        asked to stop, 1 if a program ended by itself.
        """
        width = max(len(program.name) for program in programs)
        running: list[subprocess.Popen[bytes]] = []
        started = False
        try:
            for program in programs:
                process = self._start(program, subprocess.PIPE, on_lifeline=True)
                running.append(process)
                lines = cast("IO[bytes]", process.stdout)
                self._show_lines(lines, f"{program.name:<{width}} | ")
            while not self.is_stopping:
                ended = [index for index, one in enumerate(running) if one.poll() is not None]
                if ended:
                    name, status = programs[ended[0]].name, running[ended[0]].returncode
                    say(f"{name} ended with status {status}; stopping everything.")
                    return 1
                started = started or when_started()
                self._stopping.wait(POLL_SECONDS)
            say("Stopping ...")
            return 0
        finally:
            self._end(running)

    def _start(
        self,
        program: Program,
        output: int | IO[bytes] | None = None,
        *,
        on_lifeline: bool = False,
    ) -> subprocess.Popen[bytes]:
        environment = dict(program.environment or self._environment)
        environment["PYTHONUNBUFFERED"] = "1"
        if on_lifeline:
            environment[LIFELINE] = str(self._lifeline)
        return subprocess.Popen(
            program.command,
            cwd=program.directory or self._directory,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=None if output is None else subprocess.STDOUT,
            pass_fds=[self._lifeline] if on_lifeline else [],
            start_new_session=True,
        )

    def _show_lines(self, lines: IO[bytes], prefix: str) -> None:
        def copy() -> None:
            with lines:
                for line in lines:
                    say(prefix + line.decode(errors="replace").rstrip("\r\n"))

        reader = threading.Thread(target=copy, daemon=True)
        reader.start()
        self._readers.append(reader)

    def _end(self, processes: Sequence[subprocess.Popen[bytes]]) -> None:
        for process in processes:
            if process.poll() is None:
                _signal_group(process, signal.SIGTERM)
        deadline = time.monotonic() + self._grace_seconds
        for process in processes:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(max(0.0, deadline - time.monotonic()))
        for process in processes:
            # Also when the program itself has ended: what it started may still be there.
            _signal_group(process, signal.SIGKILL)
            process.wait()
        for reader in self._readers:
            reader.join(timeout=1)
        self._readers.clear()


@dataclass(frozen=True)
class Make:
    """The make whose recipe we are: it waits for us, but does not always pass on its signals."""

    pid: int
    caught: int

    @classmethod
    def that_started_us(cls) -> "Make | None":
        # Taken away, because the programs we start have us for a parent.
        if os.environ.pop("MAKELEVEL", None) is None:
            return None
        return cls(os.getppid(), caught_signals(os.getppid()))

    def has_ended(self) -> bool:
        """Killed, or interrupted alone: then it no longer catches that signal, and waits for us."""
        if os.getppid() != self.pid:
            return True
        return bool(self.caught & ~caught_signals(self.pid))


def caught_signals(pid: int) -> int:
    """The mask that Linux shows; where nothing is shown all bits, which never change."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return -1
    return int(status.partition("SigCgt:")[2].split()[0], 16)


def say(line: str) -> None:
    """Print one whole line, whichever thread says it."""
    with contextlib.suppress(BrokenPipeError):
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()


def _outcome(
    program: Program, process: subprocess.Popen[bytes], output: IO[bytes], began: float
) -> Outcome:
    output.seek(0)
    text = output.read().decode(errors="replace")
    return Outcome(program, process.wait(), text, time.monotonic() - began)


def _signal_group(process: subprocess.Popen[bytes], number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)
