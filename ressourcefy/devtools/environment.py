"""What `manage.py` decides before Django is loaded: debug mode, settings, and a database."""

import atexit
import os
import runpy
import signal
import sys
import threading
from collections.abc import MutableMapping, Sequence
from pathlib import Path
from types import FrameType

from devtools.postgres import (
    cluster_for_chaos,
    cluster_for_development,
    cluster_for_tests,
    data_directory,
)
from devtools.postgres_programs import PostgresProblem

PROJECT = Path(__file__).resolve().parents[1]
LIFELINE = "RESSOURCEFY_LIFELINE"
# Tells the test runner that it may name and drop databases in the server as it likes.
SHARED_TEST_SERVER = "RESSOURCEFY_SHARED_TEST_SERVER"
# Names the database from which the tests of one run copy the demo.
DEMO_TEMPLATE = "RESSOURCEFY_DEMO_TEMPLATE"
TRUE = {"1", "true", "t", "yes", "y", "on"}

WITHOUT_DATABASE = {
    "check",
    "collectstatic",
    "compilemessages",
    "devdb",
    "diffsettings",
    "findstatic",
    "help",
    "makemessages",
    "spectacular",
    "startapp",
    "startproject",
    "version",
}


def prepare(arguments: Sequence[str]) -> None:
    """Complete os.environ for the command of `arguments`; start a database if it needs ours.

    Ends with one line on standard error where there is no database to be had.
    """
    follow_lifeline()
    load_dotenv()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", settings_module(arguments))
    decide_debug(os.environ)
    os.environ["RESSOURCEFY_DATA_DIR"] = str(data_directory())
    has_database = _is_set(os.environ, "DATABASE_URL")
    if is_development(os.environ) and not has_database and needs_database(arguments):
        _provide_database(arguments)


def load_dotenv() -> None:
    """Read the checkout's `.env` as the settings do."""
    # Importing the module by its name would load all settings, which need what is decided here.
    runpy.run_path(str(PROJECT / "ressourcefy" / "settings" / "env.py"))["load_dotenv"]()


def decide_debug(environ: MutableMapping[str, str]) -> None:
    """Write DJANGO_DEBUG down, so that settings and child processes need not guess.

    Unset, it is on only where nothing points to production.
    """
    if not _is_set(environ, "DJANGO_DEBUG"):
        production = _is_set(environ, "DATABASE_URL") or _is_set(environ, "DJANGO_SECRET_KEY")
        environ["DJANGO_DEBUG"] = str(not production)


def is_development(environ: MutableMapping[str, str]) -> bool:
    return environ.get("DJANGO_DEBUG", "").strip().lower() in TRUE


def settings_module(arguments: Sequence[str]) -> str:
    return "ressourcefy.settings.test" if arguments[1:2] == ["test"] else "ressourcefy.settings"


def needs_database(arguments: Sequence[str]) -> bool:
    command, options = next(iter(arguments[1:]), "help"), set(arguments[2:])
    if command.startswith("-") or options & {"--help", "-h"}:
        return False
    return command not in WITHOUT_DATABASE or "--database" in options


def exit_on_signals() -> None:
    """Turn SIGTERM and a closed terminal into an orderly exit, which runs what atexit holds."""
    main_process = os.getpid()

    def leave(number: int, frame: FrameType | None) -> None:
        if os.getpid() != main_process:
            # A forked worker of the test runner: it dies as it would have without us.
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)
            return
        sys.exit(128 + number)

    signal.signal(signal.SIGTERM, leave)
    signal.signal(signal.SIGHUP, leave)


def follow_lifeline() -> None:
    """End with the launcher that started us, however it ended: it holds a pipe's other end."""
    descriptor = os.environ.pop(LIFELINE, "")
    if not descriptor:
        return

    def wait_for_its_end() -> None:
        os.read(int(descriptor), 1)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait_for_its_end, daemon=True).start()


def _provide_database(arguments: Sequence[str]) -> None:
    clusters = {"test": cluster_for_tests, "chaos": cluster_for_chaos}
    cluster = clusters.get(arguments[1], cluster_for_development)()
    exit_on_signals()
    atexit.register(cluster.release)
    try:
        os.environ["DATABASE_URL"] = cluster.acquire()
        os.environ[SHARED_TEST_SERVER] = str(arguments[1] == "test")
    except PostgresProblem as problem:
        sys.exit(f"Ressourcefy cannot start: {problem}")


def _is_set(environ: MutableMapping[str, str], name: str) -> bool:
    return bool(environ.get(name, "").strip())
