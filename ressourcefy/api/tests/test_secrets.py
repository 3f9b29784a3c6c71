"""A walk with marked passwords, tokens and card numbers: none is found where it does not belong.

Looked at are every log line as production writes it, every answer, and every row of every table.
"""

import io
import json
import logging
import logging.config
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

from django.apps import apps
from django.conf import settings
from django.core import mail
from django.db import connection

from api.tests.base import ApiTestCase, ContractClient
from core.outbox import process_outbox
from resources.tests.factories import make_resource
from users.models import User

FIRST, SECOND, THIRD, WRONG = (f"canary-{name}-pa55word" for name in ("first", "2nd", "3rd", "bad"))
PASSWORDS = (FIRST, SECOND, THIRD, WRONG)
# Numbers that pass a card's checksum, as they are typed.
CARDS = ("4242424242424242", "5555 5555 5555 4444", "3782-822463-10005")
EMAIL = "canary.person@example.org"
# Where what somebody wrote, or who they are, is kept on purpose.
OWN_TABLES = {"users_user", "users_profile", "interactions_comment"}
# The answers whose purpose it is to hand out session tokens.
GIVES_TOKENS = {"/api/auth/login/", "/api/auth/refresh/", "/api/user/password/"}


@contextmanager
def production_logs() -> Iterator[io.StringIO]:
    """What is written to the log meanwhile, at the most talkative level, formatted as for real."""
    stream = io.StringIO()
    configured = logging.config.DictConfigurator(settings.LOGGING)
    handler = logging.StreamHandler(stream)
    handler.setFormatter(configured.configure_formatter({**settings.LOGGING["formatters"]["json"]}))
    handler.addFilter(
        configured.configure_filter({**settings.LOGGING["filters"]["request_context"]})
    )
    root, django = logging.getLogger(), logging.getLogger("django")
    levels = root.level, django.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    # But for the database's statements, which are logged in development alone.
    django.setLevel(logging.INFO)
    try:
        yield stream
    finally:
        root.removeHandler(handler)
        root.setLevel(levels[0])
        django.setLevel(levels[1])


class RecordingClient(ContractClient):
    """Keeps every answer, with its headers and cookies."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.answers: list[tuple[str, str]] = []

    def request(self, **request: Any) -> Any:
        response = super().request(**request)
        head = "\n".join(f"{name}: {value}" for name, value in response.items())
        body = response.content.decode()
        self.answers.append((request["PATH_INFO"], f"{head}\n{response.cookies}\n{body}"))
        return response


class SecretsTests(ApiTestCase):
    client: Any
    client_class: type[ContractClient] = RecordingClient

    def test_stay_out_of_logs_answers_and_tables(self) -> None:
        with production_logs() as stream:
            tokens, session_tokens = self.walk()
        lines = stream.getvalue()

        self.assertGreater(lines.count('"Request finished"'), 25)
        self.assertIn('"A request crashed"', lines)
        self.assertIn('"An event was handled."', lines)
        for secret in (*PASSWORDS, *tokens, *session_tokens, *CARDS, EMAIL):
            self.assertEqual(lines.count(secret), 0, f"{secret} is in the log")
        self.assert_answers_keep((*PASSWORDS, *tokens, *CARDS))
        self.assert_answers_keep(session_tokens, but=GIVES_TOKENS)
        for table, rows in self.dump():
            for secret in (*PASSWORDS, *tokens, *session_tokens):
                self.assertEqual(rows.count(secret), 0, f"{secret} is in {table}")
            if table not in OWN_TABLES:
                for secret in (EMAIL, *CARDS):
                    self.assertEqual(rows.count(secret), 0, f"{secret} is in {table}")

    def test_would_be_found(self) -> None:
        """The search itself works: what is logged, answered and stored openly is found."""
        with production_logs() as stream:
            logging.getLogger("core").info("An ordinary word: canary-in-the-open.")
            self.client.get("/api/canary-in-the-open/")

        self.assertEqual(stream.getvalue().count("canary-in-the-open"), 2)
        make_resource(title="canary-in-the-open")
        found = {table for table, rows in self.dump() if "canary-in-the-open" in rows}
        self.assertEqual(found, {"resources_resource", "resources_feedrow"})

    # The walk ------------------------------------------------------------------------------------

    def walk(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """From registration to sign-out, with every mistake; the tokens that were met."""
        activation = self.register_and_activate()
        signed_in = self.sign_in_and_out()
        reset = self.forget_and_change_the_password()
        crashed = self.type_card_numbers_everywhere()
        return (activation, reset), (*signed_in, *crashed)

    def post(self, path: str, body: Any = None, *, status: int, **headers: Any) -> Any:
        response = self.client.post(path, body if body is not None else {}, **headers)
        self.assertEqual(response.status_code, status, response.content)
        return response.json()

    def register_and_activate(self) -> str:
        account = {
            "username": "canary",
            "email": EMAIL,
            "password": FIRST,
            "accepted_terms": True,
        }
        self.post("/api/auth/register/", {**account, "username": "\u202e"}, status=400)
        self.post("/api/auth/register/", {**account, "password": [FIRST]}, status=400)
        self.post("/api/auth/register/", account, status=201)
        token = self.mailed_token()
        self.post("/api/auth/login/", {"email": EMAIL, "password": FIRST}, status=403)
        self.post(f"/api/auth/activate/?token={quote(token)}x", status=400)
        self.post("/api/auth/activate/", {"token": f"{token}x"}, status=400)
        self.post(f"/api/auth/activate/?token={quote(token)}", status=200)
        self.post("/api/auth/register/", account, status=422)
        return token

    def sign_in_and_out(self) -> tuple[str, ...]:
        credentials = {"email": EMAIL, "password": FIRST}
        self.post("/api/auth/login/", {**credentials, "password": WRONG}, status=401)
        self.post("/api/auth/login/", {**credentials, "password": {"a": WRONG}}, status=400)
        # The fields mixed up, as people do.
        self.post("/api/auth/login/", {"email": FIRST, "password": EMAIL}, status=401)
        first = self.post("/api/auth/login/", credentials, status=200)["data"]
        bearer = {"HTTP_AUTHORIZATION": f"Bearer {first['access_token']}"}
        self.client.get("/api/user/me/", **bearer)
        self.client.get(f"/api/feed/?access_token={first['access_token']}", **bearer)
        self.client.get("/api/user/me/", HTTP_AUTHORIZATION=f"Bearer {first['access_token']}x")
        second = self.post(
            "/api/auth/refresh/", {"refresh_token": first["refresh_token"]}, status=200
        )["data"]
        self.client.cookies.clear()
        self.post("/api/auth/refresh/", {"refresh_token": first["refresh_token"]}, status=401)
        self.post("/api/auth/logout/", {"refresh_token": second["refresh_token"]}, status=200)
        return tuple(
            pair[name] for pair in (first, second) for name in ("access_token", "refresh_token")
        )

    def forget_and_change_the_password(self) -> str:
        self.post("/api/auth/password-reset/", {"email": EMAIL}, status=200)
        token = self.mailed_token()
        confirm = "/api/auth/password-reset/confirm/"
        self.post(confirm, {"token": token, "new_password": "short"}, status=400)
        self.post(confirm, {"token": f"{token}x", "new_password": SECOND}, status=400)
        self.post(confirm, {"token": token, "new_password": SECOND}, status=200)
        self.post(confirm, {"token": token, "new_password": THIRD}, status=400)
        process_outbox(100)
        return token

    def type_card_numbers_everywhere(self) -> tuple[str, ...]:
        """Into every place but a text of one's own, and into a request that crashes."""
        credentials = {"email": EMAIL, "password": SECOND}
        pair = self.post("/api/auth/login/", credentials, status=200)["data"]
        self.client.credentials(HTTP_AUTHORIZATION=f"Bearer {pair['access_token']}")
        wrong = {"current_password": WRONG, "new_password": THIRD}
        self.post("/api/user/password/", wrong, status=400)
        changed = self.post(
            "/api/user/password/", {**wrong, "current_password": SECOND}, status=200
        )["data"]
        self.client.credentials(HTTP_AUTHORIZATION=f"Bearer {changed['access_token']}")
        user = User.objects.get(email=EMAIL)
        User.objects.filter(pk=user.pk).update(onboarding_step="completed")
        resource = make_resource()
        for card in CARDS:
            self.client.get(f"/api/feed/?page={quote(card)}")
            self.client.get(f"/api/feed/?cursor={quote(card)}")
            self.client.get(f"/api/resources/{quote(card)}/detail/")
            vote = {"resource_id": card, "vote_value": card, "card": card, card: card}
            self.post("/api/resources/vote/", vote, status=400)
            self.post("/api/auth/password-reset/confirm/", {"token": card}, status=400)
            self.post("/api/auth/login/", {"email": card, "password": card}, status=401)
            self.crash({"resource_id": str(resource.id), "content": f"{card} {FIRST}"})
        self.post("/api/auth/logout-all/", status=200)
        return tuple(
            made[name] for made in (pair, changed) for name in ("access_token", "refresh_token")
        )

    def crash(self, comment: dict[str, str]) -> None:
        """A constraint that nobody foresaw: PostgreSQL shows the whole row in its error."""
        with connection.cursor() as cursor:
            cursor.execute(
                "ALTER TABLE interactions_comment ADD CONSTRAINT unforeseen CHECK (content = '')"
                " NOT VALID"
            )
            self.post("/api/comments/", comment, status=500)
            cursor.execute("ALTER TABLE interactions_comment DROP CONSTRAINT unforeseen")

    def mailed_token(self) -> str:
        """The token in the newest mail, once the events are handled."""
        process_outbox(100)
        found = re.search(r"[?&]token=([\w.-]+)", str(mail.outbox[-1].body))
        assert found
        return found[1]

    # The search -----------------------------------------------------------------------------------

    def assert_answers_keep(self, secrets: tuple[str, ...], *, but: set[str] | None = None) -> None:
        for path, answer in self.client.answers:
            if path not in (but or ()):
                for secret in secrets:
                    self.assertEqual(answer.count(secret), 0, f"{secret} in the answer of {path}")

    def dump(self) -> Iterator[tuple[str, str]]:
        """Every table of ours with all of its rows, as text."""
        with connection.cursor() as cursor:
            for model in apps.get_models():
                table = model._meta.db_table
                cursor.execute(f"SELECT coalesce(json_agg(t)::text, '') FROM {table} AS t")
                yield table, json.dumps(cursor.fetchone()[0])
