"""The command that imports files."""

import json
import tempfile
from io import StringIO
from pathlib import Path
from typing import Any

from django.core.management import CommandError, call_command
from django.test import TestCase

from resources.models import Resource
from resources.types import Visibility
from users.models import User
from users.tests.factories import make_contributor, make_user


def make_line(number: int = 1, **fields: Any) -> str:
    """A good record as a line of JSON."""
    record = {
        "title": f"Book {number}",
        "description": f"All about {number}.",
        "tags": ["Python"],
        "url": f"https://books.example.org/{number}",
        "author": None,
    }
    return json.dumps(record | fields, ensure_ascii=False) + "\n"


class ImportResourcesCommandTests(TestCase):
    def setUp(self) -> None:
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = Path(directory.name)
        self.path = self.directory / "books.jsonl"
        self.author = make_contributor()
        self.stdout, self.stderr = StringIO(), StringIO()

    @property
    def report(self) -> Path:
        return self.directory / "books.jsonl.refused.jsonl"

    def run_command(self, *options: str, path: Path | None = None, by: User | None = None) -> None:
        self.stdout, self.stderr = StringIO(), StringIO()
        call_command(
            "import_resources",
            str(path or self.path),
            "--author",
            (by or self.author).email,
            *options,
            stdout=self.stdout,
            stderr=self.stderr,
        )

    def assert_refused(self, message: str, *options: str, **arguments: Any) -> None:
        with self.assertRaisesRegex(CommandError, message):
            self.run_command(*options, **arguments)

    def test_imports_json_lines_and_says_what_it_did(self) -> None:
        self.path.write_text("".join(make_line(number) for number in range(3)))

        self.run_command()

        self.assertEqual(Resource.objects.filter(author=self.author).count(), 3)
        self.assertRegex(
            self.stdout.getvalue(), r"^3 added, 0 already there, 0 refused in \d+\.\d s\.\n$"
        )
        self.assertEqual(self.stderr.getvalue(), "100%  3 records\n")
        self.assertFalse(self.report.exists())

    def test_imports_csv_by_the_name_of_the_file_or_on_demand(self) -> None:
        content = (
            "title,description,tags,url,author\n"
            'One,"About\none",C;C++,https://books.example.org/1,Somebody\n'
            "Two,About two,,https://books.example.org/2,\n"
        )
        for name, options in (("books.CSV", ()), ("books.txt", ("--format", "csv"))):
            with self.subTest(name):
                path, author = self.directory / name, make_contributor()
                path.write_text(content)

                self.run_command(*options, path=path, by=author)

                one, two = Resource.objects.filter(author=author).order_by("title")
                self.assertEqual((one.attribution, two.attribution), ("Somebody", ""))
                self.assertEqual([tag.name for tag in one.tags.all()], ["C", "C++"])

    def test_adds_nothing_the_second_time(self) -> None:
        self.path.write_text("".join(make_line(number) for number in range(3)))
        self.run_command()

        self.run_command()

        self.assertIn("0 added, 3 already there, 0 refused", self.stdout.getvalue())

    def test_goes_on_where_an_interrupted_import_stopped(self) -> None:
        self.path.write_text("".join(make_line(number) for number in range(2)))
        self.run_command()
        self.path.write_text("".join(make_line(number) for number in range(5)))

        self.run_command()

        self.assertIn("3 added, 2 already there", self.stdout.getvalue())

    def test_imports_more_than_a_batch_in_the_order_of_the_file(self) -> None:
        self.path.write_text("".join(make_line(number) for number in range(1_203)))

        self.run_command()

        titles = Resource.objects.order_by("created_at", "id").values_list("title", flat=True)
        self.assertEqual(list(titles), [f"Book {number}" for number in range(1_203)])

    def test_reports_refused_records_and_imports_the_others(self) -> None:
        broken = '{"title": \n'
        blank = make_line(3, title=" ")
        self.path.write_text(make_line(1) + broken + "\n" + blank + make_line(4))

        self.assert_refused(f"Refused records are in {self.report}")

        self.assertEqual(
            set(Resource.objects.values_list("title", flat=True)), {"Book 1", "Book 4"}
        )
        self.assertIn(
            "line 2: The line is not valid JSON.\nline 4: title: A title is needed.\n",
            self.stderr.getvalue(),
        )
        self.assertIn("2 added, 0 already there, 2 refused", self.stdout.getvalue())
        self.assertEqual(
            [json.loads(line) for line in self.report.read_text().splitlines()],
            [
                {
                    "line": 2,
                    "reason": "The line is not valid JSON.",
                    "record": '{"title": ',
                },
                {"line": 4, "reason": "title: A title is needed.", "record": blank.strip()},
            ],
        )

    def test_writes_the_report_where_it_is_told_to(self) -> None:
        self.path.write_text("broken\n")
        report = self.directory / "report.jsonl"

        self.assert_refused(str(report), "--refused-file", str(report))

        self.assertEqual(len(report.read_text().splitlines()), 1)
        self.assertFalse(self.report.exists())

    def test_leaves_no_old_report_behind(self) -> None:
        self.path.write_text("broken\n")
        self.assert_refused("Refused records")
        self.path.write_text(make_line())

        self.run_command()

        self.assertFalse(self.report.exists())

    def test_never_writes_the_report_over_the_file(self) -> None:
        self.path.write_text(make_line())

        self.assert_refused("would replace", "--refused-file", str(self.path))

        self.assertEqual(self.path.read_text(), make_line())

    def test_imports_an_empty_file_without_a_complaint(self) -> None:
        self.path.write_text("")

        self.run_command()

        self.assertIn("0 added, 0 already there, 0 refused", self.stdout.getvalue())

    def test_bounds_a_batch_by_its_size_too(self) -> None:
        text = "x" * 40_000
        self.path.write_text("".join(make_line(n, description=text) for n in range(150)))

        self.run_command()

        self.assertEqual(Resource.objects.count(), 150)
        self.assertGreater(len(self.stderr.getvalue().splitlines()), 1)

    def test_publishes_premium_resources_with_their_price(self) -> None:
        self.path.write_text(make_line())

        self.run_command("--visibility", "premium", "--price-cents", "900")

        resource = Resource.objects.get()
        self.assertEqual((resource.visibility, resource.price_cents), (Visibility.PREMIUM, 900))

    def test_refuses_options_that_do_not_fit(self) -> None:
        self.path.write_text(make_line())

        self.assert_refused("needs a price", "--visibility", "premium")
        self.assert_refused("Only a premium resource", "--price-cents", "900")
        self.assert_refused("invalid choice", "--visibility", "secret")

        self.assertFalse(Resource.objects.exists())

    def test_refuses_authors_who_cannot_publish(self) -> None:
        self.path.write_text(make_line())
        deactivated = make_contributor(is_active=False)

        self.assert_refused("Only contributors", by=make_user())
        self.assert_refused("no account that can sign in", by=deactivated)
        self.assert_refused("no account that can sign in", by=User(email="nobody@example.org"))

        self.assertFalse(Resource.objects.exists())

    def test_refuses_files_it_cannot_read(self) -> None:
        header = self.directory / "books.csv"
        header.write_text("name,link\n")

        self.assert_refused("No such file", path=self.directory / "none.jsonl")
        self.assert_refused("Is a directory", path=self.directory)
        self.assert_refused("does not name: title", path=header)
