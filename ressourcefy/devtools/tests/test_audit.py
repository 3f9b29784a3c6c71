"""`make audit`: what it says where the advisories answer, and where they do not."""

import os
import subprocess
from pathlib import Path

from django.test import SimpleTestCase

from devtools.postgres import CHECKOUT
from devtools.tests.factories import make_directory

# Stands in for the program that would ask the network; the last argument is the file to look at.
FEED = """#!/bin/sh
for last; do :; done
if grep -q django==3.2.0 "$last"; then {about_known_bad}; fi
{about_ours}
"""


class AuditTests(SimpleTestCase):
    def run_audit(self, *, about_known_bad: str, about_ours: str) -> tuple[int, str]:
        directory = make_directory(self)
        program = directory / "uvx"
        program.write_text(FEED.format(about_known_bad=about_known_bad, about_ours=about_ours))
        program.chmod(0o755)
        done = subprocess.run(
            [str(Path(CHECKOUT) / "scripts" / "audit")],
            env=os.environ | {"PATH": f"{directory}:{os.environ['PATH']}"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout

    def test_advisories_that_do_not_answer_are_no_good_news(self) -> None:
        for silence in ("exit 0", "echo Connection refused; exit 1"):
            with self.subTest(silence=silence):
                status, output = self.run_audit(about_known_bad=silence, about_ours="exit 0")

                self.assertEqual(status, 2)
                self.assertIn("Nothing was checked", output)

    def test_packages_without_a_known_hole_pass(self) -> None:
        status, output = self.run_audit(
            about_known_bad="echo PYSEC-2021-98; exit 1", about_ours="exit 0"
        )

        self.assertEqual((status, output), (0, "requirements.txt:\nrequirements-dev.txt:\n"))

    def test_a_known_hole_fails(self) -> None:
        status, output = self.run_audit(
            about_known_bad="echo PYSEC-2021-98; exit 1", about_ours="echo GHSA-1; exit 1"
        )

        self.assertEqual(status, 1)
        self.assertIn("GHSA-1", output)
