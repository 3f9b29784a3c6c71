"""A streaming replica of a cluster, made and started as an administrator would."""

import subprocess
from pathlib import Path
from urllib.parse import quote

from devtools.postgres import TEST_SETTINGS, Cluster
from devtools.postgres_programs import find_programs, runnable_by
from devtools.tests.factories import ask, wait_until


def make_standby(primary: Cluster, data_dir: Path, **settings: str) -> Cluster:
    """A copy by `pg_basebackup` that streams from `primary`; not yet started."""
    standby = Cluster("standby", data_dir, settings=TEST_SETTINGS | settings)
    account = standby.place.account
    programs = runnable_by(account, find_programs(), standby.place.directory)
    standby.place.private(standby.place.data)
    made = subprocess.run(
        [
            *(programs.directory / "pg_basebackup", "--write-recovery-conf", "--no-sync"),
            *("--checkpoint", "fast", "--wal-method", "stream", "--no-password"),
            *("--host", primary.place.socket_directory, "--username", "postgres"),
            *("--pgdata", standby.place.data),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        **account.subprocess_options(),
    )
    if made.returncode:
        raise AssertionError(made.stdout)
    return standby


def named_as_host(cluster: Cluster) -> str:
    """Its socket directory as addresses spell it."""
    return quote(str(cluster.place.socket_directory), safe="")


def wait_for_replay(primary: Cluster, standby: Cluster) -> None:
    """Until the standby has replayed all that the primary has written so far."""
    [position] = ask(primary, "SELECT pg_current_wal_lsn()::text")
    wait_until(
        lambda: ask(standby, f"SELECT pg_last_wal_replay_lsn() >= '{position}'::pg_lsn")[0],
        "the standby has caught up",
    )


def pause_replay(standby: Cluster) -> None:
    """From here on it receives and does not show."""
    ask(standby, "SELECT pg_wal_replay_pause()")
    wait_until(
        lambda: ask(standby, "SELECT pg_get_wal_replay_pause_state()")[0] == "paused",
        "the replay is paused",
    )


def resume_replay(standby: Cluster) -> None:
    """Show what has come in meanwhile."""
    ask(standby, "SELECT pg_wal_replay_resume()")
