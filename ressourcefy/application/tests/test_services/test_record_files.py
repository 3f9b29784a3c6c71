"""Reading records from files, good and bad."""

import csv
import json
from io import BytesIO, StringIO
from typing import Any
from unittest import TestCase

from hypothesis import given
from hypothesis import strategies as st

from application.services.record_files import (
    MAX_KEPT_TEXT,
    MAX_LINE_BYTES,
    Entry,
    RecordFormat,
    UnreadableFile,
    read_records,
)

HEADER = b"title,description,tags,url,author\n"


def entries(content: bytes, record_format: RecordFormat) -> list[Entry]:
    return list(read_records(BytesIO(content), record_format))


def json_entries(content: bytes) -> list[Entry]:
    return entries(content, RecordFormat.JSON_LINES)


def csv_entries(content: bytes) -> list[Entry]:
    return entries(content, RecordFormat.CSV)


def outcome(entry: Entry) -> tuple[int, Any]:
    """The line, and the problem or the title."""
    return entry.line, entry.problem or (entry.fields or {}).get("title")


class JsonLinesTests(TestCase):
    def test_finds_nothing_in_an_empty_file(self) -> None:
        self.assertEqual(json_entries(b""), [])

    def test_passes_over_blank_lines_and_counts_them(self) -> None:
        found = json_entries(b'\n{"title": "a"}\n  \n{"title": "b"}')

        self.assertEqual([outcome(entry) for entry in found], [(2, "a"), (4, "b")])

    def test_reads_files_with_a_byte_order_mark_and_windows_line_ends(self) -> None:
        found = json_entries(b'\xef\xbb\xbf{"title": "a"}\r\n{"title": "b"}\r\n')

        self.assertEqual([outcome(entry) for entry in found], [(1, "a"), (2, "b")])

    def test_knows_only_line_feeds_as_line_ends(self) -> None:
        found = json_entries('{"title": "a\u2028b"}\n'.encode())

        self.assertEqual([outcome(entry) for entry in found], [(1, "a\u2028b")])

    def test_refuses_broken_lines_and_reads_on(self) -> None:
        bad = {
            "broken": b'{"title": ',
            "two values": b'{"title": "a"} {"title": "b"}',
            "not a number": b'{"title": NaN}',
            "deep": b"[" * 100_000,
            "long number": b'{"title": ' + b"9" * 10_000 + b"}",
        }
        for name, line in bad.items():
            with self.subTest(name):
                found = json_entries(line + b'\n{"title": "next"}\n')

                self.assertEqual(
                    [outcome(entry) for entry in found],
                    [(1, "The line is not valid JSON."), (2, "next")],
                )

    def test_refuses_what_is_no_object(self) -> None:
        for line in (b"[]", b'"text"', b"12", b"null"):
            with self.subTest(line):
                (found,) = json_entries(line)

                self.assertEqual(found.problem, "The line is not a JSON object.")

    def test_refuses_a_line_that_is_not_utf_8_and_reads_on(self) -> None:
        found = json_entries(b'{"title": "caf\xe9"}\n{"title": "next"}\n')

        self.assertEqual(
            [outcome(entry) for entry in found],
            [(1, "The line is not UTF-8 text."), (2, "next")],
        )

    def test_refuses_a_huge_line_keeps_little_of_it_and_reads_on(self) -> None:
        huge = b'{"title": "' + b"x" * (3 * MAX_LINE_BYTES) + b'"}\n'

        refused, following = json_entries(huge + b'{"title": "next"}\n')

        self.assertEqual(refused.problem, "The line is longer than 1,000,000 bytes.")
        self.assertEqual(len(refused.text), MAX_KEPT_TEXT)
        self.assertEqual(outcome(following), (2, "next"))

    def test_tells_how_far_it_has_read(self) -> None:
        content = b'{"title": "a"}\n\n{"title": "b"}\n'

        found = json_entries(content)

        self.assertEqual([entry.position for entry in found], [15, len(content)])

    @given(st.binary(max_size=300))
    def test_ends_on_any_bytes_with_records_or_reasons(self, content: bytes) -> None:
        found = json_entries(content)

        self.assertTrue(all((entry.fields is None) == bool(entry.problem) for entry in found))

    @given(st.lists(st.dictionaries(st.text(), st.text() | st.none() | st.integers()), max_size=5))
    def test_gives_back_what_was_written(self, records: list[dict[str, Any]]) -> None:
        content = "".join(json.dumps(record) + "\n" for record in records).encode()

        found = json_entries(content)

        self.assertEqual([entry.fields for entry in found], records)
        self.assertEqual([entry.line for entry in found], list(range(1, len(records) + 1)))


class CsvTests(TestCase):
    def test_reads_the_columns_by_their_names(self) -> None:
        (found,) = csv_entries(
            b"\xef\xbb\xbfURL, Title ,extra,description\r\nhttps://a.example,A,x,About a\r\n"
        )

        self.assertEqual(
            found.fields,
            {
                "url": "https://a.example",
                "title": "A",
                "extra": "x",
                "description": "About a",
                "author": None,
                "tags": [],
            },
        )

    def test_splits_tags_at_semicolons_bars_or_commas(self) -> None:
        written = {
            "C++;C#;": ["C++", "C#"],
            "C / C++ | SQL": ["C / C++ ", " SQL"],
            '"SQL, Python"': ["SQL", " Python"],
            '"[""C, the language"", ""SQL""]"': ["C, the language", "SQL"],
            "": [],
            "[broken": "[broken",
        }
        for text, tags in written.items():
            with self.subTest(text):
                (found,) = csv_entries(HEADER + f"A,about,{text},https://a.example,\n".encode())

                self.assertEqual((found.fields or {})["tags"], tags)

    def test_names_the_physical_line_where_a_record_begins(self) -> None:
        content = HEADER + b'A,"one\ntwo\r\nthree",,https://a.example,\n\nB,about,,https://b,\nC,\n'

        found = csv_entries(content)

        self.assertEqual(
            [outcome(entry) for entry in found],
            [(2, "A"), (6, "B"), (7, "The record has 2 fields, the header has 5.")],
        )
        self.assertEqual((found[0].fields or {})["description"], "one\ntwo\r\nthree")

    def test_refuses_broken_records_and_reads_on(self) -> None:
        bad = {
            b'"a"b,about,,u,': "A quoted field goes on after its closing quote.",
            b"a\rb,about,,u,": "A line ends with a bare carriage return.",
            b"caf\xe9,about,,u,": "The line is not UTF-8 text.",
            b"a,b,c,d,e,f": "The record has 6 fields, the header has 5.",
            b'"' + b"x" * 140_000: "A field is longer than 131,072 characters, or not closed.",
            b"x" * (MAX_LINE_BYTES + 1): "The line is longer than 1,000,000 bytes.",
        }
        for line, problem in bad.items():
            with self.subTest(problem):
                found = csv_entries(HEADER + line + b"\nnext,about,,u,\n")

                self.assertEqual([outcome(entry) for entry in found], [(2, problem), (3, "next")])

    def test_refuses_a_quote_that_is_not_closed(self) -> None:
        found = csv_entries(HEADER + b'A,"about\nB,about,,u,\n')

        self.assertEqual(
            [outcome(entry) for entry in found], [(2, "A quote is opened and not closed.")]
        )

    def test_refuses_a_file_whose_header_cannot_be_right(self) -> None:
        headers = {
            b"": "does not name: title, description, url",
            b"title;description;url\n": "does not name: title, description, url",
            b"title,description\n": "does not name: url",
            b"title,description,url,Title\n": "names a column twice",
            b'title,"descr"x\n': "not valid CSV",
            b"title,description,url,\xe9\n": "not UTF-8",
        }
        for header, problem in headers.items():
            with self.subTest(header), self.assertRaisesRegex(UnreadableFile, problem):
                csv_entries(header)

    @given(
        st.lists(
            st.tuples(*[st.text(st.characters(exclude_categories=["Cs"]), max_size=20)] * 3),
            max_size=5,
        )
    )
    def test_gives_back_what_was_written(self, rows: list[tuple[str, ...]]) -> None:
        file = StringIO(newline="")
        writer = csv.writer(file)
        writer.writerow(["title", "description", "url"])
        writer.writerows(rows)

        found = csv_entries(file.getvalue().encode())

        columns = ("title", "description", "url")
        self.assertEqual([entry.problem for entry in found], [""] * len(rows))
        self.assertEqual(
            [tuple((entry.fields or {})[name] for name in columns) for entry in found], rows
        )

    @given(st.binary(max_size=300))
    def test_ends_on_any_bytes_with_records_or_reasons(self, content: bytes) -> None:
        found = csv_entries(HEADER + content)

        self.assertTrue(all((entry.fields is None) == bool(entry.problem) for entry in found))
