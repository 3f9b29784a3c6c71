"""The development Stripe stays outside: the product does not and cannot import it."""

import os
import subprocess
import sys

from django.test import SimpleTestCase

from devtools.check import development_stripe_checks
from devtools.environment import PROJECT
from devtools.postgres import CHECKOUT

NAME = "development_stripe"


def import_in(directory: str) -> "subprocess.CompletedProcess[str]":
    """Try to import it as a program that runs in `directory` would."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.run(
        [sys.executable, "-c", f"import {NAME}"],
        cwd=directory,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


class DevelopmentStripeTests(SimpleTestCase):
    def test_is_out_of_reach_for_the_product(self) -> None:
        result = import_in(str(PROJECT))

        self.assertNotEqual(result.returncode, 0)
        self.assertIn("ModuleNotFoundError", result.stderr)

    def test_is_there_for_who_runs_in_the_checkout(self) -> None:
        self.assertEqual(import_in(str(CHECKOUT)).returncode, 0)

    def test_is_imported_by_no_module_of_the_product(self) -> None:
        importers = [
            module.relative_to(PROJECT)
            for module in PROJECT.rglob("*.py")
            if any(
                line.split()[:2] in (["import", NAME], ["from", NAME])
                or line.strip().startswith((f"import {NAME}.", f"from {NAME}."))
                for line in module.read_text().splitlines()
            )
        ]

        self.assertEqual(importers, [])

    def test_is_checked_with_the_rest(self) -> None:
        names = [program.name for program in development_stripe_checks()]

        self.assertEqual(names, [f"types of {NAME} (mypy)", f"tests of {NAME}"])
