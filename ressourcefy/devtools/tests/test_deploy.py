"""The files under `deploy/`: as far as they can be tried without installing them."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml
from django.test import SimpleTestCase

from devtools.environment import PROJECT
from devtools.postgres import CHECKOUT
from devtools.tests.factories import make_directory

DEPLOY = CHECKOUT / "deploy"
UNITS = ("ressourcefy-web.service", "ressourcefy-outbox.service", "ressourcefy-prune.service")
TIMER = "ressourcefy-prune.timer"
HARDENING = {
    "NoNewPrivileges": "true",
    "PrivateTmp": "true",
    "ProtectSystem": "strict",
    "ProtectHome": "true",
    "CapabilityBoundingSet": "",
    "RestrictAddressFamilies": "AF_UNIX AF_INET AF_INET6",
}


def unit(name: str) -> dict[str, str]:
    """The settings of a unit by name, whatever their section; the last of several."""
    text = (DEPLOY / name).read_text().replace("\\\n", " ")
    lines = (line for line in text.splitlines() if "=" in line and not line.startswith("#"))
    return {key: value for key, _, value in (line.partition("=") for line in lines)}


def variables() -> set[str]:
    """The variables that the product knows."""
    return set(re.findall(r"(?m)^([A-Z_]+)=", (CHECKOUT / ".env.example").read_text()))


class SystemdTests(SimpleTestCase):
    def test_units_pass_systemd_s_own_check(self) -> None:
        if not shutil.which("systemd-analyze"):
            sys.stderr.write("There is no systemd-analyze here: the units were only read.\n")
            return
        directory = make_directory(self)
        for name in (*UNITS, TIMER):
            # The programs have to exist where the unit says.
            text = (DEPLOY / name).read_text()
            text = text.replace("/srv/ressourcefy/.venv/bin/", f"{Path(sys.executable).parent}/")
            (directory / name).write_text(text)

        done = subprocess.run(
            ["systemd-analyze", "verify", *(str(directory / name) for name in (*UNITS, TIMER))],
            capture_output=True,
            text=True,
            check=False,
            env=os.environ | {"SYSTEMD_LOG_LEVEL": "warning"},
        )

        ours = [line for line in done.stderr.splitlines() if "ressourcefy" in line]
        self.assertEqual((done.returncode, ours), (0, []), done.stderr)

    def test_services_run_without_privileges_and_come_back(self) -> None:
        for name in UNITS:
            with self.subTest(unit=name):
                found = unit(name)

                self.assertEqual({key: found.get(key) for key in HARDENING}, HARDENING)
                self.assertEqual(found["User"], "ressourcefy")
                if name != "ressourcefy-prune.service":
                    self.assertEqual(found["Restart"], "always")

    def test_services_run_commands_that_exist(self) -> None:
        for name in UNITS:
            with self.subTest(unit=name):
                found = unit(name)
                program, *arguments = shlex.split(found["ExecStart"])

                self.assertTrue((Path(sys.executable).parent / Path(program).name).exists())
                self.assertEqual(found["WorkingDirectory"], "/srv/ressourcefy/ressourcefy")
                if arguments[0] == "manage.py":
                    help_of = [sys.executable, "manage.py", arguments[1], "--help"]
                    shown = subprocess.run(
                        help_of, cwd=PROJECT, capture_output=True, text=True, check=True
                    ).stdout
                    for option in arguments[2:]:
                        self.assertIn(option, shown)

    def test_a_stop_waits_longer_than_the_program_takes(self) -> None:
        gunicorn = (PROJECT / "gunicorn.conf.py").read_text()
        found = re.search(r"(?m)^graceful_timeout = (\d+)$", gunicorn)
        assert found

        self.assertGreater(int(unit(UNITS[0])["TimeoutStopSec"]), int(found[1]))
        self.assertGreater(int(unit(UNITS[1])["TimeoutStopSec"]), 10)


class ContainerTests(SimpleTestCase):
    def instructions(self) -> list[tuple[str, str]]:
        text = (DEPLOY / "Dockerfile").read_text().replace("\\\n", " ")
        lines = [line for line in text.splitlines() if line and not line.startswith("#")]
        return [(name, rest) for name, _, rest in (line.partition(" ") for line in lines)]

    def compose(self) -> dict[str, Any]:
        loaded: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
        return loaded

    def test_the_image_is_built_in_two_stages_with_hashes_and_runs_without_root(self) -> None:
        instructions = self.instructions()
        stages = [rest for name, rest in instructions if name == "FROM"]
        users = [rest for name, rest in instructions if name == "USER"]
        runs = " ".join(rest for name, rest in instructions if name == "RUN")

        self.assertEqual(len(stages), 2)
        self.assertTrue(all(re.match(r"python:\d+\.\d+-", stage) for stage in stages))
        self.assertIn("--require-hashes", runs)
        self.assertRegex(users[-1], r"^[1-9]\d+:[1-9]\d+$")
        last = [name for name, _ in instructions]
        self.assertLess(last.index("USER"), last.index("CMD"))
        self.assertNotIn("ADD", last)
        for name, rest in instructions:
            if name in {"ENV", "ARG"}:
                self.assertNotRegex(rest, r"SECRET|PASSWORD|TOKEN|KEY")

    def test_the_image_copies_what_is_there_and_no_tests(self) -> None:
        ignored = (DEPLOY / "Dockerfile.dockerignore").read_text().splitlines()
        for name, rest in self.instructions():
            if name == "COPY" and not rest.startswith("--from"):
                source = rest.split()[0]
                self.assertTrue((CHECKOUT / source).exists(), source)
                self.assertIn(f"!{source}", ignored)
        self.assertIn("**/tests", ignored)
        self.assertEqual(ignored[0], "**")

    def test_every_requirement_has_a_hash(self) -> None:
        text = (CHECKOUT / "requirements.txt").read_text().replace("\\\n", " ")
        pinned = [line for line in text.splitlines() if re.match(r"[a-z0-9]", line)]

        self.assertGreater(len(pinned), 30)
        self.assertEqual([line for line in pinned if "--hash=sha256:" not in line], [])

    def test_services_run_without_privileges_and_publish_on_loopback_only(self) -> None:
        services = self.compose()["services"]

        self.assertEqual(set(services), {"database", "migrate", "web", "worker"})
        for name in ("migrate", "web", "worker"):
            with self.subTest(service=name):
                service = services[name]
                self.assertTrue(service["read_only"])
                self.assertEqual(service["cap_drop"], ["ALL"])
                self.assertIn("no-new-privileges:true", service["security_opt"])
                self.assertLessEqual(set(service["environment"]), variables())
        ports = [port for service in services.values() for port in service.get("ports", [])]
        self.assertTrue(all(port.startswith("127.0.0.1:") for port in ports), ports)

    def test_only_migrate_knows_the_owner_and_nothing_has_a_secret_of_its_own(self) -> None:
        services = self.compose()["services"]
        text = (DEPLOY / "compose.yaml").read_text()

        owners = {
            name for name, one in services.items() if "DATABASE_OWNER_URL" in one["environment"]
        }

        self.assertEqual(owners, {"migrate"})
        self.assertFalse(re.findall(r"(?:PASSWORD|SECRET|KEY|TOKEN)\w*: (?!\$\{)\S+", text))

    def test_compose_itself_reads_the_file(self) -> None:
        asked = ["docker", "compose", "version"]
        has_compose = (
            shutil.which("docker")
            and not subprocess.run(asked, capture_output=True, check=False).returncode
        )
        if not has_compose:
            sys.stderr.write("There is no docker compose here: its file was only read.\n")
            return
        names = re.findall(r"\$\{([A-Z_]+):\?\}", (DEPLOY / "compose.yaml").read_text())

        done = subprocess.run(
            ["docker", "compose", "--file", str(DEPLOY / "compose.yaml"), "config", "--quiet"],
            capture_output=True,
            text=True,
            check=False,
            env=os.environ | dict.fromkeys(names, "x"),
        )

        self.assertEqual(done.returncode, 0, done.stderr)


class ProcfileTests(SimpleTestCase):
    def test_names_programs_that_a_shell_can_read(self) -> None:
        lines = (DEPLOY / "Procfile").read_text().splitlines()
        programs = dict(line.split(": ", 1) for line in lines)

        self.assertEqual(set(programs), {"release", "web", "worker"})
        for name, command in programs.items():
            done = subprocess.run(
                ["sh", "-n", "-c", command], capture_output=True, text=True, check=False
            )
            self.assertEqual(done.returncode, 0, (name, done.stderr))

    def test_the_script_of_passwords_is_one_too(self) -> None:
        done = subprocess.run(
            ["sh", "-n", str(DEPLOY / "passwords.sh")], capture_output=True, check=False
        )

        self.assertEqual(done.returncode, 0)
        self.assertTrue(os.access(DEPLOY / "passwords.sh", os.X_OK))
