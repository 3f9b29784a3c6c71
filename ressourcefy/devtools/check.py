"""`make check`, `make test` and their relatives: every check, then the test suite."""

import os
import secrets
import sys
from collections.abc import Mapping, Sequence

from dotenv import dotenv_values

from devtools.environment import PROJECT, load_dotenv
from devtools.postgres import CHECKOUT, Cluster, cluster_for_tests, data_directory
from devtools.postgres_programs import PostgresProblem, Programs, find_programs, system_packages
from devtools.supervisor import Program, Supervisor, say

PYTHON = sys.executable
MANAGE = (PYTHON, "manage.py")
# Tests wait for locks, servers and polls, several at once at times: more processes than cores.
PROCESSES = (os.cpu_count() or 1) * 2
SUITE = ("test", "--parallel", str(PROCESSES), "--durations", "10", "--noinput")
LINT_IMPORTS = "from importlinter.cli import lint_imports_command; lint_imports_command()"
OLDEST_SUPPORTED = 15


def main(arguments: Sequence[str]) -> int:
    """Runs the mode that `arguments` name: check, test, test-pg15 or coverage."""
    load_dotenv()
    modes = {"check": _check, "test": _test, "test-pg15": _test_on_oldest, "coverage": _coverage}
    if len(arguments) != 1 or arguments[0] not in modes:
        sys.stderr.write(f"usage: python -m devtools.check {{{','.join(modes)}}}\n")
        return 2
    if not os.environ.get("DJANGO_DEBUG", "").strip():
        os.environ["DJANGO_DEBUG"] = "True"
    os.environ["RESSOURCEFY_DATA_DIR"] = str(data_directory())
    supervisor = Supervisor(environment=os.environ, directory=PROJECT)
    supervisor.stop_on_signals()
    try:
        return modes[arguments[0]](supervisor)
    except PostgresProblem as problem:
        sys.stderr.write(f"{problem}\n")
        return 1


def checks(database_url: str) -> list[Program]:
    """Everything that is checked beside the tests; the slow ones first."""
    development = {**os.environ, "DATABASE_URL": database_url}
    schema = ("spectacular", "--validate", "--fail-on-warn", "--file", os.devnull)
    return [
        types(),
        *development_stripe_checks(),
        Program("format (ruff)", [PYTHON, "-m", "ruff", "format", "--check", ".."]),
        Program("lint (ruff)", [PYTHON, "-m", "ruff", "check", ".."]),
        Program(
            "layers (import-linter)", [PYTHON, "-c", LINT_IMPORTS, "--config", "../pyproject.toml"]
        ),
        Program(
            "migrations are complete",
            [*MANAGE, "makemigrations", "--check", "--dry-run"],
            development,
        ),
        Program(
            "ready for production (check --deploy)",
            [*MANAGE, "check", "--deploy", "--fail-level", "WARNING"],
            production_environment(os.environ),
        ),
        Program("API description (OpenAPI)", [*MANAGE, *schema], development),
    ]


def types() -> Program:
    """Of the product and the benchmarks, which share most of the work.

    Packages that only the benchmarks need are missing here and count as anything.
    """
    root = {**os.environ, "DJANGO_DEBUG": "True", "MYPYPATH": str(CHECKOUT)}
    command = [PYTHON, "-m", "mypy", "--config-file", "../pyproject.toml", ".", "../bench"]
    return Program("types (mypy)", command, root)


def development_stripe_checks() -> list[Program]:
    """Of the program beside the product: types without Django's plugin, and its own tests."""
    root = {**os.environ, "MYPYPATH": str(CHECKOUT), "PYTHONPATH": str(CHECKOUT)}
    types = ("--config-file=", "--strict", "--python-version", "3.12", "--cache-dir")
    package = "development_stripe"
    discover = (PYTHON, "-m", "unittest", "discover", "--quiet", "--start-directory")
    return [
        Program(
            f"types of {package} (mypy)",
            [PYTHON, "-m", "mypy", *types, str(CHECKOUT / ".mypy_cache"), "--package", package],
            root,
        ),
        Program(
            f"tests of {package}",
            [*discover, str(CHECKOUT / package), "--top-level-directory", str(CHECKOUT)],
            root,
        ),
    ]


def production_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """What a server would have, and nothing of this shell or of `.env`."""
    kept = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "LD_LIBRARY_PATH")
    dotenv = CHECKOUT / ".env"
    return (
        # A blank variable counts as unset and still wins over the file.
        dict.fromkeys(dotenv_values(dotenv) if dotenv.is_file() else (), "")
        | {name: environ[name] for name in kept if name in environ}
        | {
            "DJANGO_DEBUG": "False",
            "DJANGO_SECRET_KEY": secrets.token_urlsafe(64),
            "DJANGO_ALLOWED_HOSTS": "api.example.com",
            "DATABASE_URL": "postgres://ressourcefy@db.example.com/ressourcefy",
            "STRIPE_SECRET_KEY": f"sk_live_{secrets.token_hex(24)}",
            "STRIPE_WEBHOOK_SECRET": f"whsec_{secrets.token_hex(24)}",
            "WEB_CLIENT_URL": "https://app.example.com",
            "RESEND_API_KEY": f"re_{secrets.token_hex(16)}",
        }
    )


def _check(supervisor: Supervisor) -> int:
    given = os.environ.get("DATABASE_URL", "").strip()
    if given:
        return _run_checks(supervisor, given)
    cluster = cluster_for_tests()
    try:
        return _run_checks(supervisor, cluster.acquire())
    finally:
        cluster.release()


def _run_checks(supervisor: Supervisor, database_url: str) -> int:
    programs = checks(database_url)
    failed, ended = [], 0
    # One of them mostly waits, for a server of its own.
    for outcome in supervisor.run_side_by_side(programs, at_once=(os.cpu_count() or 1) + 1):
        ended += 1
        result = "failed" if outcome.status else "ok"
        say(f"{outcome.program.name:<40} {result:<6} {outcome.seconds:5.1f} s")
        if outcome.status:
            failed.append(outcome.program.name)
            say(outcome.output.rstrip())
    if failed:
        say(f"Checks that failed: {', '.join(failed)}")
    return 0 if not failed and ended == len(programs) else 1


def _test(supervisor: Supervisor) -> int:
    """The suite runs after failed checks too: one run then shows all there is to repair."""
    status = _check(supervisor)
    if supervisor.is_stopping:
        return 1
    passed = supervisor.run_step(Program("tests", [*MANAGE, *SUITE]))
    if status:
        sys.stderr.write("The tests ran, but checks before them failed; see above.\n")
    return 0 if passed and not status else 1


def _test_on_oldest(supervisor: Supervisor) -> int:
    """The suite on the oldest PostgreSQL we support, where the system has one."""
    try:
        programs = find_programs(
            path for path in system_packages() if path.parent.name.endswith(str(OLDEST_SUPPORTED))
        )
    except PostgresProblem:
        say(
            f"There is no PostgreSQL {OLDEST_SUPPORTED} on this system: nothing was tested with it."
        )
        return 0
    return _suite_on(cluster_for_tests(programs), programs, supervisor)


def _suite_on(cluster: Cluster, programs: Programs, supervisor: Supervisor) -> int:
    try:
        environment = {**os.environ, "DATABASE_URL": cluster.acquire()}
        say(f"Testing with PostgreSQL {programs.major} of {programs.directory} ...")
        return 0 if supervisor.run_step(Program("tests", [*MANAGE, *SUITE], environment)) else 1
    finally:
        cluster.release()


def _coverage(supervisor: Supervisor) -> int:
    """The suite with every branch it takes recorded, then the goals."""
    coverage = (PYTHON, "-m", "coverage")
    environment = {**os.environ, "COVERAGE_RCFILE": str(CHECKOUT / "pyproject.toml")}
    steps = (
        (*coverage, "erase"),
        (*coverage, "run", "--source", ".", "manage.py", *SUITE),
        (*coverage, "combine", "--quiet"),
        (*coverage, "json", "--quiet", "-o", "coverage.json"),
        (*coverage, "report"),
        (PYTHON, "-m", "devtools.coverage_goals", "coverage.json"),
    )
    return (
        0 if all(supervisor.run_step(Program(step[2], step, environment)) for step in steps) else 1
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
