"""The table of who may do what (`authorisation`), tried on every operation of the published schema;
undocumented methods, and what must never reach those without a right to it.
"""

from api.tests.authorisation import OPEN, TABLE, Kind, Row, Who
from api.tests.authorisation_case import (
    AuthorisationCase,
    open_session,
    operations,
    undone_afterwards,
)
from api.tests.base import document
from users.models import User

METHODS = ("get", "post", "put", "patch", "delete", "options", "trace", "link")


class TableTests(AuthorisationCase):
    def test_has_a_row_for_every_operation_and_no_other(self) -> None:
        self.assertEqual(sorted(row.operation for row in TABLE), sorted(operations()))

    def test_says_what_happens(self) -> None:
        """Every operation x everybody x public, premium and private; 0 canaries in the answers."""
        for row in TABLE:
            for who in Who:
                for kind in row.kinds:
                    label = f"{row.operation} of a {kind.value} resource by {who.value}"
                    with undone_afterwards():
                        self.enter_as(who, row)
                        response = self.send(row, kind)

                    self.assert_outcome(response, row.outcome(who, kind), label)
                    self.assert_keeps_secrets(response, who, label)

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

                        self.assertIn(response.status_code, {200, 401, 403}, label)
                        self.assert_keeps_secrets(response, who, label)

    def enter_as(self, who: Who, row: Row) -> None:
        self.sign_out()
        self.client.cookies.clear()
        if who is Who.VISITOR:
            return
        user = self.people[who]
        if who is Who.NOT_ONBOARDED:
            User.objects.filter(pk=user.pk).update(onboarding_step=row.step)
        self.client.credentials(HTTP_AUTHORIZATION=f"Bearer {open_session(user).access_token}")


class UndocumentedMethodTests(AuthorisationCase):
    def test_are_405_for_those_who_may_everything_and_do_nothing(self) -> None:
        self.sign_in(self.people[Who.SUPERADMIN])
        documented = {(method, path) for method, path in operations().values()}
        values = {
            "resource_id": self.things[Kind.PUBLIC].resource.id,
            "user_id": self.other.id,
            "session_id": self.other.id,
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
        }
        for path in document()["paths"]:
            for method in METHODS:
                if (method, path) not in documented:
                    response = self.client.generic(method.upper(), path.format(**values))

                    label = f"{method} {path}"
                    self.assertIn(response.status_code, {401, 405}, label)
                    self.assert_keeps_secrets(response, Who.VISITOR, label)
