"""The bar that long commands show."""

from io import StringIO
from unittest import TestCase

from django.core.management.base import OutputWrapper

from core.management.progress import Progress


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


class ProgressTests(TestCase):
    def test_draws_a_bar_on_a_terminal(self) -> None:
        screen = Terminal()

        Progress(200, output=OutputWrapper(screen)).show(100, "5 records")

        self.assertEqual(screen.getvalue(), f"\r{'█' * 15}{'░' * 15}  50%  5 records")

    def test_makes_room_for_other_output(self) -> None:
        screen = Terminal()
        progress = Progress(200, output=OutputWrapper(screen))

        progress.show(100, "5 records")
        drawn = len(screen.getvalue()) - 1
        progress.clear()
        progress.clear()

        self.assertTrue(screen.getvalue().endswith(f"5 records\r{' ' * drawn}\r"))

    def test_draws_less_often_than_it_is_told(self) -> None:
        screen = Terminal()
        progress = Progress(200, output=OutputWrapper(screen))

        progress.show(100, "first")
        progress.show(101, "second")

        self.assertNotIn("second", screen.getvalue())

    def test_writes_a_line_for_each_tenth_elsewhere(self) -> None:
        log = StringIO()
        progress = Progress(1_000, output=OutputWrapper(log))

        for done in range(0, 1_001, 5):
            progress.show(done, f"{done} records")

        lines = log.getvalue().splitlines()
        self.assertEqual(len(lines), 10)
        self.assertEqual((lines[0], lines[-1]), (" 10%  100 records", "100%  1000 records"))

    def test_knows_an_empty_whole(self) -> None:
        log = StringIO()

        Progress(0, output=OutputWrapper(log)).show(0, "nothing")

        self.assertEqual(log.getvalue(), "")
