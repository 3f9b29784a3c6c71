"""`make run`: database, migrations, demo data, then web server, worker and development Stripe.

The web server is Django's own with `--noreload`: it serves the static files of the API docs and of
the admin from the packages, is one process, and ends at once. After a change of code, stop and run
again: web server and worker then run the same code.
"""

import errno
import os
import socket
import sys

from devtools.environment import PROJECT, is_development, load_dotenv
from devtools.local_stripe import LocalStripe, is_wanted
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


def _local_stripe(port: int) -> LocalStripe | None:
    """A stand-in for Stripe beside the product, unless the environment has a key for Stripe."""
    if not is_wanted(os.environ):
        return None
    stripe = LocalStripe(
        port=neighbouring_port(port),
        web=f"http://{HOST}:{port}",
        state=data_directory() / "stripe.json",
    )
    stripe.configure(os.environ)
    return stripe


def neighbouring_port(port: int) -> int:
    """The next one, so that addresses stay the same from run to run; any where it is taken."""
    for candidate in (port + 1, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, candidate))
            except (OSError, OverflowError):
                continue
            return int(probe.getsockname()[1])
    raise CannotRun("no port is free for the development Stripe.")


def _run(supervisor: Supervisor, port: int) -> int:
    stripe = _local_stripe(port)
    for message, arguments in STEPS:
        say(message)
        if not supervisor.run_step(Program(arguments[0], [*MANAGE, *arguments])):
            return 0 if supervisor.is_stopping else _give_up(f"manage.py {arguments[0]} failed.")
    programs = [
        Program("web", [*MANAGE, "runserver", "--noreload", f"{HOST}:{port}"]),
        Program("worker", [*MANAGE, "process_events", "--loop"]),
    ]
    if stripe is not None:
        programs.append(stripe.program())
    return supervisor.run(programs, when_started=lambda: _announced(port, stripe))


def _announced(port: int, stripe: LocalStripe | None) -> bool:
    """Print the addresses once the servers accept connections; False while they do not."""
    try:
        socket.create_connection((HOST, port), timeout=1).close()
    except OSError:
        return False
    if stripe is not None and not stripe.furnish(os.environ):
        return False
    address = f"http://{HOST}:{port}"
    control = f"  Stripe      {stripe.url}/  (a stand-in: no money moves)\n" if stripe else ""
    say(
        f"\nRessourcefy is running. Ctrl-C stops it.\n\n"
        f"  Start here  {address}/dev/\n"
        f"  API docs    {address}/api/docs/\n"
        f"  Mailbox     {address}/dev/mailbox/\n"
        f"  Premium     {address}/dev/premium\n"
        f"{control}"
    )
    return True


def _give_up(reason: str) -> int:
    sys.stderr.write(f"Ressourcefy cannot start: {reason}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
