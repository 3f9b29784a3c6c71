"""What came of bringing in content from files."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RefusedRecord:
    """A record that was left out, and why, in words for the person who made the file."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class ImportedBatch:
    """What became of the records of one batch."""

    added: int
    already_there: int
    refused: tuple[RefusedRecord, ...]
