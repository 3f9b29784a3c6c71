"""Publishing batches of records from files."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.test import TestCase, TransactionTestCase, override_settings

from analytics.models import UserEvent
from application.dto.commands import ImportRecord, ImportResourcesCommand
from application.dto.events import EventType
from application.dto.results import ImportedBatch
from application.use_cases.import_resources import ImportResources
from audit.models import AuditLog
from core.exceptions import AccessDenied, InvalidAction
from core.models import OutboxEvent, Tag
from core.outbox import process_outbox
from core.tests.waiting import InThread, wait_until_somebody_waits_for_us
from resources.models import Resource
from resources.types import Visibility
from users.models import User
from users.tests.factories import make_contributor, make_user
from users.types import Role


def make_fields(number: int = 1, **fields: Any) -> dict[str, Any]:
    """The fields of a good record; those that are Ellipsis are left out."""
    defaults = {
        "title": f"Book {number}",
        "description": f"All about {number}.",
        "tags": ["Python"],
        "url": f"https://books.example.org/{number}",
        "author": "A. Writer, B. Writer",
    }
    return {name: value for name, value in (defaults | fields).items() if value is not ...}


def run_import(author: User, *records: Mapping[str, object], **options: Any) -> ImportedBatch:
    return ImportResources().execute(
        ImportResourcesCommand(
            user=author,
            records=tuple(
                ImportRecord(line=line, fields=fields) for line, fields in enumerate(records, 1)
            ),
            **options,
        )
    )


class ImportResourcesTests(TestCase):
    def test_publishes_a_record_with_all_it_says(self) -> None:
        author = make_contributor()

        result = run_import(author, make_fields(tags=["C++", "C#"]))

        resource = Resource.objects.get()
        version = resource.versions.get()
        self.assertEqual(result, ImportedBatch(added=1, already_there=0, refused=()))
        self.assertEqual(resource.title, "Book 1")
        self.assertEqual(resource.description, "All about 1.")
        self.assertEqual(resource.attribution, "A. Writer, B. Writer")
        self.assertEqual(resource.author, author)
        self.assertEqual(resource.visibility, Visibility.PUBLIC)
        self.assertEqual({tag.name for tag in resource.tags.all()}, {"C++", "C#"})
        self.assertEqual(version.version_number, 1)
        self.assertEqual(version.file_url, "https://books.example.org/1")

    def test_keeps_text_of_every_script_as_it_is(self) -> None:
        titles = ["احترف الأردوينو", "深入浅出 Python", "Cafe\u0301", "हिन्दी", "👩‍💻 Code"]

        run_import(make_contributor(), *(make_fields(n, title=t) for n, t in enumerate(titles)))

        self.assertEqual(
            list(Resource.objects.order_by("created_at").values_list("title", flat=True)), titles
        )

    def test_needs_neither_tags_nor_an_author(self) -> None:
        run_import(
            make_contributor(), make_fields(1, tags=..., author=...), make_fields(2, tags=None)
        )

        self.assertEqual(Resource.objects.filter(tags__isnull=True).count(), 2)
        self.assertEqual(Resource.objects.get(title="Book 1").attribution, "")

    def test_keeps_the_order_of_the_records(self) -> None:
        run_import(make_contributor(), *(make_fields(number) for number in range(50)))

        newest_first = Resource.objects.order_by("-created_at", "-id")
        self.assertEqual(
            [resource.title for resource in newest_first],
            [f"Book {number}" for number in reversed(range(50))],
        )
        self.assertEqual(len({resource.created_at for resource in newest_first}), 50)

    def test_adds_nothing_the_second_time(self) -> None:
        author = make_contributor()
        records = [make_fields(number) for number in range(3)]
        run_import(author, *records)

        result = run_import(author, *records)

        self.assertEqual(result, ImportedBatch(added=0, already_there=3, refused=()))
        self.assertEqual(Resource.objects.count(), 3)

    def test_takes_author_title_and_address_for_the_key(self) -> None:
        first, second = make_contributor(), make_contributor()
        run_import(first, make_fields())

        same_title = run_import(first, make_fields(url="https://books.example.org/other"))
        same_address = run_import(first, make_fields(title="Other"))
        other_author = run_import(second, make_fields())
        same_but_for_blanks = run_import(first, make_fields(title=" Book 1 ", description="New"))

        self.assertEqual(
            [same_title.added, same_address.added, other_author.added, same_but_for_blanks.added],
            [1, 1, 1, 0],
        )

    def test_takes_a_record_once_that_is_there_twice(self) -> None:
        result = run_import(make_contributor(), make_fields(), make_fields(description="Again"))

        self.assertEqual((result.added, result.already_there), (1, 1))
        self.assertEqual(Resource.objects.get().description, "All about 1.")

    def test_leaves_deleted_resources_deleted(self) -> None:
        author = make_contributor()
        run_import(author, make_fields())
        Resource.objects.get().delete()

        result = run_import(author, make_fields())

        self.assertEqual((result.added, result.already_there), (0, 1))
        self.assertFalse(Resource.objects.exists())

    def test_refuses_bad_records_and_takes_the_others(self) -> None:
        cases: dict[str, dict[str, Any]] = {
            "title: is missing.": {"title": ...},
            "title: has to be text.": {"title": 12},
            "title: A title is needed.": {"title": " \u200b "},
            "title: A title has at most 200 characters.": {"title": "x" * 201},
            "title: A title is one line of text.": {"title": "two\nlines"},
            "title: holds a null character or half of a character.": {"title": "a\x00b"},
            "description: is missing.": {"description": None},
            "description: A description is needed.": {"description": ""},
            "description: holds a null character or half of a character.": {
                "description": "\ud800"
            },
            "url: is missing.": {"url": ...},
            "url: An http or https address is needed.": {"url": "ftp://files.example.org/a"},
            "url: An address has at most 2048 characters.": {
                "url": "https://books.example.org/" + "x" * 2_048
            },
            "author: has to be text.": {"author": ["A", "B"]},
            "author: has more than 500 characters.": {"author": "x" * 501},
            "tags: has to be a list of names.": {"tags": "Python"},
            "tags: has to be text.": {"tags": ["Python", None]},
            "tags: one of the names is blank.": {"tags": ["Python", " "]},
            "tags: one of the names has more than 50 characters.": {"tags": ["x" * 51]},
            "tags: there are more than 50.": {"tags": [str(number) for number in range(51)]},
        }
        for reason, fields in cases.items():
            with self.subTest(reason):
                author = make_contributor()

                result = run_import(
                    author, make_fields(1), make_fields(2, **fields), make_fields(3)
                )

                self.assertEqual([(one.line, one.reason) for one in result.refused], [(2, reason)])
                self.assertEqual(Resource.objects.filter(author=author).count(), 2)

    def test_accepts_the_longest_values_there_may_be(self) -> None:
        url = "https://books.example.org/"

        result = run_import(
            make_contributor(),
            make_fields(
                title="語" * 200,
                url=url + "x" * (2_048 - len(url)),
                tags=["語" * 50],
                author="語" * 500,
            ),
        )

        self.assertEqual((result.added, result.refused), (1, ()))

    @override_settings(FILE_URL_HOSTS=["files.example.org"])
    def test_refuses_addresses_on_hosts_that_are_not_allowed(self) -> None:
        result = run_import(make_contributor(), make_fields())

        self.assertEqual(
            [one.reason for one in result.refused], ["url: Files cannot lie on this host."]
        )

    def test_gives_all_of_a_batch_one_visibility_and_price(self) -> None:
        run_import(
            make_contributor(),
            make_fields(1),
            make_fields(2),
            visibility=Visibility.PREMIUM,
            price_cents=900,
        )

        self.assertEqual(
            set(Resource.objects.values_list("visibility", "price_cents")),
            {(Visibility.PREMIUM, 900)},
        )

    def test_refuses_a_price_that_does_not_fit_the_visibility(self) -> None:
        author = make_contributor()
        pairs = [(Visibility.PREMIUM, None), (Visibility.PUBLIC, 900), (Visibility.PRIVATE, 900)]
        for visibility, price_cents in pairs:
            with self.subTest(visibility), self.assertRaises(InvalidAction):
                run_import(author, make_fields(), visibility=visibility, price_cents=price_cents)

        self.assertFalse(Resource.objects.exists())

    def test_refuses_authors_who_may_not_publish(self) -> None:
        with self.assertRaises(AccessDenied):
            run_import(make_user(role=Role.USER), make_fields())

        self.assertFalse(Resource.objects.exists())

    def test_makes_missing_tags_and_records_them(self) -> None:
        Tag.objects.create(name="Python")

        run_import(make_contributor(), make_fields(tags=["Python", "C", "C++", "C"]))

        self.assertEqual(
            set(Tag.objects.values_list("name", "slug")),
            {("Python", "python"), ("C", "c"), ("C++", "c-2")},
        )
        self.assertEqual(
            [entry.after_state for entry in AuditLog.objects.filter(entity_name="Tag")],
            [{"slug": "c"}, {"slug": "c-2"}],
        )

    def test_leaves_one_audit_entry_and_one_event_for_a_batch(self) -> None:
        author = make_contributor()

        run_import(author, *(make_fields(number, tags=[]) for number in range(20)))

        first, *_, last = Resource.objects.order_by("created_at")
        entry = AuditLog.objects.get()
        event = OutboxEvent.objects.get()
        self.assertEqual((entry.object_id, entry.actor), (str(first.pk), author))
        self.assertEqual(
            entry.after_state,
            {"imported": 20, "last_id": str(last.pk), "visibility": "public", "price_cents": None},
        )
        self.assertEqual(event.event_type, EventType.RESOURCES_IMPORTED)
        self.assertEqual(event.payload["count"], 20)

    def test_leaves_no_trace_where_nothing_is_added(self) -> None:
        run_import(make_contributor(), make_fields(title=""))

        self.assertFalse(AuditLog.objects.exists() or OutboxEvent.objects.exists())

    def test_is_tracked_once_for_a_batch(self) -> None:
        author = make_contributor()
        run_import(author, make_fields(1), make_fields(2))

        process_outbox()

        tracked = UserEvent.objects.get()
        self.assertEqual((tracked.user, tracked.event_data["count"]), (author, 2))

    def test_takes_as_many_statements_for_many_records_as_for_few(self) -> None:
        author = make_contributor()
        run_import(author, make_fields(0))

        for records in (2, 200):
            batch = [make_fields(number, title=f"{records}") for number in range(records)]
            with self.subTest(records=records), self.assertNumQueries(13):
                run_import(author, *batch)


class ConcurrentImportTests(TransactionTestCase):
    def test_two_imports_of_the_same_records_add_them_once(self) -> None:
        author = make_contributor()
        records = [make_fields(number) for number in range(20)]

        with transaction.atomic():
            first = run_import(author, *records)
            other = InThread(lambda: run_import(author, *records))
            wait_until_somebody_waits_for_us()
        second = other.result()

        self.assertEqual((first.added, second.added, second.already_there), (20, 0, 20))
        self.assertEqual(Resource.objects.count(), 20)
