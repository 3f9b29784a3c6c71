"""Where a cluster's files go when the best place will not do."""

import os
import shutil
from pathlib import Path
from unittest import TestCase

from devtools.postgres_place import Place
from devtools.postgres_programs import PostgresProblem
from devtools.tests.factories import make_directory


class SocketDirectoryTests(TestCase):
    def test_is_made_anew_where_a_restart_has_cleared_it(self) -> None:
        place = Place(make_directory(self) / ("long" * 25) / "postgres" / "test")
        first = place.socket_directory
        self.addCleanup(shutil.rmtree, first, ignore_errors=True)
        self.assertEqual(place.socket_directory, first)
        shutil.rmtree(first)

        second = place.socket_directory

        self.addCleanup(shutil.rmtree, second)
        self.assertTrue(second.is_dir())
        self.assertEqual(place.socket_directory, second)


class StandInTests(TestCase):
    """Root hands the server to another user, who may not enter every directory."""

    def setUp(self) -> None:
        closed = make_directory(self)
        closed.chmod(0o700)
        self.home = closed / "postgres" / "test"

    def bases(self) -> list[Path]:
        """One that is no directory, one where another was first, one that is closed, a good one."""
        no_directory = make_directory(self) / "file"
        no_directory.touch()
        taken, shut, good = (make_directory(self) for _ in range(3))
        name = Place(self.home, stand_ins=[good]).directory.name
        (taken / name).symlink_to(good)
        shut.chmod(0o700)
        return [no_directory, taken, shut, good]

    def test_is_the_first_that_is_ours_and_that_the_server_may_enter(self) -> None:
        bases = self.bases()

        place = Place(self.home, stand_ins=bases)

        if os.geteuid() == 0:
            self.assertEqual(place.directory.parent, bases[-1])
        else:
            # Our own server may enter what is ours.
            self.assertEqual(place.directory, self.home)

    def test_is_missing_where_no_base_will_do(self) -> None:
        bases = self.bases()[:-1]

        if os.geteuid() == 0:
            with self.assertRaisesRegex(PostgresProblem, "cannot enter .*RESSOURCEFY_DATA_DIR"):
                Place(self.home, stand_ins=bases)
        else:
            self.assertEqual(Place(self.home, stand_ins=bases).directory, self.home)


class RefusalTests(TestCase):
    def test_says_in_one_line_that_a_directory_cannot_be_used(self) -> None:
        file = make_directory(self) / "file"
        file.touch()

        with self.assertRaisesRegex(PostgresProblem, "cannot be used .*RESSOURCEFY_DATA_DIR"):
            Place(file / "postgres" / "test")
