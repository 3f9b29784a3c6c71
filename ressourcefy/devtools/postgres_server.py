"""A running PostgreSQL server as others see it; standard library only."""

import contextlib
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

PROC = Path("/proc")


@dataclass(frozen=True)
class Postmaster:
    """What a server wrote about itself into `postmaster.pid`."""

    pid: int
    started: str
    is_ready: bool
    #: Where Linux shows processes; elsewhere ps has to tell.
    proc: Path = field(default=PROC, compare=False)

    @classmethod
    def of(cls, data: Path) -> "Postmaster | None":
        """The server that last ran on these files, if it left its mark."""
        try:
            lines = (data / "postmaster.pid").read_text().splitlines()
            pid, _data, started, *_where, status = lines
            return cls(int(pid), started, status.split() == ["ready"])
        except (OSError, ValueError):
            return None

    @property
    def identity(self) -> str:
        """Names this server and no later one with its number."""
        return f"{self.pid} {self.started}"

    @property
    def is_alive(self) -> bool:
        """Not so once it has ended, even while its parent has not yet asked for its status."""
        state = self._shown("stat").rpartition(")")[2].split()
        return bool(state) and not state[0].startswith("Z")

    def command_line(self) -> str:
        """How it was started; empty once it is gone."""
        return self._shown("cmdline", column="command")

    def _shown(self, name: str, *, column: str = "stat") -> str:
        """A file of the process below /proc, or elsewhere a column of ps; empty once it is gone."""
        if self.proc.is_dir():
            with contextlib.suppress(OSError):
                return (self.proc / str(self.pid) / name).read_text(errors="replace")
            return ""
        command = ["ps", "-ww", "-o", f"{column}=", "-p", str(self.pid)]
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout
