"""The file in which an import says what it left out."""

import json
import os
from pathlib import Path
from typing import TextIO

from application.services.record_files import Entry


class ReportUnusable(Exception):
    """The report cannot be written where it should be."""


class RefusalReport:
    """Refused records as JSON lines: line, reason, and the record's own text to repair it from.

    The file of an earlier run is removed at the start; a new one is made for the first refusal.
    """

    def __init__(self, path: Path | None, *, source: Path) -> None:
        """Beside `source`, or in the working directory where that cannot be written.

        Raises ReportUnusable for one that would replace what it reports on, and OSError.
        """
        self.path = path or _beside(source)
        if self.path.exists() and self.path.samefile(source):
            raise ReportUnusable("The report would replace the file that is imported.")
        self.count = 0
        self._file: TextIO | None = None
        self.path.unlink(missing_ok=True)

    def add(self, entry: Entry, reason: str) -> None:
        """Append one record."""
        if self._file is None:
            self._file = self.path.open("w", encoding="utf-8")
        self.count += 1
        line = {"line": entry.line, "reason": reason, "record": entry.text}
        self._file.write(json.dumps(line, ensure_ascii=False) + "\n")

    def close(self) -> None:
        """Finish the file, if there is one."""
        if self._file is not None:
            self._file.close()


def _beside(source: Path) -> Path:
    name = f"{source.name}.refused.jsonl"
    return source.with_name(name) if os.access(source.parent, os.W_OK) else Path(name)
