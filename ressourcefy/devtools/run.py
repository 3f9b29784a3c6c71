"""`make run`: database, migrations, demo data, then web server and outbox worker until the end.

The web server is Django's own with `--noreload`: it serves the static files of the API docs and of
the admin from the packages, is one process, and ends at once. After a change of code, stop and run
again: web server and worker then run the same code.
"""

import errno
import os
import socket
import sys

from devtools.environment import PROJECT, is_development, load_dotenv
from devtools.postgres import cluster_for_development, data_directory
from devtools.postgres_programs import PostgresProblem
from devtools.supervisor import Program, Supervisor, say

HOST = "127.0.0.1"
HIGHEST_PORT = 65_535
DEFAULT_PORT = "8000"
MANAGE = (sys.executable, "manage.py")
STEPS = (
    ("Bringing the tables up to date ...", ("migrate", "--verbosity", "1")),
    ("Adding tags ...", ("seed_tags",)),
    ("Adding demo data ...", ("seed_demo",)),
)


def main() -> int:
    load_dotenv()
    try:
        port = chosen_port(os.environ.get("PORT", "").strip() or DEFAULT_PORT)
        refuse_production()
        refuse_taken_port(port)
    except CannotRun as reason:
        return _give_up(str(reason))

    os.environ["DJANGO_DEBUG"] = "True"
    os.environ["RESSOURCEFY_DATA_DIR"] = str(data_directory())
    os.environ["DJANGO_RUNSERVER_HIDE_WARNING"] = "true"
    supervisor = Supervisor(environment=os.environ, directory=PROJECT)
    supervisor.stop_on_signals()
    if os.environ.get("DATABASE_URL", "").strip():
        return _run(supervisor, port)

    cluster = cluster_for_development()
    try:
        os.environ["DATABASE_URL"] = cluster.acquire()
        return _run(supervisor, port)
    except PostgresProblem as problem:
        return _give_up(str(problem))
    finally:
        cluster.release()


class CannotRun(Exception):
    """Why nothing was started, in one line."""


def chosen_port(text: str) -> int:
    """PORT as a number; raises CannotRun."""
    if text.isdecimal() and 1 <= int(text) <= HIGHEST_PORT:
        return int(text)
    raise CannotRun("PORT has to be a number from 1 to 65535, as in: make run PORT=8001")


def refuse_production() -> None:
    """Raises CannotRun where the environment says that this is no development."""
    if os.environ.get("DJANGO_DEBUG", "").strip() and not is_development(os.environ):
        raise CannotRun("make run is for development: it needs DJANGO_DEBUG unset or True.")


def refuse_taken_port(port: int) -> None:
    """Raises CannotRun; asked before anything starts, so that nothing has to be undone."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            reason = {
                errno.EADDRINUSE: "is in use by another program",
                errno.EACCES: "is reserved for the administrator",
            }.get(error.errno or 0, f"cannot be used ({error.strerror})")
            raise CannotRun(
                f"PORT {port} {reason}: choose another one, as in: make run PORT={port + 1}"
            ) from error


def _run(supervisor: Supervisor, port: int) -> int:
    for message, arguments in STEPS:
        say(message)
        if not supervisor.run_step(Program(arguments[0], [*MANAGE, *arguments])):
            return 0 if supervisor.is_stopping else _give_up(f"manage.py {arguments[0]} failed.")
    return supervisor.run(
        [
            Program("web", [*MANAGE, "runserver", "--noreload", f"{HOST}:{port}"]),
            Program("worker", [*MANAGE, "process_events", "--loop"]),
        ],
        when_started=lambda: _announced(port),
    )


def _announced(port: int) -> bool:
    """Print the addresses once the web server accepts connections; False while it does not."""
    try:
        socket.create_connection((HOST, port), timeout=1).close()
    except OSError:
        return False
    address = f"http://{HOST}:{port}"
    say(
        f"\nRessourcefy is running. Ctrl-C stops it.\n\n"
        f"  Start here  {address}/dev/\n"
        f"  API docs    {address}/api/docs/\n"
        f"  Mailbox     {address}/dev/mailbox/\n"
    )
    return True


def _give_up(reason: str) -> int:
    sys.stderr.write(f"Ressourcefy cannot start: {reason}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
