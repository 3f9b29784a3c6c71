"""Where a cluster's files are, who may read them, and the locks between its users."""

import contextlib
import fcntl
import hashlib
import os
import stat
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from devtools.postgres_programs import Account, PostgresProblem, server_account

SOCKET = ".s.PGSQL.5432"
# The address of a Unix socket has to fit into a little more than a hundred bytes.
LONGEST_SOCKET_PATH = 99
OWNER_ONLY = 0o700
# Root's last resorts, the most lasting one first.
STAND_IN_BASES = (Path("/var/lib"), Path("/var/tmp"), Path("/tmp"))


class Place:
    """The directory of one cluster: `home`, or a stand-in where the server cannot enter that.

    The directory itself is ours; what the server writes lies in private directories below it that
    belong to the server's user.
    """

    def __init__(self, home: Path, *, stand_ins: Sequence[Path] = STAND_IN_BASES) -> None:
        self.home = home
        self._stand_ins = stand_ins
        with _one_line_for_refusals(home):
            self.directory = self._find()

    @property
    def data(self) -> Path:
        return self.directory / "data"

    @property
    def log(self) -> Path:
        return self.directory / "server.log"

    @property
    def kept(self) -> Path:
        """Names the server that outlives its users."""
        return self.directory / "kept"

    @property
    def account(self) -> Account:
        return server_account(self.data)

    @property
    def socket(self) -> Path:
        return self.socket_directory / SOCKET

    @property
    def socket_directory(self) -> Path:
        """Beside the data, or a short one under /tmp.

        Lower case only: parsers of addresses fold the case of a host.
        """
        beside = self.directory / "run"
        if (
            str(beside) == str(beside).lower()
            and len(os.fsencode(beside / SOCKET)) <= LONGEST_SOCKET_PATH
        ):
            return self.private(beside)
        record = self.directory / "socket-directory"
        with contextlib.suppress(OSError):
            recorded = Path(record.read_text())
            if self._is_private(recorded):
                return recorded
        short = Path(tempfile.mkdtemp(prefix="ressourcefy-", dir="/tmp"))
        os.chown(short, self.account.uid, self.account.gid)
        record.write_text(str(short))
        return short

    def private(self, directory: Path) -> Path:
        """`directory`, made where it is missing, for the server's user alone."""
        if not self._is_private(directory):
            directory.mkdir(mode=OWNER_ONLY, exist_ok=True)
            os.chown(directory, self.account.uid, self.account.gid)
            directory.chmod(OWNER_ONLY)
        return directory

    @contextlib.contextmanager
    def exclusively(self) -> Iterator[None]:
        """One process at a time starts, stops, comes or leaves."""
        with _one_line_for_refusals(self.home):
            lock = os.open(self.directory / "start.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    def enter(self) -> int:
        """Become a user; closing the returned descriptor, or dying, ends that."""
        users = self._open_users()
        fcntl.flock(users, fcntl.LOCK_SH)
        return users

    @contextlib.contextmanager
    def without_users(self, users: int | None = None) -> Iterator[bool]:
        """Whether nobody else is a user; `users` is one's own descriptor and is given up."""
        descriptor = self._open_users() if users is None else users
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
        finally:
            os.close(descriptor)

    def _open_users(self) -> int:
        return os.open(self.directory / "users.lock", os.O_RDWR | os.O_CREAT, 0o600)

    def _find(self) -> Path:
        mode = 0o711 if os.geteuid() == 0 else OWNER_ONLY
        for directory in (self.home.parents[1], self.home.parent, self.home):
            if not directory.is_dir():
                directory.mkdir(mode=mode, parents=True, exist_ok=True)
                directory.chmod(mode)
        if server_account(self.home / "data").can_enter(self.home):
            return self.home
        key = hashlib.sha256(os.fsencode(self.home)).hexdigest()[:12]
        for base in self._stand_ins:
            stand_in = base / f"ressourcefy-{self.home.name}-{key}"
            if not _is_made_by_us(stand_in, mode):
                continue
            if server_account(stand_in / "data").can_enter(stand_in):
                (self.home / "moved-to").write_text(f"{stand_in}\n")
                return stand_in
        raise PostgresProblem(
            f"PostgreSQL does not run as root, and its user cannot enter {self.home}: "
            "set RESSOURCEFY_DATA_DIR to a directory that everybody may enter."
        )

    def _is_private(self, directory: Path) -> bool:
        try:
            found = directory.stat(follow_symlinks=False)
        except FileNotFoundError:
            return False
        return (
            stat.S_ISDIR(found.st_mode)
            and stat.S_IMODE(found.st_mode) == OWNER_ONLY
            and found.st_uid == self.account.uid
        )


def _is_made_by_us(directory: Path, mode: int) -> bool:
    """Whether `directory` exists now and is ours: in /tmp others could have made it before us."""
    try:
        directory.mkdir(mode=mode, exist_ok=True)
        found = directory.stat(follow_symlinks=False)
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
            return False
        directory.chmod(mode)
    except OSError:
        return False
    return True


@contextlib.contextmanager
def _one_line_for_refusals(home: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise PostgresProblem(
            f"The data directory {home} cannot be used ({error.strerror}): run this as the user "
            "it belongs to, or set RESSOURCEFY_DATA_DIR to a directory of your own."
        ) from error
