"""Shows how far a long command has come."""

import time

from django.core.management.base import OutputWrapper

_BAR_WIDTH = 30
_REDRAWS_PER_SECOND = 10
_LINES = 10


class Progress:
    """A bar on a terminal; elsewhere, as in a log file, one line for each tenth of the way."""

    def __init__(self, total: int, *, output: OutputWrapper) -> None:
        self._total = max(total, 1)
        self._output = output
        self._is_terminal = output.isatty()
        self._lines_written = 0
        self._drawn_at = 0.0
        self._width_drawn = 0

    def show(self, done: int, note: str) -> None:
        """Say that `done` of the total is done; `note` stands beside the percentage."""
        share = min(done / self._total, 1.0)
        if self._is_terminal:
            self._draw(share, note)
        elif int(share * _LINES) > self._lines_written:
            self._lines_written = int(share * _LINES)
            self._write(f"{share:4.0%}  {note}\n")

    def clear(self) -> None:
        """Make room for other output; the next `show` draws the bar again."""
        if self._width_drawn:
            self._write(f"\r{' ' * self._width_drawn}\r")
            self._width_drawn = 0
            self._drawn_at = 0.0

    def _draw(self, share: float, note: str) -> None:
        now = time.monotonic()
        if now - self._drawn_at < 1 / _REDRAWS_PER_SECOND:
            return
        filled = int(share * _BAR_WIDTH)
        bar = "█" * filled + "░" * (_BAR_WIDTH - filled)
        line = f"{bar} {share:4.0%}  {note}"
        # Blanks cover what a longer line before it has left.
        self._write(f"\r{line:<{self._width_drawn}}")
        self._width_drawn = len(line)
        self._drawn_at = now

    def _write(self, text: str) -> None:
        self._output.write(text, style_func=str, ending="")
        self._output.flush()
