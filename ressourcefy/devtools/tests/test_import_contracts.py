"""Each import contract holds, and each one fails on an import that it is there to forbid."""

import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import ClassVar

from django.test import SimpleTestCase, tag

PROJECT = Path(__file__).resolve().parents[2]
PYPROJECT = PROJECT.parent / "pyproject.toml"

# contract: (a module to plant, the import it must not have)
VIOLATIONS = {
    "one-arrow": ("users/planted.py", "import application.policies"),
    "inside-core": ("core/models/planted.py", "import core.outbox"),
    "inside-domain": ("resources/models/planted.py", "import resources.services.vote_on_resource"),
    "inside-application": ("application/dto/planted.py", "import application.use_cases"),
    "inside-api": ("api/serializers/planted.py", "import api.views.health"),
    "use-cases-apart": (
        "application/use_cases/planted.py",
        "import application.use_cases.create_resource",
    ),
    "sign-in-use-cases-apart": (
        "application/use_cases/auth/planted.py",
        "import application.use_cases.auth.register_user",
    ),
    "http-in-the-api": ("application/use_cases/planted.py", "import rest_framework"),
    "stripe-behind-its-adapter": ("api/views/planted.py", "import stripe"),
    "resend-behind-the-email-service": ("application/services/planted.py", "import resend"),
    "redis-behind-the-shared-memory": ("api/planted.py", "import redis"),
    "signatures-in-the-token-module": ("users/services/planted.py", "import itsdangerous"),
    "audit-log-through-its-service": ("application/use_cases/planted.py", "import audit.models"),
    "benchmarks-beside": ("read_models/planted.py", "import bench"),
    "tests-for-tests": ("users/services/planted.py", "import users.tests.factories"),
}


def lint_imports(project: Path, *contracts: str) -> "subprocess.CompletedProcess[str]":
    """Run import-linter in `project` with the project's own configuration."""
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache", "--no-logo"]
    for contract in contracts:
        command += ["--contract", contract]
    command += ["--config", str(PYPROJECT)]
    return subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)


@tag("slow")
class ImportContractTests(SimpleTestCase):
    copy: ClassVar[Path]

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        scratch = tempfile.TemporaryDirectory()
        cls.addClassCleanup(scratch.cleanup)
        cls.copy = Path(scratch.name) / "project"
        shutil.copytree(
            PROJECT, cls.copy, ignore=shutil.ignore_patterns("__pycache__", "locale", "static")
        )

    def test_every_contract_has_a_violation_to_fail_on(self) -> None:
        configuration = tomllib.loads(PYPROJECT.read_text())

        contracts = configuration["tool"]["importlinter"]["contracts"]

        self.assertEqual({contract["id"] for contract in contracts}, set(VIOLATIONS))

    def test_all_contracts_hold(self) -> None:
        result = lint_imports(PROJECT)

        self.assertEqual(result.returncode, 0, result.stdout)

    def test_each_contract_fails_on_its_violation(self) -> None:
        for contract, (module, line) in VIOLATIONS.items():
            with self.subTest(contract=contract):
                planted = self.copy / module
                planted.write_text(f"{line}\n")
                self.addCleanup(planted.unlink, missing_ok=True)

                result = lint_imports(self.copy, contract)

                planted.unlink()
                self.assertEqual(result.returncode, 1, result.stdout + result.stderr)
                self.assertIn("BROKEN", result.stdout)
                self.assertIn("planted", result.stdout)
