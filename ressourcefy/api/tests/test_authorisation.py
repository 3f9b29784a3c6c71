"""The table of who may do what (`authorisation`), tried on every operation of the published schema;
undocumented methods, and what must never reach those without a right to it.
"""

import re
from collections.abc import Iterator

from django.db import connection
from django.test import SimpleTestCase, tag
from django.test.utils import CaptureQueriesContext
from django.urls import URLResolver, get_resolver

from api.tests.authorisation import OPEN, TABLE, Kind, Outcome, Row, Who
from api.tests.authorisation_case import (
    AuthorisationCase,
    operations,
    undone_afterwards,
)
from api.tests.base import document, statements_among
from api.tests.contract.forms import departures, parts

#: Addresses that are no operation of the schema, and what tries them.
TRIED_ELSEWHERE = {
    "api/": "test_errors: whatever is nowhere",
    "api": "test_errors: whatever is nowhere",
    "api/schema/": "test_docs",
    "api/docs/": "test_docs",
    "unsubscribe/{token}/": "test_views.test_notifications",
    "restore-account/{token}/": "test_views.test_account_deletion",
}
TRIED_ELSEWHERE_BELOW = {"admin/": "test_admin.test_permissions, a table as well"}
#: The table knows nobody's file or checkout, no customer and no secret of Stripe's.
SUCCEEDS_ELSEWHERE = {
    "api/user/export/{token}/": "test_views.test_exports",
    "api/billing/checkout/{session_id}/": "test_views.test_billing",
    "api/billing/portal/": "test_views.test_billing",
    "api/billing/webhook/": "test_views.test_webhook",
}
#: Open to everybody and without input: wrong methods are all that they can refuse.
REFUSES_METHODS_ONLY = {
    "api/auth/logout/",
    "api/tags/",
    "api/billing/plans/",
    *(f"{root}health/{check}/" for root in ("", "api/") for check in ("live", "ready")),
}
METHODS = ("get", "post", "put", "patch", "delete", "options", "trace", "link")


@tag("slow")
class TableTests(AuthorisationCase):
    def test_has_a_row_for_every_operation_and_no_other(self) -> None:
        rows = {row.operation: (row.rule.method.lower(), row.rule.path) for row in TABLE}

        self.assertEqual(rows, operations())

    def test_says_what_happens(self) -> None:
        """Every operation x everybody x public, premium and private; 0 canaries in the answers.

        The client of these tests holds every answer to the forms of the contract.
        """
        for row in TABLE:
            seen: set[str] = set()
            sent: list[int] = []
            for who in Who:
                for kind in row.kinds:
                    label = f"{row.operation} of a {kind.value} resource by {who.value}"
                    with undone_afterwards():
                        self.enter_as(who, row)
                        with CaptureQueriesContext(connection) as queries:
                            response = self.send(row, kind)

                    self.assert_outcome(response, row, row.outcome(who, kind), label)
                    self.assert_keeps_secrets(response, who, label)
                    if row.outcome(who, kind) is Outcome.OK:
                        departures(row.rule.answer, response.json(), seen=seen)
                        sent.append(statements_among(queries))
            if seen:
                missing = set(parts(row.rule.answer)) - seen
                self.assertFalse(missing, f"{row.operation} showed nobody {missing}")
            self.assertEqual(max(sent, default=None), row.rule.queries, row.operation)

    def test_minds_no_field_that_it_does_not_know(self) -> None:
        """Whoever succeeds does so beside fields of the server and of nobody, to no other effect.

        The form of the answer is that of the contract either way.
        """
        fields = {
            "id": str(self.other.id),
            "user": str(self.other.id),
            "created_at": "2001-01-01T00:00:00Z",
            "deleted_at": "2001-01-01T00:00:00Z",
            "upvotes": 99,
            "nobody's": {"of": ["any", None]},
        }
        for row in TABLE:
            able = [who for who in Who if row.outcome(who, Kind.PUBLIC) is Outcome.OK]
            if row.rule.method != "GET" and able:
                label = f"{row.operation} by {able[-1].value}"
                with undone_afterwards():
                    self.enter_as(able[-1], row)
                    response = self.send(row, more=fields)

                self.assert_outcome(response, row, Outcome.OK, label)
                for value in ("2001-01-01", "nobody's"):
                    self.assertNotIn(value, response.content.decode(), label)

    def test_covers_what_lists_can_be_asked_for(self) -> None:
        """Every list with every filter that could widen it: 0 canaries for those without right."""
        author = self.people[Who.AUTHOR].id
        queries = [
            *(f"?page_size=100&author={author}&visibility={kind.value}" for kind in Kind),
            f"?page_size=100&author={author}&include=premium",
        ]
        for row in TABLE:
            method, _path = operations()[row.operation]
            if method == "get" and row.about is None and row.gate is not OPEN:
                for who in Who:
                    for query in queries:
                        label = f"{row.operation}{query} by {who.value}"
                        with undone_afterwards():
                            self.enter_as(who, row)
                            response = self.send(row, query=query)

                        self.assert_outcome(response, row, row.outcome(who, Kind.PUBLIC), label)
                        self.assert_keeps_secrets(response, who, label)


def routes(resolver: URLResolver, prefix: str = "") -> Iterator[str]:
    """The route of every pattern below a resolver."""
    for entry in resolver.url_patterns:
        # As the schema writes parameters.
        route = prefix + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", str(entry.pattern))
        if isinstance(entry, URLResolver):
            yield from routes(entry, route)
        else:
            yield route


class AddressTests(SimpleTestCase):
    """The table and the address space are the same: no address without success and refusal."""

    def rows(self) -> dict[str, list[Row]]:
        """The rows by the route of their operation; the health checks have two."""
        found: dict[str, list[Row]] = {}
        for row in TABLE:
            found.setdefault(operations()[row.operation][1].lstrip("/"), []).append(row)
        return found | {
            route.removeprefix("api/"): rows
            for route, rows in found.items()
            if route.startswith("api/health/")
        }

    def test_every_pattern_has_a_row_or_a_test_of_its_own(self) -> None:
        found = {
            route
            for route in routes(get_resolver())
            if not route.startswith(tuple(TRIED_ELSEWHERE_BELOW))
        }

        self.assertEqual(found, self.rows().keys() | TRIED_ELSEWHERE.keys())

    def test_every_pattern_succeeds_for_somebody_and_refuses_somebody(self) -> None:
        """Where the table refuses nobody, wrong input is refused, or there is no input at all."""
        for route, rows in self.rows().items():
            outcomes = {row.outcome(who, kind) for row in rows for who in Who for kind in row.kinds}
            with self.subTest(route=route):
                self.assertEqual(Outcome.OK in outcomes, route not in SUCCEEDS_ELSEWHERE)
                is_refused = outcomes != {Outcome.OK} or any(row.body for row in rows)
                self.assertEqual(is_refused, route not in REFUSES_METHODS_ONLY)


class UndocumentedMethodTests(AuthorisationCase):
    def test_are_405_for_those_who_may_everything_and_do_nothing(self) -> None:
        self.sign_in(self.people[Who.SUPERADMIN])
        documented = {(method, path) for method, path in operations().values()}
        values = {
            "resource_id": self.things[Kind.PUBLIC].resource.id,
            "user_id": self.other.id,
            "session_id": self.other.id,
            "token": self.other.id,
            "comment_id": self.things[Kind.PUBLIC].comment.id,
            "role_request_id": self.role_request.id,
            "tag_id": self.tag.id,
            "subscription_id": self.subscription.id,
            "payment_id": self.payment.id,
        }
        for path in document()["paths"]:
            for method in METHODS:
                if (method, path) in documented:
                    continue
                with self.subTest(method=method, path=path):
                    response = self.client.generic(method.upper(), path.format(**values))

                    self.assertEqual(response.status_code, 405)
                    self.assertEqual(response.json()["error"]["code"], "method_not_allowed")
                    allowed = {name.strip().lower() for name in response["Allow"].split(",")}
                    # HEAD comes with GET, OPTIONS with preflights.
                    self.assertEqual(
                        allowed - {"head", "options"},
                        {known for known, at in documented if at == path},
                    )

    def test_are_no_way_in_for_a_visitor(self) -> None:
        documented = {(method, path) for method, path in operations().values()}
        thing = self.things[Kind.PRIVATE]
        values = {
            "resource_id": thing.resource.id,
            "user_id": self.other.id,
            "session_id": self.other.id,
            "token": self.other.id,
            "comment_id": thing.comment.id,
            "role_request_id": self.role_request.id,
            "tag_id": self.tag.id,
            "subscription_id": self.subscription.id,
            "payment_id": self.payment.id,
        }
        for path in document()["paths"]:
            for method in METHODS:
                if (method, path) not in documented:
                    response = self.client.generic(method.upper(), path.format(**values))

                    label = f"{method} {path}"
                    self.assertIn(response.status_code, {401, 405}, label)
                    self.assert_keeps_secrets(response, Who.VISITOR, label)
