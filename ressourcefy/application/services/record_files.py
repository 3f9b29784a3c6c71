"""Reading files of records, JSON lines or CSV, without holding more than one record in memory."""

import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import BinaryIO, NoReturn

# Longer lines and fields are refused; what is kept of a record for the report is shorter still.
MAX_LINE_BYTES = 1_000_000
MAX_CSV_FIELD = 131_072
MAX_KEPT_TEXT = 10_000

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class RecordFormat(StrEnum):
    """How a file holds its records."""

    JSON_LINES = "jsonl"
    CSV = "csv"


class UnreadableFile(Exception):
    """The file as a whole cannot be what it should be."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A record of a file, or the `problem` that makes it none.

    `line` is the physical line on which it begins, `text` its beginning as it stands there,
    `position` how many bytes of the file have been read up to its end.
    """

    line: int
    text: str
    position: int
    fields: Mapping[str, object] | None = None
    problem: str = ""


def read_records(file: BinaryIO, record_format: RecordFormat) -> Iterator[Entry]:
    """The records of a file in order; blank lines are passed over. Raises UnreadableFile."""
    lines = _Lines(file)
    return _read_csv(lines) if record_format is RecordFormat.CSV else _read_json_lines(lines)


class _Lines:
    """The lines of a file as text, and what there is to know about those of the present record."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._number = 0
        self._position = 0
        self._is_new = True
        self._first = 0
        self._text = ""
        self.problem = ""

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        raw = self._file.readline(MAX_LINE_BYTES + 1)
        if not raw:
            raise StopIteration
        self._position += len(raw)
        self._number += 1
        if self._is_new:
            self._is_new, self._first, self._text, self.problem = False, self._number, "", ""
        if len(raw) > MAX_LINE_BYTES:
            self.problem = f"The line is longer than {MAX_LINE_BYTES:,} bytes."
            self._skip_rest_of_line(raw)
        if self._number == 1:
            raw = raw.removeprefix(_BYTE_ORDER_MARK)
        try:
            line = raw.decode()
        except UnicodeDecodeError:
            # A line that was cut off may end within a character.
            self.problem = self.problem or "The line is not UTF-8 text."
            line = raw.decode(errors="replace")
        self._text += line[: MAX_KEPT_TEXT - len(self._text)]
        return line

    def end_record(self, fields: Mapping[str, object] | None = None, *, problem: str = "") -> Entry:
        """The record that the lines since the last one make; what is wrong with a line prevails."""
        self._is_new = True
        problem = self.problem or problem
        return Entry(
            line=self._first,
            text=self._text.rstrip("\r\n"),
            position=self._position,
            fields=None if problem else fields,
            problem=problem,
        )

    def _skip_rest_of_line(self, raw: bytes) -> None:
        while raw and not raw.endswith(b"\n"):
            raw = self._file.readline(MAX_LINE_BYTES)
            self._position += len(raw)


# JSON lines ---------------------------------------------------------------------------------------


def _read_json_lines(lines: _Lines) -> Iterator[Entry]:
    for line in lines:
        if not line.strip():
            lines.end_record()
            continue
        if lines.problem:
            yield lines.end_record()
            continue
        try:
            value = json.loads(line, parse_constant=_refuse_constant)
        except (ValueError, RecursionError):
            yield lines.end_record(problem="The line is not valid JSON.")
            continue
        if isinstance(value, dict):
            yield lines.end_record(value)
        else:
            yield lines.end_record(problem="The line is not a JSON object.")


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


# CSV ----------------------------------------------------------------------------------------------


def _read_csv(lines: _Lines) -> Iterator[Entry]:
    reader = csv.reader(lines, strict=True)
    header = _read_header(lines, reader)
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield lines.end_record(problem=_words_for(error))
            continue
        if not row and not lines.problem:
            lines.end_record()
        elif len(row) == len(header):
            yield lines.end_record(_fields_of(dict(zip(header, row, strict=True))))
        else:
            yield lines.end_record(
                problem=f"The record has {len(row)} fields, the header has {len(header)}."
            )


def _read_header(lines: _Lines, reader: "Iterator[list[str]]") -> list[str]:
    try:
        header = [name.strip().casefold() for name in next(reader, [])]
    except csv.Error as error:
        raise UnreadableFile(f"The header is not valid CSV: {_words_for(error)}") from error
    if lines.end_record().problem:
        raise UnreadableFile(f"The header cannot be read. {lines.problem}")
    missing = [name for name in ("title", "description", "url") if name not in header]
    if missing:
        raise UnreadableFile(f"The header, the first line, does not name: {', '.join(missing)}.")
    if len(set(header)) < len(header):
        raise UnreadableFile("The header, the first line, names a column twice.")
    return header


def _fields_of(row: dict[str, str]) -> dict[str, object]:
    """What a JSON record would hold: no author is null, and tags are a list."""
    return {**row, "author": row.get("author") or None, "tags": _tags_of(row.get("tags", ""))}


def _tags_of(text: str) -> object:
    """A JSON list, or names with `;`, `|` or `,` between them: the first of these that occurs."""
    if text.lstrip().startswith("["):
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            return text
    separator = next((sign for sign in ";|," if sign in text), ";")
    return [name for name in text.split(separator) if name.strip()]


def _words_for(error: csv.Error) -> str:
    words = {
        "unexpected end of data": "A quote is opened and not closed.",
        "field larger": f"A field is longer than {MAX_CSV_FIELD:,} characters, or not closed.",
        "expected after": "A quoted field goes on after its closing quote.",
        "new-line character": "A line ends with a bare carriage return.",
    }
    return next(
        (ours for theirs, ours in words.items() if theirs in str(error)),
        f"The record is not valid CSV ({error}).",
    )
