"""Registration of handlers."""

from datetime import timedelta

from django.test import SimpleTestCase, override_settings

from core.outbox import (
    DuplicateHandler,
    Event,
    HandlerKind,
    UnregisteredEventType,
    handles,
    temporary_handlers,
)
from core.outbox.registry import external_types, handlers_of


def _handler(event: Event) -> None:
    """Does nothing."""


def _other(event: Event) -> None:
    """Does nothing either."""


class HandlesTests(SimpleTestCase):
    def setUp(self) -> None:
        self.enterContext(temporary_handlers(keep=False))

    def test_is_external_unless_told_otherwise(self) -> None:
        handles("test.a")(_handler)
        handles("test.b", HandlerKind.LOCAL)(_handler)

        self.assertEqual(external_types(), ["test.a"])

    def test_returns_the_function_as_it_was(self) -> None:
        self.assertIs(handles("test.a")(_handler), _handler)

    def test_allows_several_handlers_of_both_kinds(self) -> None:
        handles("test.a", HandlerKind.LOCAL)(_handler)
        handles("test.a", HandlerKind.EXTERNAL)(_other)

        handlers = handlers_of("test.a")

        self.assertEqual([handler.function for handler in handlers.local], [_handler])
        self.assertEqual([handler.function for handler in handlers.external], [_other])

    def test_refuses_the_same_function_twice_for_a_type(self) -> None:
        handles("test.a", HandlerKind.LOCAL)(_handler)

        with self.assertRaisesMessage(DuplicateHandler, "_handler is registered twice"):
            handles("test.a", HandlerKind.EXTERNAL)(_handler)

    def test_knows_no_handlers_of_an_unregistered_type(self) -> None:
        with self.assertRaises(UnregisteredEventType):
            handlers_of("test.a")

    @override_settings(OUTBOX_HANDLER_TIMEOUT_SECONDS=7)
    def test_adds_up_the_limits_of_the_handlers(self) -> None:
        handles("test.a", HandlerKind.LOCAL)(_handler)
        handles("test.a", timeout=timedelta(seconds=90))(_other)

        self.assertEqual(handlers_of("test.a").seconds, 97)


class TemporaryHandlersTests(SimpleTestCase):
    def test_are_forgotten_at_the_end(self) -> None:
        with temporary_handlers(keep=False):
            handles("test.kept")(_handler)
            with temporary_handlers():
                handles("test.forgotten")(_handler)
                handlers_of("test.kept")

            with self.assertRaises(UnregisteredEventType):
                handlers_of("test.forgotten")
            handlers_of("test.kept")
